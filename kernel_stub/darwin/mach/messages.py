"""mach_msg: sending to a port's queue, and receiving from it (osfmk/ipc: mach_msg.c, ipc_mqueue.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from kernel_stub import signals
from kernel_stub.cpu import BadAddress
from kernel_stub.darwin.mach import mig
from kernel_stub.darwin.mach.kern_return import (
    KERN_INVALID_ARGUMENT,
    KERN_SUCCESS,
    MACH_RCV_INTERRUPTED,
    MACH_RCV_INVALID_DATA,
    MACH_RCV_INVALID_NAME,
    MACH_RCV_PORT_DIED,
    MACH_RCV_TIMED_OUT,
    MACH_RCV_TOO_LARGE,
    MACH_SEND_INTERRUPTED,
    MACH_SEND_TIMED_OUT,
    MessageCode,
)
from kernel_stub.darwin.mach.kmsg import Failed, Message, copy_in, copy_out, hold, let_go
from kernel_stub.darwin.mach.ports import MOVE_SEND_ONCE, QUEUE_LIMIT, Port
from kernel_stub.darwin.mach.semaphores import Name
from kernel_stub.darwin.mach.structs import TRAILER, TRAILER_SIZES
from kernel_stub.darwin.mach.task import task_of
from kernel_stub.flags import Flags
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import UNSIGNED, Pointer
from kernel_stub.outcomes import Blocked, Results, Wait

OPTIONS = {
    "MACH_SEND_MSG": 0x1, "MACH_RCV_MSG": 0x2, "MACH_RCV_LARGE": 0x4, "MACH_SEND_TIMEOUT": 0x10,
    "MACH_SEND_INTERRUPT": 0x40, "MACH_SEND_NOTIFY": 0x80, "MACH_RCV_TIMEOUT": 0x100,
    "MACH_RCV_INTERRUPT": 0x400, "MACH_RCV_OVERWRITE": 0x1000,
}  # fmt: skip
SEND, RECEIVE, LARGE = OPTIONS["MACH_SEND_MSG"], OPTIONS["MACH_RCV_MSG"], OPTIONS["MACH_RCV_LARGE"]
SEND_TIMEOUT, SEND_NOTIFY = OPTIONS["MACH_SEND_TIMEOUT"], OPTIONS["MACH_SEND_NOTIFY"]
RECEIVE_TIMEOUT = OPTIONS["MACH_RCV_TIMEOUT"]
MILLISECOND = 1_000_000

MessagePointer = Annotated[int, Pointer("mach_msg_header_t *%")]
Option = Annotated[int, Flags("mach_msg_option_t %", bits=32, unknown="MACH_???", names=tuple(OPTIONS.items()))]
Bytes = Annotated[int, UNSIGNED]
Milliseconds = Annotated[int, UNSIGNED]

_TRAILER = TRAILER.whole.codec


@dataclass(eq=False, slots=True)
class Mailbox:
    """A wait for a message at a port."""

    port: Port

    @property
    def ready(self) -> bool:
        """See `outcomes.Source`."""
        return bool(self.port.messages) or not self.port.alive


@dataclass(eq=False, slots=True)
class Outgoing:
    """A wait for room in a port's queue, with the message that is to go there."""

    message: Message

    @property
    def ready(self) -> bool:
        """See `outcomes.Source`."""
        port = self.message.destination
        return len(port.messages) < QUEUE_LIMIT or not port.alive


def mach_msg_trap(
    kernel: Kernel,
    msg: MessagePointer,
    option: Option,
    send_size: Bytes,
    rcv_size: Bytes,
    rcv_name: Name,
    timeout: Milliseconds,
) -> MessageCode:
    """Send a message, receive one, or both. A seventh argument, notify, is on the stack behind one word."""
    waiting = kernel.thread.waiting
    source = waiting.source if waiting is not None else None
    simulated = True
    try:
        if not isinstance(source, Mailbox):
            notify = _seventh(kernel)
            if option & SEND:
                if isinstance(source, Outgoing) and waiting is not None:
                    message = _resume(kernel, waiting, source)
                else:
                    message = copy_in(kernel, msg, send_size, notify if option & SEND_NOTIFY else None)
                sleep = _send(kernel, message, option, timeout)
                if sleep is not None:
                    return sleep
                simulated = message.simulated
            waiting = None
        if option & RECEIVE:
            return _receive(kernel, msg, option, rcv_size, rcv_name, timeout, waiting, simulated)
    except Failed as failed:
        return Results(failed.code, simulated=failed.simulated)
    return Results(KERN_SUCCESS, simulated=simulated)


def _seventh(kernel: Kernel) -> int:
    """The argument on the stack [mach_call_munger64]. Raises Failed KERN_INVALID_ARGUMENT."""
    try:
        data = kernel.memory.copy_in(kernel.registers.rsp + 8 & (1 << 64) - 1, 8)
    except BadAddress:
        raise Failed(KERN_INVALID_ARGUMENT) from None
    return int.from_bytes(data[:4], "little")


