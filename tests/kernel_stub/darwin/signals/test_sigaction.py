"""sigaction on Darwin (kern_sig.c: sigaction, setsigvec): two structs, flags in bits of their own."""

import struct

import pytest

HANDLER, TRAMPOLINE = 0x401000, 0x402000
SIGHUP, SIGILL, SIGKILL, SIGSTOP, SIGCONT, SIGCHLD, SIGUSR1 = 1, 4, 9, 17, 19, 20, 30
ONSTACK, RESTART, RESETHAND, NOCLDSTOP, NODEFER, NOCLDWAIT, SIGINFO, REGSET = 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x200
CANTMASK = 1 << 8 | 1 << 16


def test_the_trampoline_goes_in_and_is_not_told(process):
    """__sigaction has 24 bytes with sa_tramp; what comes back are 16 without."""
    process.guest.put(process.rw + 0x40, b"\xee" * 32)
    process.handle(SIGUSR1, SIGINFO, mask=0x5)
    assert process.kernel.process.actions[SIGUSR1] == (HANDLER, SIGINFO, TRAMPOLINE, 0x5)
    assert process.call("sigaction", SIGUSR1, 0, process.rw + 0x40) == 0
    assert process.read(process.rw + 0x40, 24) == struct.pack("<QIi", HANDLER, 5, SIGINFO) + b"\xee" * 8


def test_a_signal_that_nobody_touched_tells_sa_restart(process):
    """SA_RESTART is told where ps_sigintr isn't set, and at first it is set for none."""
    assert process.told(SIGHUP) == (0, 0, RESTART)


@pytest.mark.parametrize(
    ("signal", "flags", "told"),
    [
        (SIGUSR1, ONSTACK | RESTART | SIGINFO | NODEFER, ONSTACK | RESTART | SIGINFO | NODEFER),
        (SIGUSR1, RESETHAND, 0),  # kept, never told
        (SIGUSR1, REGSET, REGSET),
        (SIGUSR1, NOCLDSTOP | NOCLDWAIT, 0),
        (SIGCHLD, NOCLDSTOP | NOCLDWAIT, NOCLDSTOP | NOCLDWAIT),
        (SIGUSR1, 0x7FFF_F000, 0),  # bits that mean nothing
    ],
)
def test_which_flags_are_told(process, signal, flags, told):
    process.handle(signal, flags)
    assert process.told(signal)[2] == told


def test_an_ignored_sigchld_tells_sa_nocldwait(process):
    """P_NOCLDWAIT is set for SIG_IGN too."""
    process.handle(SIGCHLD, 0, handler=1)
    assert process.told(SIGCHLD) == (1, 0, NOCLDWAIT)


def test_a_mask_never_holds_sigkill_and_sigstop(process):
    process.handle(SIGUSR1, SIGINFO, mask=0xFFFF_FFFF)
    assert process.told(SIGUSR1)[1] == 0xFFFF_FFFF & ~CANTMASK


@pytest.mark.parametrize("signal", [0, -1 & 0xFFFF_FFFF, 32, 64, SIGKILL, SIGSTOP])
def test_no_such_signal_or_one_that_has_no_action(process, signal):
    """EINVAL also for asking: SIGKILL and SIGSTOP tell nothing."""
    assert process.call("sigaction", signal, 0, process.rw) == "EINVAL"


def test_the_old_action_is_told_before_the_new_one_is_read(process):
    """10.5 copies the old one out first, so a new one at a bad address comes too late to stop that."""
    process.handle(SIGUSR1, SIGINFO)
    assert process.call("sigaction", SIGUSR1, process.hole, process.rw + 0x40) == "EFAULT"
    assert process.read(process.rw + 0x40, 8) == struct.pack("<Q", HANDLER)


def test_an_old_action_that_cannot_be_told_changes_nothing(process):
    process.guest.put(process.rw, struct.pack("<QQIi", HANDLER, TRAMPOLINE, 0, 0))
    assert process.call("sigaction", SIGUSR1, process.rw, process.ro) == "EFAULT"
    assert process.kernel.process.actions[SIGUSR1].handler == 0


@pytest.mark.parametrize(("signal", "handler"), [(SIGUSR1, 1), (SIGCHLD, 0), (SIGCONT, 0), (SIGCONT, 1)])
def test_an_action_that_ignores_takes_pending_signals_away(process, signal, handler):
    """clear_procsiglist, for SIGCONT too."""
    process.handle(signal)
    process.mask(1, 1 << (signal - 1))
    process.call("kill", 4242, signal, 1)
    assert process.kernel.thread.pending.set == 1 << (signal - 1)
    process.handle(signal, 0, handler=handler)
    assert process.kernel.thread.pending.set == 0


def test_the_trace_shows_both_structs(process):
    process.handle(SIGUSR1, SIGINFO, mask=5)
    text = process.kernel.events[0].text
    assert text == (
        "sigaction(30, {sa_handler=4198400, sa_tramp=4202496, sa_mask=5, sa_flags=64}, NULL) = 0"
    )
