"""The signal frame: what Linux on x86-64 puts on a stack for a handler, and takes back at rt_sigreturn.

From high to low addresses: 128 bytes of red zone (none on a fresh alternate stack); the XSAVE area with its
magics, at a multiple of 64; struct rt_sigframe (return address, ucontext, siginfo), 8 below a multiple of 16,
as after a CALL. Bytes that the kernel doesn't write keep what was there.

Source: arch/x86/kernel/{signal.c,signal_64.c}, arch/x86/kernel/fpu/signal.c.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from kernel_stub.cpu import INDEX, MASK64, BadAddress, Registers
from kernel_stub.events import FramePiece
from kernel_stub.layout import Layout
from kernel_stub.linux import fpstate, siginfo
from kernel_stub.linux.abi import TASK_SIZE_MAX, USER_CS, USER_SS
from kernel_stub.linux.altstack import RESET, SS_AUTODISARM, is_on, is_within
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.structs import RT_SIGFRAMES, XSTATE
from kernel_stub.process import Thread
from kernel_stub.signals import Action, SigInfo

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel

SA_SIGINFO, SA_RESTORER, SA_ONSTACK = (CONSTANTS[name] for name in ("SA_SIGINFO", "SA_RESTORER", "SA_ONSTACK"))
UC_FLAGS = 3  # UC_FP_XSTATE | UC_SIGCONTEXT_SS
UC_STRICT_RESTORE_SS = 4  # of a frame that interrupts 64-bit code
RED_ZONE = 128
ENTRY_FLAGS = MASK64 & ~(0x400 | 0x100 | 0x10000)  # a handler starts without DF, TF and RF

FRAME: Layout = RT_SIGFRAMES["kill"]
FRAME_SIZE = FRAME.size
_HEAD = FRAME.span("pretcode", "uc_stack.ss_flags")
_REST = FRAME.span("uc_stack.ss_size", "uc_mcontext.fpstate")
_pack_head, _pack_rest, _REST_OFFSET = _HEAD.codec.pack_into, _REST.codec.pack_into, _REST.offset
UC = FRAME.fields["uc_flags"].offset
SIGMASK = FRAME.fields["uc_sigmask"].offset
INFO = FRAME.fields["si_signo"].offset
MOST = FRAME_SIZE + fpstate.SIZE + 64 + 24  # a frame with all its gaps

SAVED = (
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rdi", "rsi", "rbp", "rbx", "rdx", "rax", "rcx",
    "rsp", "rip", "rflags",
)  # fmt: skip
_saved = itemgetter(*(INDEX[name] for name in SAVED))
RIP, RSP, RFLAGS, RAX, RDI, RSI, RDX, CS, SS = (
    INDEX[name] for name in ("rip", "rsp", "rflags", "rax", "rdi", "rsi", "rdx", "cs", "ss")
)


def place(thread: Thread, rsp: int, on_stack: bool) -> tuple[int, int] | None:
    """Addresses of the frame and its XSAVE area; None if they overflow the alternate stack [get_sigframe]."""
    stack = thread.altstack
    top = (rsp - RED_ZONE) & MASK64
    guarded = is_on(stack, rsp)
    if on_stack and stack.size and not is_on(stack, top):
        top = (stack.address + stack.size) & MASK64
        guarded = True
    state = (top - fpstate.SIZE) & MASK64 & -64
    frame = (((state - FRAME_SIZE) & MASK64 & -16) - 8) & MASK64
    if guarded and not is_within(stack, frame):
        return None
    return frame, state


def enter(kernel: Kernel, registers: Registers, info: SigInfo, action: Action) -> bool:
    """Write the frame and point the registers at the handler. False, with registers as they were, if it can't
    be written: the process then gets SIGSEGV [setup_rt_frame]."""
    thread, values = kernel.thread, registers.values
    placed = place(thread, values[RSP], bool(action.flags & SA_ONSTACK))
    if placed is None or not action.flags & SA_RESTORER:
        return False
    frame, state = placed
    size = state + fpstate.SIZE - frame
    if not 0 < size <= MOST or frame > TASK_SIZE_MAX - size:
        return False
    try:
        image = bytearray(kernel.memory.copy_in(frame, size))
        used = fpstate.save(registers.fpu, image, state - frame)
        _fill(image, thread, registers, info, action, state)
        kernel.memory.copy_out(frame, bytes(image))
    except BadAddress:
        _write_in_part(kernel, registers, frame, state, action)
        return False
    values[RDI] = info.signal
    values[RAX] = 0
    values[RSI], values[RDX] = frame + INFO, frame + UC
    values[RIP], values[RSP] = action.handler, frame
    values[CS], values[SS] = USER_CS, USER_SS
    values[RFLAGS] &= ENTRY_FLAGS
    if used and registers.fpu is not None:
        registers.fpu.store(fpstate.INITIAL)
    if thread.altstack.flags & SS_AUTODISARM:
        thread.altstack = RESET
    return True


def _write_in_part(kernel: Kernel, registers: Registers, frame: int, state: int, action: Action) -> None:
    """What a frame that doesn't fit leaves behind: the XSAVE area, and of the frame what is written before
    the return address, which is the lowest field and the one that faults."""
    memory, size = kernel.memory, state + fpstate.SIZE - frame
    image = bytearray(size)
    try:
        image[state - frame :] = memory.copy_in(state, fpstate.SIZE)
        fpstate.save(registers.fpu, image, state - frame)
        memory.copy_out(state, bytes(image[state - frame :]))
        _fill(image, kernel.thread, registers, SigInfo(0), action, state)
        memory.copy_out(frame + UC, bytes(image[UC : _HEAD.size]))
        memory.copy_out(frame + _REST_OFFSET, bytes(image[_REST_OFFSET : _REST_OFFSET + 8]))
    except BadAddress:
        return


def _fill(
    image: bytearray, thread: Thread, registers: Registers, info: SigInfo, action: Action, state: int
) -> None:
    """The frame proper, at the start of `image`; `state` is the XSAVE area's address."""
    values, stack, trap = registers.values, thread.altstack, thread.trap
    mask = thread.blocked if thread.saved_mask is None else thread.saved_mask
    flags = UC_FLAGS | UC_STRICT_RESTORE_SS if values[CS] == USER_CS else UC_FLAGS
    _pack_head(image, 0, action.restorer, flags, 0, stack.address, stack.flags)
    _pack_rest(
        image, _REST_OFFSET, stack.size, *_saved(values), values[CS], 0, 0, values[SS],
        trap.error_code, trap.number, mask, trap.address, state,
    )  # fmt: skip
    image[SIGMASK:INFO] = mask.to_bytes(8, "little")
    if action.flags & SA_SIGINFO:
        image[INFO:FRAME_SIZE] = siginfo.encode(info)


def pieces(kernel: Kernel, registers: Registers, info: SigInfo, action: Action) -> tuple[FramePiece, ...]:
    """The frame that `enter` has just written, for whoever looks."""
    frame = registers.values[RSP]
    layout = RT_SIGFRAMES[siginfo.member(info.signal, info.code)]
    data = kernel.memory.copy_in(frame, FRAME_SIZE)
    state = FRAME.fields["uc_mcontext.fpstate"]
    area = int.from_bytes(data[state.offset : state.offset + 8], "little")
    unwritten = {"uc_mcontext.reserved1"}
    if not action.flags & SA_SIGINFO:
        unwritten |= {path for path, field in layout.fields.items() if field.offset >= INFO}
    return (
        FramePiece(frame, layout, data, frozenset(unwritten)),
        FramePiece(
            area, XSTATE, kernel.memory.copy_in(area, XSTATE.size), frozenset(("fpstate.reserved2",))
        ),
    )
