"""Messages: mach_msg, in and out of the kernel (osfmk/ipc: mach_msg.c, ipc_kmsg.c, ipc_mqueue.c).

On its way a message holds ports where the sender's and receiver's copies have names. Messages carry bytes and
port rights; memory out of line isn't simulated, which the trace then says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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
    MACH_SEND_INVALID_DATA,
    MACH_SEND_INVALID_DEST,
    MACH_SEND_INVALID_HEADER,
    MACH_SEND_INVALID_NOTIFY,
    MACH_SEND_INVALID_REPLY,
    MACH_SEND_INVALID_RIGHT,
    MACH_SEND_INVALID_TYPE,
    MACH_SEND_MSG_TOO_SMALL,
    MACH_SEND_NO_BUFFER,
    MACH_SEND_TIMED_OUT,
    MessageCode,
)
from kernel_stub.darwin.mach.ports import (
    MACH_PORT_DEAD,
    MACH_PORT_NULL,
    MOVE_SEND,
    MOVE_SEND_ONCE,
    QUEUE_LIMIT,
    RECEIVED,
    SENDING,
    Port,
    Refused,
)
from kernel_stub.darwin.mach.semaphores import Name
from kernel_stub.darwin.mach.structs import (
    BODY,
    COMPLEX,
    HEADER,
    LOCAL,
    PORT_DESCRIPTOR,
    REMOTE,
    TRAILER,
    TRAILER_SIZES,
    USER_BITS,
    bits,
)
from kernel_stub.darwin.mach.task import Task, task_of
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
LARGEST = 1 << 20  # what a message may have in bytes here; xnu fails where its memory ends
ROOM, OVERHEAD = 16 << 20, 256  # bytes for all messages together (KALLOC_MAP_SIZE); what each takes besides its own
KERNEL_TOKEN = (1 << 32).to_bytes(8, "little")  # KERNEL_SECURITY_TOKEN_VALUE
PORT_TYPE, DESCRIPTOR_TYPES = 0, 4  # of a descriptor

MessagePointer = Annotated[int, Pointer("mach_msg_header_t *%")]
Option = Annotated[int, Flags("mach_msg_option_t %", bits=32, unknown="MACH_???", names=tuple(OPTIONS.items()))]
Bytes = Annotated[int, UNSIGNED]
Milliseconds = Annotated[int, UNSIGNED]

_HEADER, _PORT, _TRAILER = HEADER.whole.codec, PORT_DESCRIPTOR.whole.codec, TRAILER.whole.codec
_FIRST = HEADER.size + BODY.size  # where the first descriptor lies


@dataclass(eq=False, slots=True)
class Right:
    """A port right in a message: at which byte its descriptor lies; `port` is a name that stands for none."""

    offset: int
    port: Port | int
    disposition: int


@dataclass(eq=False, slots=True)
class Message:
    """A message on its way. `data` is what was sent, header and all; header fields that count are beside it. `held`
    says whether its bytes are counted in `Task.messages`."""

    data: bytes
    id: int
    destination: Port
    destination_type: int
    reply: Port | int = MACH_PORT_NULL
    reply_type: int = 0
    complex: bool = False
    rights: list[Right] = field(default_factory=list)
    sender: bytes = KERNEL_TOKEN
    simulated: bool = True
    held: bool = False

    def ports(self) -> Iterator[Port]:
        """Those that it goes to and brings; some perhaps more than once."""
        yield self.destination
        for port in (self.reply, *(right.port for right in self.rights)):
            if isinstance(port, Port):
                yield port


class Failed(Exception):
    """Sending or receiving fails; `code` is a mach_msg_return_t."""

    def __init__(self, code: int, *, simulated: bool = True) -> None:
        super().__init__(code)
        self.code, self.simulated = code, simulated


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
                    message = _read(kernel, msg, send_size, notify if option & SEND_NOTIFY else None)
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


def _read(kernel: Kernel, address: int, size: int, notify: int | None) -> Message:
    """A message of the guest's, its names replaced by ports [ipc_kmsg_get, ipc_kmsg_copyin]. Raises Failed."""
    if size < HEADER.size or size & 3:
        raise Failed(MACH_SEND_MSG_TOO_SMALL)
    if size > LARGEST or _held(kernel) + size + OVERHEAD > ROOM:
        raise Failed(MACH_SEND_NO_BUFFER)
    try:
        data = kernel.memory.copy_in(address, size)
    except BadAddress:
        raise Failed(MACH_SEND_INVALID_DATA) from None
    if notify == MACH_PORT_NULL:
        raise Failed(MACH_SEND_INVALID_NOTIFY)
    message = _header(kernel, data)
    credentials = kernel.process.credentials
    message.sender = credentials.euid.to_bytes(4, "little") + credentials.egid.to_bytes(4, "little")
    if message.complex:
        _rights(kernel, message)
    return message


