"""The signal frame: what Darwin on x86-64 puts on a stack for a handler, and takes back at sigreturn.

From high to low addresses: 128 bytes of red zone, also on a fresh alternate stack; ucontext64, siginfo and
mcontext64, one right below the other; then RSP, 8 below a multiple of 16 as after a CALL. Nothing is written
between RSP and the mcontext: what a RET would take for its address is what was there before.

Source: bsd/dev/i386/unix_signal.c (sendsig), osfmk/i386/pcb.c (get_thread_state64, get_exception_state64).
"""

from __future__ import annotations

from operator import itemgetter

from kernel_stub.cpu import INDEX, MASK64, BadAddress, Registers
from kernel_stub.darwin import altstack, fpstate, siginfo
from kernel_stub.darwin.abi import SYSCALL_SIZE, USER_LIMIT
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.structs import EXCEPTION_STATE, MCONTEXT, SIGINFO, THREAD_STATE, UCONTEXT
from kernel_stub.events import FramePiece
from kernel_stub.kernel import Kernel
from kernel_stub.layout import Layout, u8, u64
from kernel_stub.process import Thread
from kernel_stub.signals import Action, SigInfo

SA_SIGINFO, SA_ONSTACK, SA_RESETHAND, SS_ONSTACK = (
    CONSTANTS[name] for name in ("SA_SIGINFO", "SA_ONSTACK", "SA_RESETHAND", "SS_ONSTACK")
)
UC_TRAD, UC_FLAVOR = 1, 30  # infostyle: a handler of one argument, or of three
RED_ZONE, ALIGNMENT = 128, 16
USER64_CS, SYSCALL_CS = 0x2B, 0x07  # the second stands for CS in the frame when a system call was interrupted
T_SYSCALL = 0x85
EFL_USER_SET = 0x202  # IF, and the bit that is always set

SIZE = MCONTEXT.size + SIGINFO.size + UCONTEXT.size
INFO_OFFSET, CONTEXT_OFFSET = MCONTEXT.size, MCONTEXT.size + SIGINFO.size
SAVED = tuple(name for name in THREAD_STATE.fields if name not in ("cs", "fs", "gs"))
_RCX = SAVED.index("rcx")
_saved = itemgetter(*(INDEX[name] for name in SAVED))
_pack_exception = EXCEPTION_STATE.whole.codec.pack
_pack_thread = THREAD_STATE.whole.codec.pack
_pack_context = UCONTEXT.whole.codec.pack
_PADDING = bytes(MCONTEXT.size - MCONTEXT.whole.size)
CS, FS, GS, RSP, RIP, RFLAGS, RDI, RSI, RDX, RCX, R8, R9, R11 = (
    INDEX[name]
    for name in ("cs", "fs", "gs", "rsp", "rip", "rflags", "rdi", "rsi", "rdx", "rcx", "r8", "r9", "r11")
)
assert UCONTEXT.whole.size == UCONTEXT.size


def place(thread: Thread, rsp: int, on_stack: bool) -> tuple[int, int, bool]:
    """Addresses of the mcontext and of what RSP will be, and whether the alternate stack is entered now."""
    stack = thread.altstack
    switch = on_stack and altstack.is_set(stack) and not altstack.is_on(stack)
    top = stack.address + stack.size if switch else rsp
    lowest = (top - RED_ZONE - SIZE) & MASK64
    return lowest, (((lowest - ALIGNMENT) & -ALIGNMENT) - 8) & MASK64, switch


