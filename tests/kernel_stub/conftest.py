"""A guest process for kernel tests: a few pages of memory, and calls by name."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from kernel_stub.cpu import Protection, Registers
from kernel_stub.darwin.abi import UNIX
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.events import SignalDelivered
from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory
from kernel_stub.personality import Personality
from kernel_stub.signals import Action

CLASSES = {"linux": 0, "darwin": UNIX}
ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")


class Guest:
    """A process on one system. Two writable pages at `rw`, then a hole, then a read-only page at `ro`."""

    rw, hole, ro = 0x10000, 0x12000, 0x13000
    after, handler = 0x400002, 0x401000  # behind the SYSCALL; where `catch` lets signals be handled

    def __init__(self, personality: Personality, stdin: bytes = b"") -> None:
        self.memory = PageMemory()
        self.memory.map(self.rw, 2 * PAGE)
        self.memory.map(self.ro, PAGE, Protection.READ)
        self.kernel = Kernel(personality, self.memory, stdin=stdin)
        self.kernel.observe = True
        self.registers = Registers()

    def call(self, name: str | int, *arguments: int) -> int | str:
        """Make a call by name (or by RAX). Its result, or the errno's name; "" if it doesn't return."""
        personality = self.kernel.personality
        rax = name if isinstance(name, int) else personality.resolve(name) | CLASSES[personality.name]
        self.registers = Registers(
            rax=rax, rdx=0xDD, rbx=0xBB, rip=self.after, rsp=self.rw + 0x1F00, rflags=0x202, cs=0x33, ss=0x2B
        )
        for register, argument in zip(ARGUMENTS, arguments, strict=False):
            setattr(self.registers, register, argument)
        self.kernel.events.clear()
        self.kernel.syscall(self.registers)
        errno = personality.error(self.registers)
        if self.kernel.process.exit is not None and errno is None:
            return ""
        if errno is not None:
            return personality.errno_names[errno].name
        value = self.registers.rax
        return value - (1 << 64) if value >> 63 else value

    @property
    def text(self) -> str:
        """The last call's trace line."""
        return self.kernel.events[0].text

    @property
    def texts(self) -> list[str]:
        """All that the last call brought about."""
        return [event.text for event in self.kernel.events]

    def catch(self, signal: str, flags: int = 0) -> None:
        """Install a handler, with SA_RESTORER (Linux)."""
        number = self.kernel.personality.signals[signal].number
        self.kernel.process.actions[number] = Action(self.handler, flags | 0x0400_0000, 0x402000, 0)

    def frame(self) -> dict[str, int]:
        """The fields of the frame that the last call's signal left, by path."""
        (event,) = [event for event in self.kernel.events if isinstance(event, SignalDelivered)]
        return {placed.path: placed.value for placed in event.frame}

    def run(self, instructions: int) -> None:
        """Let that many instructions retire, as a machine would: to each deadline, and to the end."""
        kernel, end = self.kernel, self.kernel.clock.retired + instructions
        while (due := kernel.deadline) is not None and due <= end:
            kernel.clock.retired = max(kernel.clock.retired, due)
            kernel.tick(self.registers)
        kernel.clock.retired = end

    def words(self, address: int, count: int) -> tuple[int, ...]:
        """Signed 64-bit words of memory."""
        return struct.unpack(f"<{count}q", self.memory.copy_in(address, 8 * count))

    def put_words(self, address: int, *words: int) -> int:
        """Signed 64-bit words into memory; the address."""
        self.put(address, struct.pack(f"<{len(words)}q", *words))
        return address

    def put(self, address: int, data: bytes) -> None:
        self.memory.poke(address, data)


class Family:
    """Processes on one system: the one that runs makes calls with its own registers, and others run when it sleeps,
    ends or gives way."""

    def __init__(self, guest: Guest) -> None:
        self.guest, self.kernel, self.memory, self.rw = guest, guest.kernel, guest.memory, guest.rw
        guest.call("getpid")
        self.registers = guest.registers
        self.first = self.pid

    def call(self, name: str | int, *arguments: int) -> int | str:
        """Make a call by name (or by RAX); what the process that runs afterwards got from its last one."""
        personality = self.kernel.personality
        rax = name if isinstance(name, int) else personality.resolve(name) | CLASSES[personality.name]
        self.registers.rax = rax
        for register, argument in zip(ARGUMENTS, arguments, strict=False):
            setattr(self.registers, register, argument & (1 << 64) - 1)
        self.kernel.events.clear()
        self.kernel.syscall(self.registers)
        return self.result

    def give_way(self) -> int:
        """Let the others run; the id of the process that does."""
        self.kernel.clock.retired += self.kernel.time_slice
        self.kernel.tick(self.registers)
        return self.pid

    def fork(self, *, run: bool = True) -> int:
        """Make a child, which then runs (or not); its id."""
        self.call("fork")
        child = self.kernel.newest_id
        while run and self.pid != child:
            self.give_way()
        return child

    def until(self, pid: int) -> None:
        """Give way until that process runs."""
        for _ in range(20):
            if self.pid == pid:
                return
            self.give_way()
        raise AssertionError(f"process {pid} doesn't run")

    @property
    def pid(self) -> int:
        return self.kernel.process.pid

    @property
    def result(self) -> int | str:
        errno = self.kernel.personality.error(self.registers)
        if errno is not None:
            return self.kernel.personality.errno_names[errno].name
        value = self.registers.rax
        return value - (1 << 64) if value >> 63 else value

    @property
    def texts(self) -> list[str]:
        """All that the last call brought about."""
        return [event.text for event in self.kernel.events]

    def known(self) -> dict[int, str]:
        """Every process by id: `runs`, `stopped` or `zombie`."""
        return {
            process.pid: "zombie" if process.exit else "stopped" if process.stopped else "runs"
            for process in self.kernel.processes
        }

    def word(self, address: int) -> int:
        return int.from_bytes(self.memory.copy_in(address, 4), "little")

    def catch(self, signal: str, flags: int = 0) -> None:
        """Give the running process a handler."""
        self.guest.catch(signal, flags)

    @property
    def handles(self) -> bool:
        """Whether the running process is at a handler's start, or (Darwin) at the trampoline that calls it."""
        return self.guest.handler in (self.registers.rip, self.registers.rdi)


@pytest.fixture
def family(guest: Guest) -> Family:
    """A process on each system in turn, to make others from."""
    return Family(guest)


@pytest.fixture
def linux_family(linux: Guest) -> Family:
    return Family(linux)


@pytest.fixture
def darwin_family(darwin: Guest) -> Family:
    return Family(darwin)


@pytest.fixture(params=[LINUX, DARWIN], ids=lambda personality: personality.name)
def guest(request: pytest.FixtureRequest) -> Guest:
    """A process on each system in turn."""
    return Guest(request.param)


@pytest.fixture
def linux() -> Guest:
    return Guest(LINUX)


@pytest.fixture
def darwin() -> Guest:
    return Guest(DARWIN)


@pytest.fixture
def typing() -> Callable[[str, bytes], Guest]:
    """`typing("linux", b"hi\\n")` is a process on whose terminal that is typed."""
    return lambda system, typed: Guest({"linux": LINUX, "darwin": DARWIN}[system], typed)