def _held(kernel: Kernel) -> int:
    """The bytes of all messages that are in queues, or wait for room there."""
    return sum(task.messages for task in kernel.processes if isinstance(task, Task) and task.exit is None)


def _hold(kernel: Kernel, message: Message) -> None:
    """A message stays in the kernel. Tasks have no ports in common: it is the sender's until it is received."""
    if not message.held:
        message.held = True
        task_of(kernel).messages += len(message.data) + OVERHEAD


def _let_go(kernel: Kernel, message: Message) -> None:
    """The kernel has a message no longer."""
    if message.held:
        message.held = False
        task_of(kernel).messages -= len(message.data) + OVERHEAD


def _header(kernel: Kernel, data: bytes) -> Message:
    """The header's own rights [ipc_kmsg_copyin_header]: nothing is taken unless both can be. Raises Failed."""
    flags, _, remote, local, _, _ = _HEADER.unpack_from(data)
    remote_type, local_type = flags & REMOTE, (flags & LOCAL) >> 8
    if flags & ~USER_BITS or remote_type not in SENDING:
        raise Failed(MACH_SEND_INVALID_HEADER)
    if local_type not in SENDING and (local_type or local != MACH_PORT_NULL):
        raise Failed(MACH_SEND_INVALID_HEADER)
    names = task_of(kernel).names
    try:
        entry = names.find(remote)
    except Refused:
        raise Failed(MACH_SEND_INVALID_DEST) from None
    if not names.has(entry, remote_type) or not entry.port.alive:
        raise Failed(MACH_SEND_INVALID_DEST)
    reply: Port | int = local
    if local not in (MACH_PORT_NULL, MACH_PORT_DEAD):
        if local not in names.entries or not names.has(names.entries[local], local_type):
            raise Failed(MACH_SEND_INVALID_REPLY)
        if remote == local and MOVE_SEND_ONCE in (remote_type, local_type):
            raise Failed(MACH_SEND_INVALID_DEST)
        if remote == local and remote_type == local_type == MOVE_SEND and entry.send < 2:
            raise Failed(MACH_SEND_INVALID_DEST)
        if remote == local and local_type == MOVE_SEND:  # what both need is copied before it moves
            names.copy_in(remote, remote_type)
            names.copy_in(local, local_type)
            return _parsed(data, entry.port, entry.port)
        reply = names.copy_in(local, local_type)
    return _parsed(data, names.copy_in(remote, remote_type), reply)


def _parsed(data: bytes, destination: Port, reply: Port | int) -> Message:
    """A message with its header's rights."""
    flags, _, _, _, _, number = _HEADER.unpack_from(data)
    remote_type, local_type = flags & REMOTE, (flags & LOCAL) >> 8
    return Message(
        data, number, destination, RECEIVED[remote_type], reply, RECEIVED.get(local_type, 0), bool(flags & COMPLEX)
    )


