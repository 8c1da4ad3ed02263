"""Queues and order of delivery, as kernel/signal.c has them. The host confirms the calls in tests/oracle."""

from __future__ import annotations

import pytest

from kernel_stub.cpu import Fault, Registers
from kernel_stub.events import SignalDelivered
from kernel_stub.signals import Action, SigInfo, discard, queued, send

HANDLER, RESTORER = 0x401000, 0x402000
RESTORED, SIGINFO, NODEFER, RESETHAND = 0x4000000, 4, 0x40000000, 0x80000000
HUP, KILL, USR1, SEGV, USR2, TERM, CHLD, CONT, STOP, TSTP, RT = 1, 9, 10, 11, 12, 15, 17, 18, 19, 20, 34


def catch(guest, *signals, flags=SIGINFO, mask=0):
    for signal in signals:
        guest.kernel.process.actions[signal] = Action(HANDLER + signal, flags | RESTORED, RESTORER, mask)


def at(guest, **named):
    """Registers of a program in its third instruction, its stack at the end of the writable pages."""
    return Registers(rip=0x400003, rsp=guest.rw + 0x1F00, rflags=0x202, cs=0x33, ss=0x2B, **named)


def post(guest, signal, *, thread=False, code=0):
    kernel = guest.kernel
    return send(kernel.process, kernel.thread if thread else None, SigInfo(signal, code), kernel.personality.rules)


def delivered(guest):
    """The signals that have their frames after a tick, the first one first."""
    guest.kernel.events.clear()
    guest.kernel.tick(at(guest))
    return [event.info.signal for event in guest.kernel.events if isinstance(event, SignalDelivered)]


@pytest.mark.parametrize(
    ("sent", "order"),
    [
        ([USR2, USR1], [USR1, USR2]),
        ([HUP, SEGV], [SEGV, HUP]),  # what faults send comes first, also from kill
        ([RT + 1, RT, USR1, RT], [USR1, RT, RT, RT + 1]),
    ],
)
def test_the_lowest_number_comes_first(linux, sent, order):
    catch(linux, *sent, flags=SIGINFO | NODEFER)
    for signal in sent:
        post(linux, signal)
    assert delivered(linux) == order


def test_the_thread_comes_before_the_process(linux):
    catch(linux, HUP, TERM)
    post(linux, HUP)
    post(linux, TERM, thread=True)
    assert delivered(linux) == [TERM, HUP]


def test_a_fault_comes_before_all_others(linux):
    catch(linux, HUP, SEGV)
    linux.kernel.thread.blocked = 1 << HUP - 1
    post(linux, HUP, thread=True)
    linux.kernel.thread.blocked = 0
    linux.kernel.events.clear()
    registers = at(linux)
    linux.kernel.fault(registers, Fault(14, 4, 0xF1))
    frames = [event for event in linux.kernel.events if isinstance(event, SignalDelivered)]
    assert [event.info.signal for event in frames] == [SEGV, HUP]
    assert frames[0].before.rip == 0x400003  # the fault's frame points at the instruction
    assert frames[1].before.rip == HANDLER + SEGV
    assert registers.rip == HANDLER + HUP  # the last frame's handler runs first


def test_a_mask_holds_the_next_one_back(linux):
    catch(linux, USR1, USR2, mask=1 << USR2 - 1)
    post(linux, USR1)
    post(linux, USR2)
    assert delivered(linux) == [USR1]
    assert linux.kernel.thread.blocked == 1 << USR1 - 1 | 1 << USR2 - 1
    assert linux.kernel.process.pending.set == 1 << USR2 - 1


def test_nodefer_leaves_the_signal_itself_unblocked(linux):
    catch(linux, USR1, flags=NODEFER)
    post(linux, USR1)
    assert delivered(linux) == [USR1]
    assert linux.kernel.thread.blocked == 0


def test_no_mask_holds_kill_and_stop(linux):
    catch(linux, USR1, mask=(1 << 64) - 1)
    post(linux, USR1)
    delivered(linux)
    assert linux.kernel.thread.blocked == (1 << 64) - 1 & ~(1 << KILL - 1 | 1 << STOP - 1)


def test_resethand_makes_the_second_one_the_default(linux):
    catch(linux, USR1, flags=RESETHAND | NODEFER)
    post(linux, USR1)
    assert delivered(linux) == [USR1]
    assert linux.kernel.process.actions[USR1].handler == 0
    assert linux.kernel.process.actions[USR1].flags & RESETHAND
    assert post(linux, USR1) == "fatal"


def test_standard_signals_are_kept_once_and_real_time_ones_in_order(linux):
    kernel = linux.kernel
    kernel.thread.blocked = (1 << 64) - 1
    assert [post(linux, USR1), post(linux, USR1)] == ["blocked", "coalesced"]
    for value in range(3):
        send(kernel.process, None, SigInfo(RT, -1, value=value), kernel.personality.rules)
    assert queued(kernel.process) == 4
    taken = [kernel.process.pending.collect(RT).value for _ in range(3)]
    assert taken == [0, 1, 2]
    assert kernel.process.pending.set == 1 << USR1 - 1


def test_the_two_queues_keep_a_signal_each(linux):
    linux.kernel.thread.blocked = 1 << USR1 - 1
    assert [post(linux, USR1), post(linux, USR1, thread=True)] == ["blocked", "blocked"]


def test_a_signal_without_information_is_a_plain_one(linux):
    """When the queue was full."""
    catch(linux, USR1)
    linux.kernel.process.sigpending_limit = 0
    assert send(linux.kernel.process, None, SigInfo(USR1, -1, pid=7), linux.kernel.personality.rules) == "queued"
    linux.kernel.tick(at(linux))
    (event,) = [event for event in linux.kernel.events if isinstance(event, SignalDelivered)]
    assert event.info == SigInfo(USR1, 0)


@pytest.mark.parametrize(
    ("signal", "fate"),
    [(CHLD, "ignored"), (CONT, "ignored"), (28, "ignored"), (USR1, "fatal"), (SEGV, "queued"), (TSTP, "queued")],
)
def test_what_becomes_of_a_signal_with_the_default_action(linux, signal, fate):
    assert post(linux, signal) == fate


def test_a_blocked_signal_is_never_ignored(linux):
    linux.kernel.process.actions[USR1] = Action(1)
    linux.kernel.thread.blocked = 1 << USR1 - 1 | 1 << CHLD - 1
    assert [post(linux, USR1), post(linux, CHLD)] == ["blocked", "blocked"]
    linux.kernel.thread.blocked = 0
    assert delivered(linux) == []
    assert linux.kernel.process.pending.set == 0
    assert linux.kernel.process.exit is None


@pytest.mark.parametrize("action", ["blocked", "ignored"])
def test_a_fault_whose_signal_is_blocked_or_ignored_kills(linux, action):
    catch(linux, SEGV)
    if action == "blocked":
        linux.kernel.thread.blocked = 1 << SEGV - 1
    else:
        linux.kernel.process.actions[SEGV] = Action(1)
    linux.kernel.fault(at(linux), Fault(14, 4, 0xF1))
    assert linux.texts[-1] == "killed by SIGSEGV (core dumped)"


def test_a_million_signals_to_oneself_fit(linux):
    """Each is refused or merged once the queue is full; nothing grows."""
    kernel = linux.kernel
    kernel.thread.blocked = (1 << 64) - 1
    kernel.process.sigpending_limit = 100
    fates = [post(linux, RT, code=-1) for _ in range(1000)]
    assert fates == ["blocked"] * 100 + ["lost"] * 900
    discard(kernel.process, 1 << RT - 1)
    assert queued(kernel.process) == 0
