"""Calls that sleep, restarts, stops, injection, and the alternate stack, through the kernel alone."""

from __future__ import annotations

import pytest

from kernel_stub.cpu import Fault, Registers
from kernel_stub.events import ProcessContinued, ProcessStopped, SignalDelivered
from kernel_stub.outcomes import Restart
from kernel_stub.process import AltStack, Interrupted
from kernel_stub.signals import Action

HANDLER, RESTORER = 0x401000, 0x402000
RESTORED, ONSTACK, RESTART = 0x4000000, 0x8000000, 0x10000000
KILL, USR1, SEGV, USR2, TERM, CHLD, CONT, STOP, TSTP = 9, 10, 11, 12, 15, 17, 18, 19, 20
EINTR = -4 & (1 << 64) - 1
AFTER = 0x400002


def catch(guest, *signals, flags=0):
    for signal in signals:
        guest.kernel.process.actions[signal] = Action(HANDLER, flags | RESTORED, RESTORER, 0)


def trap(guest, name, *arguments):
    """Make a call with a stack; the registers after it."""
    number = guest.kernel.personality.numbers[name]
    registers = Registers(rax=number, rip=AFTER, rsp=guest.rw + 0x1F00, cs=0x33, ss=0x2B, rflags=0x202)
    for register, value in zip(("rdi", "rsi", "rdx", "r10"), arguments, strict=False):
        setattr(registers, register, value)
    guest.kernel.events.clear()
    guest.kernel.syscall(registers)
    return registers


def interrupted_frame(guest):
    """RIP and RAX as the last frame saved them."""
    event = [event for event in guest.kernel.events if isinstance(event, SignalDelivered)][-1]
    frame = {placed.path: placed.value for placed in event.frame}
    return frame["uc_mcontext.rip"], frame["uc_mcontext.rax"]


def test_pause_sleeps_for_ever(linux):
    registers = trap(linux, "pause")
    assert linux.kernel.waiting
    assert (registers.rip, registers.rax) == (AFTER, 34)
    assert linux.texts == []


def test_pause_ends_with_eintr_when_a_handler_ran(linux):
    catch(linux, USR1, flags=RESTART)  # SA_RESTART doesn't matter
    linux.kernel.deliver_at(50, "SIGUSR1")
    registers = trap(linux, "pause")  # nothing else would wake it
    assert not linux.kernel.waiting
    assert registers.rip == HANDLER
    assert interrupted_frame(linux) == (AFTER, EINTR)
    assert linux.texts[:3] == [
        "SIGUSR1 (sent at position 50)",
        "pause() = ? ERESTARTNOHAND (To be restarted if no handler)",
        "pause is interrupted: EINTR",
    ]


def test_pause_goes_on_when_no_handler_ran(linux):
    linux.kernel.process.actions[USR1] = Action(1)
    linux.kernel.deliver_at(50, "SIGUSR1")
    trap(linux, "pause")
    assert linux.kernel.waiting
    assert linux.texts == ["SIGUSR1 (sent at position 50), ignored"]


def test_a_signal_at_its_position_comes_behind_the_call(linux):
    catch(linux, USR1)
    linux.kernel.deliver_at(7, "SIGUSR1")
    assert linux.kernel.deadline == 7
    linux.kernel.clock.retired = 6
    trap(linux, "getpid")
    assert len(linux.texts) == 1
    linux.kernel.clock.retired = 7
    assert trap(linux, "getpid").rip == HANDLER
    assert interrupted_frame(linux) == (AFTER, 4242)
    assert linux.kernel.deadline is None


def test_a_tick_delivers(linux):
    catch(linux, USR1)
    linux.kernel.deliver_at(7, "SIGUSR1")
    linux.kernel.clock.retired = 7
    registers = Registers(rip=0x400123, rsp=linux.rw + 0x1F00, rflags=0x202, cs=0x33, ss=0x2B)
    linux.kernel.tick(registers)
    assert registers.rip == HANDLER


def test_signals_of_one_position_come_in_the_order_given(linux):
    for name in ("SIGUSR2", "SIGCHLD", "SIGUSR1"):
        linux.kernel.deliver_at(7, name)
    linux.kernel.thread.blocked = (1 << 64) - 1
    linux.kernel.clock.retired = 9
    trap(linux, "getpid")
    assert [text.split()[0] for text in linux.texts[1:]] == ["SIGUSR2", "SIGCHLD", "SIGUSR1"]


def test_an_unknown_signal_cannot_be_delivered(linux):
    with pytest.raises(KeyError):
        linux.kernel.deliver_at(7, "SIGNONE")


