"""sigreturn: everything that the frame holds goes back, as far as user mode may decide it.

Source: bsd/dev/i386/unix_signal.c (sigreturn), osfmk/i386/pcb.c (set_thread_state64).
"""

from __future__ import annotations

from kernel_stub import user
from kernel_stub.cpu import INDEX, Registers
from kernel_stub.darwin import altstack, fpstate
from kernel_stub.darwin.abi import USER_LIMIT
from kernel_stub.darwin.kinds import InfoStyle, MaybeReturns, Token, UcontextPointer
from kernel_stub.darwin.signal_frame import CS, RFLAGS, SAVED, USER64_CS
from kernel_stub.darwin.structs import MCONTEXT, SIGINFO, UCONTEXT
from kernel_stub.events import FramePiece, SignalReturned
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import REPLACED, Errno

UC_SET_ALT_STACK, UC_RESET_ALT_STACK = 0x4000_0000, 0x8000_0000
VALIDATION_DEFAULT, VALIDATION_ENABLED, VALIDATION_DISABLED = range(3)  # SigreturnToken.validation
# CF, PF, AF, ZF, SF, TF, DF, OF, AC and ID are the frame's; IOPL, NT and RF are cleared (EFL_USER_CLEAR) and IF set.
FRAMES_FLAGS, EFL_USER_SET = 0x240DD5, 0x202

_STATE = MCONTEXT.span(f"ss.{SAVED[0]}", f"ss.{SAVED[-1]}")
_unpack = _STATE.codec.unpack_from
_FLOATS = MCONTEXT.fields["fs.fpu_reserved"].offset
_TARGETS = tuple(INDEX[name] for name in SAVED)
_RIP, _RSP = SAVED.index("rip"), SAVED.index("rsp")
_unpack_context = UCONTEXT.whole.codec.unpack


def sigreturn(kernel: Kernel, uctx: UcontextPointer, infostyle: InfoStyle, token: Token) -> MaybeReturns:
    """End a handler: go on with the registers and the mask of its frame."""
    thread = kernel.thread
    if infostyle in (UC_SET_ALT_STACK, UC_RESET_ALT_STACK):
        altstack.mark(thread, infostyle == UC_SET_ALT_STACK)
        return 0
    onstack, mask, *_, address = _unpack_context(user.read(kernel.memory, uctx, UCONTEXT.size))
    thread.blocked = mask & ~kernel.personality.rules.unblockable
    state = user.read(kernel.memory, address, MCONTEXT.size)
    altstack.mark(thread, bool(onstack & 1))
    check = kernel.process.token
    if check is not None and token != uctx ^ check.value and check.validation != VALIDATION_DISABLED:
        raise Errno("EINVAL")
    _restore(kernel.registers, state)
    if kernel.observe:
        _report(kernel, uctx, address, state)
    return REPLACED


def _restore(registers: Registers, state: bytes) -> None:
    """The frame's registers. Raises Errno EINVAL for RIP or RSP outside user memory [set_thread_state64]."""
    values, saved = registers.values, _unpack(state, _STATE.offset)
    if saved[_RIP] >= USER_LIMIT or saved[_RSP] >= USER_LIMIT:
        raise Errno("EINVAL")
    for target, value in zip(_TARGETS, saved, strict=True):
        values[target] = value
    values[RFLAGS] = values[RFLAGS] & FRAMES_FLAGS | EFL_USER_SET
    values[CS] = USER64_CS
    if registers.fpu is not None:
        fpstate.load(registers.fpu, state[_FLOATS:])


def _report(kernel: Kernel, uctx: int, address: int, state: bytes) -> None:
    """The structs that were read; the siginfo, if it lies where sendsig put it."""
    pieces = [FramePiece(address, MCONTEXT, state)]
    if uctx == address + MCONTEXT.size + SIGINFO.size:
        middle = address + MCONTEXT.size
        pieces.append(FramePiece(middle, SIGINFO, kernel.memory.copy_in(middle, SIGINFO.size)))
    pieces.append(FramePiece(uctx, UCONTEXT, kernel.memory.copy_in(uctx, UCONTEXT.size)))
    kernel.events.append(SignalReturned(tuple(pieces), kernel.thread.blocked, kernel.registers.copy()))
