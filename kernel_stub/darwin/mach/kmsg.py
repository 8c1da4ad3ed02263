"""A message in the kernel (osfmk/ipc/ipc_kmsg.c): taken from its sender, and given to its receiver.

On its way a message holds ports where the sender's and receiver's copies have names. Messages carry bytes and
port rights; memory out of line isn't simulated, which the trace then says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kernel_stub.cpu import BadAddress
from kernel_stub.darwin.mach.kern_return import (
    MACH_SEND_INVALID_DATA,
    MACH_SEND_INVALID_DEST,
    MACH_SEND_INVALID_HEADER,
    MACH_SEND_INVALID_NOTIFY,
    MACH_SEND_INVALID_REPLY,
    MACH_SEND_INVALID_RIGHT,
    MACH_SEND_INVALID_TYPE,
    MACH_SEND_MSG_TOO_SMALL,
    MACH_SEND_NO_BUFFER,
)
from kernel_stub.darwin.mach.ports import (
    MACH_PORT_DEAD,
    MACH_PORT_NULL,
    MOVE_SEND,
    MOVE_SEND_ONCE,
    RECEIVED,
    SENDING,
    Port,
    Refused,
)
from kernel_stub.darwin.mach.structs import (
    BODY,
    COMPLEX,
    HEADER,
    LOCAL,
    PORT_DESCRIPTOR,
    REMOTE,
    USER_BITS,
    bits,
)
from kernel_stub.darwin.mach.task import Task, task_of
from kernel_stub.kernel import Kernel

LARGEST = 1 << 20  # what a message may have in bytes here; xnu fails where its memory ends
ROOM, OVERHEAD = 16 << 20, 256  # bytes for all messages together (KALLOC_MAP_SIZE); what each takes besides its own
KERNEL_TOKEN = (1 << 32).to_bytes(8, "little")  # KERNEL_SECURITY_TOKEN_VALUE
PORT_TYPE, DESCRIPTOR_TYPES = 0, 4  # of a descriptor

_HEADER, _PORT = HEADER.whole.codec, PORT_DESCRIPTOR.whole.codec
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


# From the sender ----------------------------------------------------------------------------------


def copy_in(kernel: Kernel, address: int, size: int, notify: int | None) -> Message:
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


def hold(kernel: Kernel, message: Message) -> None:
    """A message stays in the kernel. Tasks have no ports in common: it is the sender's until it is received."""
    if not message.held:
        message.held = True
        task_of(kernel).messages += len(message.data) + OVERHEAD


def let_go(kernel: Kernel, message: Message) -> None:
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


# To the receiver ----------------------------------------------------------------------------------


def copy_out(kernel: Kernel, message: Message, *, whole: bool = True) -> bytes:
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