# Sending ------------------------------------------------------------------------------------------


def _resume(kernel: Kernel, waiting: Wait, source: Outgoing) -> Message:
    """The message that waited for room, if it got it. Raises Failed."""
    if not source.ready:
        if signals.deliverable(kernel.process, kernel.thread):
            let_go(kernel, source.message)
            raise Failed(MACH_SEND_INTERRUPTED)
        if waiting.until is not None and kernel.clock.now >= waiting.until:
            let_go(kernel, source.message)
            raise Failed(MACH_SEND_TIMED_OUT)
    return source.message


def _send(kernel: Kernel, message: Message, option: int, timeout: int) -> Blocked | None:
    """Hand a message to the kernel or into a queue [ipc_kmsg_send]; Blocked if it is full. Raises Failed."""
    port = message.destination
    if port.kind:
        answer = mig.serve(kernel, message)
        if answer is None:
            return None
        message.simulated, port = answer.simulated, answer.destination
        message = answer
    if not port.alive:
        let_go(kernel, message)
        return None  # as if it had arrived, and been thrown away
    full = len(port.messages) >= QUEUE_LIMIT and message.destination_type != MOVE_SEND_ONCE
    if full and option & SEND_TIMEOUT and timeout == 0:
        raise Failed(MACH_SEND_TIMED_OUT)
    hold(kernel, message)
    if full:
        if not option & SEND_TIMEOUT:
            return Blocked(Wait("room in a port's queue", source=Outgoing(message)))
        until = kernel.clock.now + timeout * MILLISECOND
        waiting = kernel.thread.waiting
        if waiting is not None and waiting.until is not None:
            until = waiting.until
        return Blocked(Wait("room in a port's queue", until, source=Outgoing(message)))
    port.messages.append(message)
    return None


# Receiving ----------------------------------------------------------------------------------------


def _receive(
    kernel: Kernel, address: int, option: int, size: int, name: int, timeout: int, waiting: Wait | None, simulated: bool
) -> Blocked | Results:
    """Take the oldest message from a port's queue, or wait for one [ipc_mqueue_receive]. Raises Failed."""
    if waiting is None:
        port = _mailbox(kernel, name)
    else:
        assert isinstance(waiting.source, Mailbox)
        port = waiting.source.port
    if port.messages:
        trailer = TRAILER_SIZES.get(option >> 24 & 0xF, TRAILER.size)
        return Results(_take(kernel, port, address, option, size, trailer), simulated=simulated)
    if waiting is None:
        if option & RECEIVE_TIMEOUT and timeout == 0:
            raise Failed(MACH_RCV_TIMED_OUT)
        until = kernel.clock.now + timeout * MILLISECOND if option & RECEIVE_TIMEOUT else None
        return Blocked(Wait(f"a message at port {name:#x}", until, source=Mailbox(port)))
    if not port.alive:
        raise Failed(MACH_RCV_PORT_DIED)
    if signals.deliverable(kernel.process, kernel.thread):
        raise Failed(MACH_RCV_INTERRUPTED)
    if waiting.until is not None and kernel.clock.now >= waiting.until:
        raise Failed(MACH_RCV_TIMED_OUT)
    return Blocked(waiting)


def _mailbox(kernel: Kernel, name: int) -> Port:
    """The port that a name has the receive right for [ipc_mqueue_copyin]. Raises Failed."""
    entry = task_of(kernel).names.entries.get(name)
    if entry is None or not entry.receive:
        raise Failed(MACH_RCV_INVALID_NAME)
    return entry.port


def _take(kernel: Kernel, port: Port, address: int, option: int, room: int, trailer: int) -> int:
    """Write the oldest message and its trailer to the guest; the code."""
    message = port.messages[0]
    fits = len(message.data) + trailer <= room
    if not fits and option & LARGE:
        return _put(kernel, address + 4, len(message.data).to_bytes(4, "little"), MACH_RCV_TOO_LARGE)
    port.messages.popleft()
    let_go(kernel, message)
    port.sequence += 1
    tail = _TRAILER.pack(0, trailer, port.sequence - 1 & 0xFFFFFFFF, message.sender, bytes(32))[:trailer]
    if not fits:  # the header alone; what it carried is lost
        return _put(kernel, address, copy_out(kernel, message, whole=False) + tail, MACH_RCV_TOO_LARGE)
    return _put(kernel, address, copy_out(kernel, message) + tail, KERN_SUCCESS)


def _put(kernel: Kernel, address: int, data: bytes, code: int) -> int:
    try:
        kernel.memory.copy_out(address & (1 << 64) - 1, data)
    except BadAddress:
        return MACH_RCV_INVALID_DATA
    return code
