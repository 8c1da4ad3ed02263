"""A guest process for kernel tests: a few pages of memory, and calls by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kernel_stub.cpu import Protection, Registers
from kernel_stub.darwin.abi import UNIX
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory
from kernel_stub.personality import Personality

CLASSES = {"linux": 0, "darwin": UNIX}
ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")


class Guest:
    """A process on one system. Two writable pages at `rw`, then a hole, then a read-only page at `ro`."""

    rw, hole, ro = 0x10000, 0x12000, 0x13000

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
        self.registers = Registers(rax=rax, rdx=0xDD, rbx=0xBB, rip=0x400002, rflags=0x202)
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
