"""A Darwin process for signal tests: actions in one line, frames and siginfos as dicts of their fields."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from kernel_stub.cpu import Fault, Registers
from kernel_stub.darwin.abi import UNIX
from kernel_stub.events import SignalDelivered

HANDLER, TRAMPOLINE = 0x401000, 0x402000
PID = 4242


class Process:
    """What a test does to a process, and what it sees of it; `guest` is the fixture's process."""

    def __init__(self, guest: Any) -> None:
        self.guest, self.kernel = guest, guest.kernel
        self.rw, self.ro, self.hole = guest.rw, guest.ro, guest.hole
        self.top = guest.rw + 0x1F00
        self.registers = Registers()

    def call(self, name: str, *arguments: int) -> int | str:
        """A call from a stack pointer at `top`: its result or the errno's name. Signals are delivered after it."""
        numbers = self.kernel.personality.numbers
        registers = Registers(
            rax=UNIX | numbers[name], rsp=self.top, rip=0x400002, rcx=0x400002, rflags=0x246, r11=0x246, rbx=0xBB,
            cs=0x2B, ss=0x23,
        )  # fmt: skip
        for register, argument in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments, strict=False):
            setattr(registers, register, argument)
        return self.syscall(registers)

    def syscall(self, registers: Registers) -> int | str:
        self.registers = registers
        self.kernel.events.clear()
        self.kernel.syscall(registers)
        errno = self.kernel.personality.error(registers)
        row = self.kernel.personality.errno_names.get(errno) if errno is not None else None
        return registers.rax if row is None else row.name

    def handle(self, signal: int, flags: int = 0x40, mask: int = 0, handler: int = HANDLER) -> None:
        """sigaction; the flags are SA_SIGINFO if none are given."""
        self.guest.put(self.rw, struct.pack("<QQIi", handler, TRAMPOLINE, mask, flags))
        assert self.call("sigaction", signal, self.rw, 0) == 0

    def told(self, signal: int) -> tuple[int, int, int]:
        """Handler, mask and flags as sigaction tells them."""
        assert self.call("sigaction", signal, 0, self.rw) == 0
        return struct.unpack("<QIi", self.read(self.rw, 16))

    def stack(self, address: int, size: int, flags: int = 0) -> int | str:
        self.guest.put(self.rw, struct.pack("<QQii", address, size, flags, 0))
        return self.call("sigaltstack", self.rw, 0)

    def told_stack(self) -> tuple[int, int, int]:
        assert self.call("sigaltstack", 0, self.rw) == 0
        return struct.unpack("<QQi", self.read(self.rw, 20))

    def mask(self, how: int, signals: int) -> int | str:
        self.guest.put(self.rw, struct.pack("<I", signals))
        return self.call("__pthread_sigmask", how, self.rw, 0)

    def fault(self, vector: int, error_code: int = 0, address: int = 0, rip: int = 0x400100) -> Registers:
        self.registers = Registers(rsp=self.top, rip=rip, rflags=0x246, cs=0x2B, ss=0x23)
        self.kernel.events.clear()
        self.kernel.fault(self.registers, Fault(vector, error_code, address))
        return self.registers

    def read(self, address: int, size: int) -> bytes:
        return self.guest.memory.copy_in(address, size)

    @property
    def frame(self) -> dict[str, int]:
        """The fields of the frame that was written last, by path."""
        delivered = [event for event in self.kernel.events if isinstance(event, SignalDelivered)]
        return {placed.path: placed.value for placed in delivered[-1].frame}

    @property
    def at(self) -> dict[str, int]:
        """Where they lie."""
        delivered = [event for event in self.kernel.events if isinstance(event, SignalDelivered)]
        return {placed.path: placed.address for placed in delivered[-1].frame}

    def back(self, infostyle: int = 30, token: int = 0) -> int | str:
        """sigreturn, as a trampoline makes it that was just entered."""
        registers = self.registers
        registers.rax, registers.rdi, registers.rsi, registers.rdx = UNIX | 184, registers.r8, infostyle, token
        registers.rip = TRAMPOLINE + 2
        return self.syscall(registers)

    @property
    def ended(self) -> str | None:
        """The signal that killed it, or None."""
        return self.kernel.process.exit.signal if self.kernel.process.exit else None


@pytest.fixture
def process(darwin: Any) -> Process:
    """A process on Darwin."""
    return Process(darwin)
