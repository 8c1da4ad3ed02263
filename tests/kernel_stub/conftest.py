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
