"""What is done about a signal when its time has come: nothing, the default, or a handler's frame; and what becomes of
the call that it cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel_stub import family, posting, signals
from kernel_stub.cpu import CARRY, Registers
from kernel_stub.events import SignalDelivered, SyscallInterrupted, SyscallRestarted
from kernel_stub.signals import DEFAULT, IGNORE, Action, SigInfo

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel


def deliver(kernel: Kernel, registers: Registers, info: SigInfo) -> None:
    """What the action says: nothing, the default, or a handler's frame on a stack."""
    action = kernel.process.actions[info.signal]
    rules = kernel.personality.rules
    if action.handler == IGNORE:
        return
    if action.handler == DEFAULT:
        _default(kernel, info.signal)
        return
    if action.flags & rules.resethand and not rules.never_reset >> (info.signal - 1) & 1:
        kernel.process.actions[info.signal] = action._replace(handler=DEFAULT)
    if kernel.thread.interrupted is not None:
        restart(kernel, registers, action)
    before = registers.copy() if kernel.observe else registers
    stack = kernel.thread.altstack
    if not kernel.personality.enter_handler(kernel, registers, info, action):
        bad = SigInfo(rules.bad_frame, rules.kernel)
        fatal = rules.bad_frame_kills or info.signal == rules.bad_frame
        posting.force(kernel, bad, posting.NO_FRAME, fatal=fatal)
        return
    if kernel.observe:
        frame = kernel.personality.frame_pieces(kernel, registers, info, action)
        name = rules.names[info.signal]
        alternate = 0 < registers.rsp - stack.address <= stack.size
        kernel.events.append(SignalDelivered(name, info, action, frame, before, registers.copy(), alternate))
    signals.entered(kernel.thread, info.signal, action, rules)


def _default(kernel: Kernel, signal: int) -> None:
    """A signal's default action: nothing, stop, or the end."""
    rules, bit = kernel.personality.rules, 1 << (signal - 1)
    if rules.stops & bit:
        family.stop(kernel, kernel.process, signal)
    elif not rules.ignored & bit:
        kernel.kill(signal)


def restart(kernel: Kernel, registers: Registers, action: Action | None) -> None:
    """A call was cut short: let it be made again, or answer EINTR, as its kind and the handler say."""
    cut = kernel.thread.interrupted
    assert cut is not None
    kernel.thread.interrupted = None
    again, handler = kernel.personality.restart(registers, cut, action), action is not None
    if not kernel.observe:
        return
    if again:
        kernel.events.append(SyscallRestarted(cut.name, cut.kind, handler))
    else:
        carry = bool(registers.rflags & CARRY)
        kernel.events.append(SyscallInterrupted(cut.name, cut.kind, handler, registers.rax, carry))