def _rights(kernel: Kernel, message: Message) -> None:
    """The rights in a complex message [ipc_kmsg_copyin_body]. Raises Failed."""
    data, names = message.data, task_of(kernel).names
    if len(data) < _FIRST:
        raise Failed(MACH_SEND_MSG_TOO_SMALL)
    count = int.from_bytes(data[HEADER.size : _FIRST], "little")
    if count * PORT_DESCRIPTOR.size > len(data) - _FIRST:
        raise Failed(MACH_SEND_MSG_TOO_SMALL)
    for offset in range(_FIRST, _FIRST + count * PORT_DESCRIPTOR.size, PORT_DESCRIPTOR.size):
        name, _, _, disposition, kind = _PORT.unpack_from(data, offset)
        if kind != PORT_TYPE:
            raise Failed(MACH_SEND_INVALID_TYPE, simulated=kind >= DESCRIPTOR_TYPES)
        if disposition not in RECEIVED:
            raise Failed(MACH_SEND_INVALID_TYPE)
        port: Port | int = name
        if name not in (MACH_PORT_NULL, MACH_PORT_DEAD):
            try:
                port = names.copy_in(name, disposition)
            except Refused:
                raise Failed(MACH_SEND_INVALID_RIGHT) from None
        message.rights.append(Right(offset, port, RECEIVED[disposition]))


def _resume(kernel: Kernel, waiting: Wait, source: Outgoing) -> Message:
    """The message that waited for room, if it got it. Raises Failed."""
    if not source.ready:
        if signals.deliverable(kernel.process, kernel.thread):
            _let_go(kernel, source.message)
            raise Failed(MACH_SEND_INTERRUPTED)
        if waiting.until is not None and kernel.clock.now >= waiting.until:
            _let_go(kernel, source.message)
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
        _let_go(kernel, message)
        return None  # as if it had arrived, and been thrown away
    full = len(port.messages) >= QUEUE_LIMIT and message.destination_type != MOVE_SEND_ONCE
    if full and option & SEND_TIMEOUT and timeout == 0:
        raise Failed(MACH_SEND_TIMED_OUT)
    _hold(kernel, message)
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
    _let_go(kernel, message)
    port.sequence += 1
    tail = _TRAILER.pack(0, trailer, port.sequence - 1 & 0xFFFFFFFF, message.sender, bytes(32))[:trailer]
    if not fits:  # the header alone; what it carried is lost
        return _put(kernel, address, _received(kernel, message, whole=False) + tail, MACH_RCV_TOO_LARGE)
    return _put(kernel, address, _received(kernel, message) + tail, KERN_SUCCESS)


def _put(kernel: Kernel, address: int, data: bytes, code: int) -> int:
    try:
        kernel.memory.copy_out(address & (1 << 64) - 1, data)
    except BadAddress:
        return MACH_RCV_INVALID_DATA
    return code


def _received(kernel: Kernel, message: Message, *, whole: bool = True) -> bytes:
    """The message's bytes with the receiver's names, to whom the two ports of the header change places
    [ipc_kmsg_copyout]; or the header alone, without the reply port [ipc_kmsg_copyout_dest]."""
    names = task_of(kernel).names
    here = names.name_of(message.destination) or MACH_PORT_NULL
    other = COMPLEX if message.complex else 0
    if not whole:
        return _HEADER.pack(
            bits(0, message.destination_type, other), HEADER.size, MACH_PORT_NULL, here, 0, message.id
        )
    data = bytearray(message.data)
    reply = names.copy_out(message.reply, message.reply_type) if isinstance(message.reply, Port) else message.reply
    flags = bits(message.reply_type, message.destination_type, other)
    _HEADER.pack_into(data, 0, flags, len(data), reply, here, 0, message.id)
    for right in message.rights:
        name = names.copy_out(right.port, right.disposition) if isinstance(right.port, Port) else right.port
        _PORT.pack_into(data, right.offset, name, 0, 0, right.disposition, PORT_TYPE)
    return bytes(data)
