"""The alternate signal stack, and the call that sets it.

Darwin remembers in a flag whether a thread is on it; where the stack pointer is doesn't count. sendsig sets
the flag, sigreturn puts it back, and a longjmp clears it through sigreturn's infostyles.

Source: bsd/kern/kern_sig.c (sigaltstack).
"""

from __future__ import annotations

from kernel_stub import user
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.kinds import NewStack, OldStack
from kernel_stub.darwin.structs import STACK
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int
from kernel_stub.outcomes import Errno
from kernel_stub.process import AltStack, Thread

SS_ONSTACK, SS_DISABLE = CONSTANTS["SS_ONSTACK"], CONSTANTS["SS_DISABLE"]
OLDMINSIGSTKSZ = 8 * 1024  # what is enforced: MINSIGSTKSZ of the headers is larger
CODEC = STACK.whole.codec


def is_set(stack: AltStack) -> bool:
    """Whether there is one (uthread: UT_ALTSTACK); switched off, it keeps its address and size."""
    return bool(stack.size) and not stack.flags & SS_DISABLE


def is_on(stack: AltStack) -> bool:
    """Whether the thread counts as being on it."""
    return bool(stack.flags & SS_ONSTACK)


def mark(thread: Thread, on: bool) -> None:
    """Note that the thread is on its alternate stack from now on, or isn't."""
    stack = thread.altstack
    thread.altstack = stack._replace(flags=stack.flags | SS_ONSTACK if on else stack.flags & ~SS_ONSTACK)


def change(thread: Thread, new: AltStack) -> None:
    """Set it. Raises Errno EINVAL, EPERM, ENOMEM."""
    if new.flags & ~SS_DISABLE:
        raise Errno("EINVAL")
    if new.flags:
        if is_on(thread.altstack):
            raise Errno("EINVAL")
        thread.altstack = thread.altstack._replace(flags=SS_DISABLE)
        return
    if is_on(thread.altstack):
        raise Errno("EPERM")
    if new.size < OLDMINSIGSTKSZ:
        raise Errno("ENOMEM")
    thread.altstack = new


def sigaltstack(kernel: Kernel, nss: NewStack, oss: OldStack) -> Int:
    """Tell and set the stack for handlers with SA_ONSTACK: the old one is told even if the new one is refused."""
    thread = kernel.thread
    if not is_set(thread.altstack):
        thread.altstack = thread.altstack._replace(flags=thread.altstack.flags | SS_DISABLE)
    if oss:
        address, size, flags = thread.altstack
        user.write(kernel.memory, oss, CODEC.pack(address, size, flags) + bytes(STACK.size - CODEC.size))
    if nss:
        address, size, flags = CODEC.unpack(user.read(kernel.memory, nss, STACK.size)[: CODEC.size])
        change(thread, AltStack(address, size, flags))
    return 0
