"""What the kernel answers to messages sent to its own ports: routines by message id, as MIG's servers call them
(osfmk/kern/ipc_kobject.c: ipc_kobject_server; osfmk/mach/task.defs)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kernel_stub.darwin.mach.kern_return import (
    KERN_INVALID_ARGUMENT,
    KERN_SUCCESS,
    MIG_BAD_ARGUMENTS,
    MIG_BAD_ID,
    MIG_TYPE_ERROR,
)
from kernel_stub.darwin.mach.kmsg import Message, Right
from kernel_stub.darwin.mach.ports import MOVE_SEND, Port
from kernel_stub.darwin.mach.semaphores import SYNC_POLICY_MAX, SYNC_POLICY_REVERSED, Semaphore
from kernel_stub.darwin.mach.structs import (
    BODY,
    HEADER,
    NDR_RECORD,
    PORT_DESCRIPTOR,
    SEMAPHORE_CREATE,
    SEMAPHORE_DESTROY,
)
from kernel_stub.darwin.mach.task import task_of

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel

REPLY = 100  # a reply's id is the request's plus this

# First and last ids of the subsystems that xnu serves: clock, mach_host, host_priv, host_security, processor,
# mach_port, task, thread_act, vm_map, processor_set, mach_vm. Of these only what ROUTINES has is simulated.
SUBSYSTEMS = (
    (200, 235), (400, 425), (600, 601), (1000, 1002), (3000, 3005), (3200, 3242), (3400, 3465), (3600, 3633),
    (3800, 3833), (4000, 4010), (4800, 4826),
)  # fmt: skip

_CREATE = SEMAPHORE_CREATE.span("policy", "value").codec


def semaphore_create(kernel: Kernel, request: Message) -> int | Port:
    """Make a semaphore: policy and initial value; the answer has a send right to its port."""
    from kernel_stub.darwin.mach.ports import Port

    if request.complex or len(request.data) != SEMAPHORE_CREATE.size:
        return MIG_BAD_ARGUMENTS
    policy, value = _CREATE.unpack_from(request.data, SEMAPHORE_CREATE.fields["policy"].offset)
    if not _is_own_task(kernel, request.destination) or value < 0 or policy > SYNC_POLICY_MAX:
        return KERN_INVALID_ARGUMENT
    return Port("semaphore", semaphore=Semaphore(value, last_first=bool(policy & SYNC_POLICY_REVERSED)))


def semaphore_destroy(kernel: Kernel, request: Message) -> int | Port:
    """End a semaphore; those who wait are told so. The request brings a send right to its port."""
    if not request.complex or len(request.data) != SEMAPHORE_DESTROY.size or len(request.rights) != 1:
        return MIG_BAD_ARGUMENTS
    right = request.rights[0]
    if right.disposition != MOVE_SEND:
        return MIG_TYPE_ERROR
    port = right.port
    if not isinstance(port, Port) or not port.alive or port.semaphore is None:
        return KERN_INVALID_ARGUMENT
    if not _is_own_task(kernel, request.destination):
        return KERN_INVALID_ARGUMENT
    port.semaphore.destroy()
    port.alive = False
    return KERN_SUCCESS


def _is_own_task(kernel: Kernel, port: Port) -> bool:
    """Whether the port stands for the one task that there is [convert_port_to_task]."""
    return port is task_of(kernel).port


ROUTINES: dict[int, Callable[[Kernel, Message], int | Port]] = {3418: semaphore_create, 3419: semaphore_destroy}


def serve(kernel: Kernel, request: Message) -> Message | None:
    """The kernel's answer to a message, to be sent to its reply port; None if it brought none that can be used."""
    routine = ROUTINES.get(request.id)
    known = any(first <= request.id <= last for first, last in SUBSYSTEMS)
    answer = routine(kernel, request) if routine is not None else MIG_BAD_ID
    request.simulated = routine is not None or not known
    if not isinstance(request.reply, Port):
        return None
    header = bytes(HEADER.size)  # written when it is received
    if isinstance(answer, int):
        data = header + NDR_RECORD + answer.to_bytes(4, "little", signed=True)
    else:
        data = header + (1).to_bytes(BODY.size, "little") + bytes(PORT_DESCRIPTOR.size)
    reply = Message(data, _wrapped(request.id + REPLY), request.reply, request.reply_type)
    reply.simulated = request.simulated
    if not isinstance(answer, int):
        reply.complex = True
        reply.rights.append(Right(HEADER.size + BODY.size, answer, MOVE_SEND))
    return reply


def _wrapped(number: int) -> int:
    """As C's int has it."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)