def enter(kernel: Kernel, registers: Registers, info: SigInfo, action: Action) -> bool:
    """Write the frame and point the registers at the trampoline. False, with registers as they were, if it can't
    be written: the process then gets SIGILL."""
    process, thread, values = kernel.process, kernel.thread, registers.values
    if is_call(thread, registers):
        values[R11] = thread.entry_flags  # with the carry flag of before: the way back is IRET, not SYSRET
    lowest, frame, switch = place(thread, values[RSP], bool(action.flags & SA_ONSTACK))
    if lowest > USER_LIMIT - SIZE:
        return False
    context = lowest + CONTEXT_OFFSET
    was_on = thread.altstack.flags & SS_ONSTACK
    mask = thread.blocked if thread.saved_mask is None else thread.saved_mask
    floats = fpstate.save(registers.fpu)
    image = b"".join((
        exception_state(thread), thread_state(thread, registers), floats, _PADDING,
        siginfo.encode(process, thread.trap, info.signal, values[RIP], values[RSP]),
        _pack_context(
            was_on, mask, frame, thread.altstack.size if switch else 0, SS_ONSTACK if was_on else 0, 0,
            MCONTEXT.size, lowest,
        ),
    ))  # fmt: skip
    try:
        kernel.memory.copy_out(lowest, image)
    except BadAddress:
        return False
    if switch:
        altstack.mark(thread, True)
    values[RIP], values[RSP], values[RFLAGS] = action.restorer, frame, EFL_USER_SET
    values[CS], values[FS], values[GS] = USER64_CS, 0, 0
    values[RDI], values[RSI], values[RDX] = action.handler, infostyle(kernel, info, action), info.signal
    values[RCX], values[R8] = lowest + INFO_OFFSET, context
    if process.token is not None:
        values[R9] = context ^ process.token.value
    if registers.fpu is not None:
        fpstate.begin(registers.fpu, floats)
    return True


def infostyle(kernel: Kernel, info: SigInfo, action: Action) -> int:
    """How many arguments the handler takes. SA_RESETHAND has cleared SA_SIGINFO by the time that it is looked at."""
    reset = action.flags & SA_RESETHAND and not kernel.personality.rules.never_reset >> (info.signal - 1) & 1
    return UC_FLAVOR if action.flags & SA_SIGINFO and not reset else UC_TRAD


def exception_state(thread: Thread) -> bytes:
    """How the kernel was entered: a system call is trap 0x85 with RAX as its error code. The fault address stays
    that of the last page fault."""
    trap = thread.trap
    if thread.entry is not None:
        return _pack_exception(T_SYSCALL, 0, thread.entry & 0xFFFF_FFFF, trap.address)
    return _pack_exception(trap.number, 0, trap.error_code, trap.address)


def is_call(thread: Thread, registers: Registers) -> bool:
    """Whether the registers are those of a system call. Once sendsig or sigreturn has set them they no longer are, as
    RCX tells."""
    return thread.entry is not None and 0 <= registers.values[RCX] - registers.values[RIP] <= SYSCALL_SIZE


def thread_state(thread: Thread, registers: Registers) -> bytes:
    """The interrupted registers. The kernel has used RCX at SYSCALL: RSP stands there for it [hi64_syscall]."""
    values = registers.values
    saved = _saved(values)
    if not is_call(thread, registers):
        return _pack_thread(*saved, values[CS], values[FS], values[GS])
    return _pack_thread(*saved[:_RCX], values[RSP], *saved[_RCX + 1 :], SYSCALL_CS, values[FS], values[GS])


def gap_layout(size: int) -> Layout:
    """What lies between RSP and the mcontext."""
    return Layout("nothing", u64("return_address"), u8("gap", size - 8))


def pieces(kernel: Kernel, registers: Registers, info: SigInfo, action: Action) -> tuple[FramePiece, ...]:
    """The frame that `enter` has just written, for whoever looks."""
    frame, lowest = registers.values[RSP], registers.values[RCX] - INFO_OFFSET
    return (unwritten(kernel, frame, lowest), *at(kernel, lowest))


def at(kernel: Kernel, lowest: int) -> tuple[FramePiece, ...]:
    """A frame's three structs."""
    data = kernel.memory.copy_in(lowest, SIZE)
    return (
        FramePiece(lowest, MCONTEXT, data[:INFO_OFFSET]),
        FramePiece(lowest + INFO_OFFSET, SIGINFO, data[INFO_OFFSET:CONTEXT_OFFSET]),
        FramePiece(lowest + CONTEXT_OFFSET, UCONTEXT, data[CONTEXT_OFFSET:]),
    )


def unwritten(kernel: Kernel, frame: int, lowest: int) -> FramePiece:
    """The bytes from RSP up to the mcontext, which the kernel leaves alone; zeros where there is no memory."""
    layout = gap_layout(lowest - frame)
    try:
        data = kernel.memory.copy_in(frame, layout.size)
    except BadAddress:
        data = bytes(layout.size)
    return FramePiece(frame, layout, data, frozenset(layout.fields))
