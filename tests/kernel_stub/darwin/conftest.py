"""A Darwin process that makes Mach traps, and has threads."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import pytest

from kernel_stub.cpu import CARRY, Registers
from kernel_stub.darwin.abi import MACH, UNIX
from kernel_stub.darwin.mach_traps import NUMBERS

ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
SEND, RECEIVE = 1, 2
COPY_SEND, MAKE_SEND_ONCE, MOVE_SEND = 19, 21, 17
SEMAPHORE_CREATE, SEMAPHORE_DESTROY = 3418, 3419
NDR = bytes((0, 0, 0, 0, 1, 0, 0, 0))


@dataclass
class Received:
    """A message as it lies in the buffer: the header's fields, and all bytes."""

    bits: int
    size: int
    remote: int
    local: int
    id: int
    data: bytes


class Mach:
    """The one process, `guest` as the other tests have it; its buffer for messages is at `buffer`."""

    start, stack = 0x500000, 0x12000

    def __init__(self, guest: Any) -> None:
        self.guest, self.kernel, self.memory = guest, guest.kernel, guest.memory
        self.buffer = guest.rw + 0x400
        self.registers = Registers(rip=guest.after, rsp=guest.rw + 0x1F00, rflags=0x202, cs=0x2B, ss=0x23)

    def enter(self, rax: int, *arguments: int) -> int:
        """A call by the thread that runs, whose registers `registers` are; RAX, which may be another thread's then."""
        self.registers.rax = rax
        self.registers.rdx = 0xDD
        for register, argument in zip(ARGUMENTS, arguments, strict=False):
            setattr(self.registers, register, argument)
        self.kernel.events.clear()
        self.kernel.syscall(self.registers)
        return self.registers.rax

    def trap(self, name: str, *arguments: int) -> int:
        """A Mach trap."""
        return self.enter(MACH | NUMBERS[name], *arguments)

    def call(self, name: str, *arguments: int) -> int:
        """A BSD call."""
        return self.enter(UNIX | self.kernel.personality.numbers[name], *arguments)

    @property
    def failed(self) -> bool:
        """Whether the last BSD call did."""
        return bool(self.registers.rflags & CARRY)

    @property
    def texts(self) -> list[str]:
        """The last call's lines."""
        return [event.text for event in self.kernel.events]

    @property
    def tid(self) -> int:
        """The thread that runs."""
        return self.kernel.thread.tid

    def thread(self, pthread: int = 0x11) -> int:
        """Make a thread, which doesn't run yet; its id."""
        self.call("bsdthread_register", self.start, 0, 0)
        self.call("bsdthread_create", 0xF00, 0xA26, self.stack, pthread, 0)
        return self.kernel.process.threads[-1].tid

    def give_way(self) -> int:
        """Let the next thread run; its id."""
        self.trap("swtch_pri", 0)
        return self.tid

    def message(self, bits: int, remote: int, local: int, number: int, body: bytes = b"") -> int:
        """Write a message into the buffer; its size."""
        data = struct.pack("<5Ii", bits, 24 + len(body), remote, local, 0, number) + body
        self.memory.copy_out(self.buffer, data)
        return len(data)

    def send(self, size: int, option: int = SEND, timeout: int = 0) -> int:
        """Send what is in the buffer."""
        return self.trap("mach_msg_trap", self.buffer, option, size, 0, 0, timeout)

    def receive(self, name: int, room: int = 256, option: int = RECEIVE, timeout: int = 0) -> int:
        """Receive into the buffer."""
        return self.trap("mach_msg_trap", self.buffer, option, 0, room, name, timeout)

    @property
    def received(self) -> Received:
        """What is in the buffer."""
        bits, size, remote, local, _, number = struct.unpack("<5Ii", self.memory.copy_in(self.buffer, 24))
        return Received(bits, size, remote, local, number, self.memory.copy_in(self.buffer, min(size, 0x400)))

    def ask(self, number: int, body: bytes, bits: int = 0, room: int = 256, port: int | None = None) -> int:
        """A request to the task (or another port), and its answer in the buffer."""
        task = self.trap("task_self_trap") if port is None else port
        reply = self.trap("mach_reply_port")
        size = self.message(bits | COPY_SEND | MAKE_SEND_ONCE << 8, task, reply, number, body)
        return self.trap("mach_msg_trap", self.buffer, SEND | RECEIVE, size, room, reply, 0)

    def semaphore(self, value: int = 0, policy: int = 0) -> int:
        """Make a semaphore as Go's 2008 runtime did; its name."""
        assert self.ask(SEMAPHORE_CREATE, NDR + struct.pack("<ii", policy, value)) == 0
        return int.from_bytes(self.received.data[28:32], "little")

    def destroy(self, name: int) -> int:
        """Destroy one as Go's 2008 runtime did; what the reply says."""
        descriptor = struct.pack("<IIIHBB", 1, name, 0, 0, MOVE_SEND, 0)
        assert self.ask(SEMAPHORE_DESTROY, descriptor, 0x80000000) == 0
        return int.from_bytes(self.received.data[32:36], "little", signed=True)


@pytest.fixture
def mach(darwin: Any) -> Mach:
    """A Darwin process with one thread."""
    return Mach(darwin)
