"""The alternate signal stack: who is on it, and the call that sets it.

Source: include/linux/sched/signal.h (on_sig_stack, sas_ss_flags), kernel/signal.c (do_sigaltstack).
"""

from __future__ import annotations

from kernel_stub import user
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.kinds import NewStack, OldStack
from kernel_stub.linux.structs import STACK
from kernel_stub.outcomes import Errno
from kernel_stub.process import AltStack, Thread

SS_ONSTACK, SS_DISABLE, SS_AUTODISARM, MINSIGSTKSZ = (
    CONSTANTS[name] for name in ("SS_ONSTACK", "SS_DISABLE", "SS_AUTODISARM", "MINSIGSTKSZ")
)
RESET = AltStack(0, 0, SS_DISABLE)  # what SS_AUTODISARM leaves while a handler runs [sas_ss_reset]
CODEC = STACK.whole.codec
SIZE = STACK.size


def is_within(stack: AltStack, rsp: int) -> bool:
    """Whether a stack pointer lies on the stack; its lowest address doesn't count, its end does."""
    return rsp > stack.address and rsp - stack.address <= stack.size


def is_on(stack: AltStack, rsp: int) -> bool:
    """Whether a thread with that stack pointer counts as being on it: with SS_AUTODISARM it never does."""
    return not stack.flags & SS_AUTODISARM and is_within(stack, rsp)


def report(stack: AltStack, rsp: int) -> AltStack:
    """The setting as it is told: the mode is whether the thread is on it, or that there is none."""
    mode = SS_DISABLE if not stack.size else SS_ONSTACK if is_on(stack, rsp) else 0
    return stack._replace(flags=mode | stack.flags & SS_AUTODISARM)


def change(thread: Thread, new: AltStack, rsp: int) -> None:
    """Set it. Raises Errno EPERM, EINVAL, ENOMEM."""
    if is_on(thread.altstack, rsp):
        raise Errno("EPERM")
    mode = new.flags & ~SS_AUTODISARM
    if mode not in (0, SS_ONSTACK, SS_DISABLE):
        raise Errno("EINVAL")
    if new == thread.altstack:
        return
    if mode == SS_DISABLE:
        new = AltStack(0, 0, new.flags)
    elif new.size < MINSIGSTKSZ:
        raise Errno("ENOMEM")
    thread.altstack = new


def decode(data: bytes) -> AltStack:
    """A stack_t from the guest."""
    address, flags, size = CODEC.unpack(data)
    return AltStack(address, size, flags)


def encode(stack: AltStack) -> bytes:
    """A stack_t for the guest."""
    return CODEC.pack(stack.address, stack.flags, stack.size)


def sigaltstack(kernel: Kernel, ss: NewStack, old_ss: OldStack) -> Int:
    """Set and tell the stack for handlers with SA_ONSTACK."""
    thread, rsp = kernel.thread, kernel.registers.rsp
    new = decode(user.read(kernel.memory, ss, SIZE)) if ss else None
    old = encode(report(thread.altstack, rsp))
    if new is not None:
        change(thread, new, rsp)
    if old_ss:
        user.write(kernel.memory, old_ss, old)
    return 0