def test_sigsuspend_swaps_the_mask_while_it_sleeps(linux):
    catch(linux, USR1)
    kernel = linux.kernel
    kernel.thread.blocked = 1 << USR1 - 1
    linux.put(linux.rw, (1 << USR2 - 1).to_bytes(8, "little"))
    trap(linux, "rt_sigsuspend", linux.rw, 8)
    assert kernel.waiting
    assert kernel.thread.blocked == 1 << USR2 - 1
    kernel.deliver_at(0, "SIGUSR1")
    registers = Registers(rax=130, rdi=linux.rw, rsi=8, rip=AFTER, rsp=linux.rw + 0x1F00, cs=0x33, ss=0x2B)
    kernel.tick(registers)
    assert registers.rip == HANDLER
    assert interrupted_frame(linux) == (AFTER, EINTR)
    frame = [event for event in kernel.events if isinstance(event, SignalDelivered)][-1].frame
    saved = {placed.path: placed.value for placed in frame}
    assert saved["uc_sigmask"] == saved["uc_mcontext.oldmask"] == 1 << USR1 - 1
    assert kernel.thread.blocked == 1 << USR1 - 1 | 1 << USR2 - 1
    assert kernel.thread.saved_mask is None


def test_sigsuspend_sleeps_on_after_a_stop(linux):
    kernel = linux.kernel
    linux.put(linux.rw, bytes(8))
    registers = trap(linux, "rt_sigsuspend", linux.rw, 8)
    kernel.thread.blocked = 0
    kernel.deliver_at(0, "SIGTSTP")
    kernel.tick(registers)
    assert kernel.process.stopped == TSTP
    kernel.deliver_at(0, "SIGCONT")
    kernel.tick(registers)
    assert kernel.process.stopped is None
    assert (registers.rip, registers.rax) == (AFTER - 2, 130)  # made again, with the old mask put back
    assert kernel.thread.saved_mask is None


KINDS = [
    # kind, with a handler with SA_RESTART, with one without, without a handler: RAX then, None for EINTR
    (Restart.ERESTARTSYS, 77, None, 77),
    (Restart.ERESTARTNOINTR, 77, 77, 77),
    (Restart.ERESTARTNOHAND, None, None, 77),
    (Restart.ERESTART_RESTARTBLOCK, None, None, 219),
]


@pytest.mark.parametrize(("kind", "restarting", "plain", "none"), KINDS, ids=[kind.name for kind, *_ in KINDS])
def test_what_becomes_of_a_call_that_was_cut_short(linux, kind, restarting, plain, none):
    for flags, rax in ((RESTART, restarting), (0, plain), (None, none)):
        registers = Registers(rip=AFTER, rax=1, rsp=linux.rw + 0x1F00, cs=0x33, ss=0x2B)
        kernel = linux.kernel
        kernel.thread.interrupted = Interrupted("read", kind, 77)
        kernel.thread.blocked = 0
        if flags is not None:
            catch(linux, USR1, flags=flags)
            kernel.deliver_at(0, "SIGUSR1")
        kernel.tick(registers)
        found = interrupted_frame(linux) if flags is not None else (registers.rip, registers.rax)
        assert found == ((AFTER, EINTR) if rax is None else (AFTER - 2, rax))
        assert kernel.thread.interrupted is None


def test_stop_and_continue(linux):
    kernel = linux.kernel
    registers = trap(linux, "kill", 4242, STOP)
    assert kernel.process.stopped == STOP
    assert isinstance(kernel.events[-1], ProcessStopped)
    kernel.deliver_at(0, "SIGTERM")  # waits until the process runs again
    kernel.tick(registers)
    assert kernel.process.exit is None
    kernel.deliver_at(0, "SIGCONT")
    kernel.tick(registers)
    assert any(isinstance(event, ProcessContinued) for event in kernel.events)
    assert kernel.process.exit.signal == "SIGTERM"


def test_sigkill_ends_a_stopped_process(linux):
    registers = trap(linux, "kill", 4242, STOP)
    linux.kernel.deliver_at(0, "SIGKILL")
    linux.kernel.tick(registers)
    assert linux.texts[-1] == "killed by SIGKILL"


def test_a_handler_of_sigcont_runs(linux):
    catch(linux, CONT)
    registers = trap(linux, "kill", 4242, TSTP)
    linux.kernel.deliver_at(5, "SIGCONT")
    linux.kernel.tick(registers)
    assert registers.rip == HANDLER
    assert linux.kernel.process.stopped is None


