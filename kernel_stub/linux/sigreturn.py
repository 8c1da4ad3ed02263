"""rt_sigreturn: everything that the frame holds goes back, as far as user mode may decide it.

Source: arch/x86/kernel/signal_64.c (rt_sigreturn, restore_sigcontext), arch/x86/include/asm/signal.h.
"""

from __future__ import annotations

from kernel_stub import posting
from kernel_stub.cpu import INDEX, MASK64, BadAddress, Registers
from kernel_stub.events import FramePiece, SignalReturned
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import NoReturn
from kernel_stub.layout import Layout, nested
from kernel_stub.linux import altstack, fpstate
from kernel_stub.linux.abi import TASK_SIZE_MAX, USER_CS, USER_SS
from kernel_stub.linux.signal_frame import (
    CS,
    FRAME_SIZE,
    MOST,
    RFLAGS,
    RSP,
    SAVED,
    SS,
    UC,
    UC_STRICT_RESTORE_SS,
)
from kernel_stub.linux.structs import FPSTATE, UCONTEXT, XSTATE
from kernel_stub.outcomes import REPLACED, Errno
from kernel_stub.process import AltStack, Thread
from kernel_stub.signals import SigInfo

# RFLAGS bits that a frame decides: CF, PF, AF, ZF, SF, TF, DF, OF, RF, AC (FIX_EFLAGS).
FIX_EFLAGS = 0x50DD5

_unpack = UCONTEXT.span("uc_flags", "uc_mcontext.fpstate").codec.unpack_from
_SIGMASK = UCONTEXT.fields["uc_sigmask"].offset
BARE = Layout("_fpstate_64", nested("fpstate", FPSTATE))
# Where the frame's registers go; the last of SAVED is RFLAGS, which is merged.
_TARGETS = tuple(INDEX[name] for name in SAVED[:-1])


def rt_sigreturn(kernel: Kernel) -> NoReturn:
    """End a handler: go on with the registers, mask and stack settings of its frame."""
    registers = kernel.registers
    frame = (registers.rsp - 8) & MASK64
    if not _restore(kernel, registers, frame):
        registers.rax = 0
        rules = kernel.personality.rules
        posting.force(kernel, SigInfo(rules.segv, rules.kernel), "bad frame in rt_sigreturn")
    return REPLACED


def _restore(kernel: Kernel, registers: Registers, frame: int) -> bool:
    """Whether the frame was good. What was restored before it turned out bad stays."""
    thread, memory, values = kernel.thread, kernel.memory, registers.values
    if frame > TASK_SIZE_MAX - FRAME_SIZE:
        return False
    context = frame + UC  # nobody reads the return address again
    try:
        image = memory.copy_in(context, MOST)  # with the XSAVE area, if that lies where the kernel put it
    except BadAddress as bad:
        if bad.address - context < UCONTEXT.size:
            return False
        image = memory.copy_in(context, UCONTEXT.size)
    mask = image[_SIGMASK : _SIGMASK + 8]
    thread.blocked = int.from_bytes(mask, "little") & ~kernel.personality.rules.unblockable
    flags, _, address, stack_flags, size, *saved = _unpack(image)
    stack = AltStack(address, size, stack_flags)
    if stack != thread.altstack:
        set_stack(thread, stack, values[RSP])
    thread.restart = None
    for target, value in zip(_TARGETS, saved, strict=False):
        values[target] = value
    rflags, cs, _, _, ss, _, _, _, _, state = saved[len(_TARGETS) :]
    values[RFLAGS] = values[RFLAGS] & ~FIX_EFLAGS | rflags & FIX_EFLAGS
    values[CS], values[SS] = cs | 3, ss | 3
    if not flags & UC_STRICT_RESTORE_SS and values[CS] == USER_CS:
        values[SS] = USER_SS
    area = image[state - context : state - context + fpstate.SIZE] if state > context else b""
    loaded = area[:512] if fpstate.untouched(area, state) else fpstate.load(memory, state)
    if registers.fpu is not None:
        registers.fpu.store(loaded or fpstate.INITIAL)
    if loaded is None:
        return False
    if kernel.observe:
        _report(kernel, context, state)
    return True


def set_stack(thread: Thread, stack: AltStack, rsp: int) -> None:
    """The frame's alternate stack, if it may be set now; if not, nothing happens [restore_altstack]."""
    try:
        altstack.change(thread, stack, rsp)
    except Errno:
        return


def _report(kernel: Kernel, context: int, state: int) -> None:
    memory = kernel.memory
    pieces = [FramePiece(context, UCONTEXT, memory.copy_in(context, UCONTEXT.size))]
    if state:
        try:
            pieces.append(FramePiece(state, XSTATE, memory.copy_in(state, XSTATE.size)))
        except BadAddress:  # a bare FXSAVE image will do
            pieces.append(FramePiece(state, BARE, memory.copy_in(state, BARE.size)))
    kernel.events.append(SignalReturned(tuple(pieces), kernel.thread.blocked, kernel.registers.copy()))