def test_sending_to_others_changes_nothing_here(linux):
    assert linux.call("kill", 4241, TERM) == 0
    assert linux.call("kill", 1, TERM) == "EPERM"
    assert linux.call("kill", 1, 99) == "EINVAL"
    assert linux.call("kill", -1, TERM) == 0
    assert linux.call("kill", 4243, TERM) == "ESRCH"
    assert linux.call("tgkill", 4241, 4241, TERM) == 0
    assert linux.call("tkill", 77, TERM) == "ESRCH"
    assert linux.kernel.process.exit is None


def test_sigaltstack_on_the_stack_itself(linux):
    linux.kernel.thread.altstack = AltStack(linux.rw, 0x2000)
    registers = trap(linux, "sigaltstack", 0, linux.rw)
    assert registers.rax == 0
    assert linux.memory.copy_in(linux.rw + 8, 4) == b"\1\0\0\0"  # SS_ONSTACK
    linux.put(linux.rw, bytes(8) + b"\2\0\0\0" + bytes(12))
    assert trap(linux, "sigaltstack", linux.rw, 0).rax == -1 & (1 << 64) - 1  # EPERM
    assert trap(linux, "sigaltstack", linux.hole, 0).rax == -14 & (1 << 64) - 1


def test_recursion_on_the_alternate_stack_ends_with_sigsegv(linux):
    """Each fault in the handler takes a frame; at the stack's end there is no room for another."""
    linux.kernel.thread.altstack = AltStack(linux.rw, 0x2000)
    catch(linux, SEGV, flags=ONSTACK | 0x40000000)
    registers = Registers(rip=AFTER, rsp=0x7000_0000, cs=0x33, ss=0x2B)
    faults = 0
    while linux.kernel.process.exit is None:
        linux.kernel.fault(registers, Fault(14, 6, 0xF1))
        faults += 1
        assert faults < 20
    assert linux.kernel.process.exit.signal == "SIGSEGV"
    assert faults > 3


def test_the_last_exception_stays_for_later_frames(linux):
    catch(linux, USR1, SEGV)
    registers = Registers(rip=AFTER, rsp=linux.rw + 0x1F00, cs=0x33, ss=0x2B)
    linux.kernel.fault(registers, Fault(14, 6, 0xF1))
    registers.rsp = linux.rw + 0x1000
    linux.kernel.deliver_at(0, "SIGUSR1")
    linux.kernel.tick(registers)
    frame = [event for event in linux.kernel.events if isinstance(event, SignalDelivered)][-1].frame
    saved = {placed.path: placed.value for placed in frame}
    assert [saved[f"uc_mcontext.{name}"] for name in ("trapno", "err", "cr2")] == [14, 6, 0xF1]


def test_a_checkpoint_in_a_handler_and_in_a_sleep(linux):
    kernel = linux.kernel
    catch(linux, USR1)
    registers = trap(linux, "pause")
    asleep = kernel.checkpoint()
    for _ in range(2):
        kernel.restore(asleep)
        assert kernel.waiting
        again = registers.copy()
        kernel.deliver_at(0, "SIGUSR1")
        kernel.tick(again)
        assert again.rip == HANDLER
        assert kernel.thread is kernel.process.threads[0]


def test_the_pending_set_is_told(linux):
    linux.kernel.thread.blocked = 1 << USR1 - 1
    linux.call("kill", 4242, USR1)
    assert linux.call("rt_sigpending", linux.rw, 8) == 0
    assert linux.memory.copy_in(linux.rw, 8) == (1 << USR1 - 1).to_bytes(8, "little")


@pytest.mark.parametrize(
    ("changed", "trap"),
    [
        ({"cs": 0x2B}, (13, 0x28)),
        ({"ss": 0x33}, (13, 0x30)),
        ({"ss": 7}, (13, 0)),
        ({"rip": 1 << 63}, (13, 0)),
        ({"rip": 1 << 47}, (13, 0)),
    ],
    ids=str,
)
def test_registers_that_user_mode_cannot_have_fault_on_the_way_back(linux, changed, trap):
    """Whatever put them there; the frame shows them, without RF."""
    catch(linux, SEGV)
    registers = Registers(rip=AFTER, rsp=linux.rw + 0x1F00, cs=0x33, ss=0x2B, rflags=0x202)
    for name, value in changed.items():
        setattr(registers, name, value)
    linux.kernel.tick(registers)
    (event,) = [event for event in linux.kernel.events if isinstance(event, SignalDelivered)]
    saved = {placed.path: placed.value for placed in event.frame}
    assert (saved["uc_mcontext.trapno"], saved["uc_mcontext.err"]) == trap
    assert saved["uc_mcontext.eflags"] == 0x202
    assert {name: saved[f"uc_mcontext.{name}"] for name in changed} == changed
    assert (registers.rip, registers.cs, registers.ss) == (HANDLER, 0x33, 0x2B)
