"""Processor exceptions become signals, whose default action ends the process."""

import pytest

from kernel_stub.cpu import Fault, Registers


@pytest.mark.parametrize(
    ("fault", "on_linux", "on_darwin", "reason"),
    [
        (Fault(0), "SIGFPE", "SIGFPE", "divide error"),
        (Fault(1), "SIGTRAP", "SIGTRAP", "debug exception"),
        (Fault(3), "SIGTRAP", "SIGTRAP", "breakpoint"),
        (Fault(6), "SIGILL", "SIGILL", "invalid opcode"),
        (Fault(11, 8), "SIGBUS", "SIGILL", "segment not present"),
        (Fault(12), "SIGBUS", "SIGILL", "stack-segment fault"),
        (Fault(13), "SIGSEGV", "SIGSEGV", "general protection"),
        (Fault(14, 4, 0xF1), "SIGSEGV", "SIGSEGV", "page fault at 0xf1"),
        (Fault(14, 7, 0x400000), "SIGSEGV", "SIGBUS", "page fault at 0x400000"),  # a read-only page
        (Fault(17), "SIGBUS", "SIGSEGV", "alignment check"),
        (Fault(19), "SIGFPE", "SIGFPE", "SIMD floating-point error"),
        (Fault(0x80), "SIGSEGV", "SIGILL", "interrupt 0x80"),
    ],
)
def test_signal_of_a_fault(linux, darwin, fault, on_linux, on_darwin, reason):
    for guest, signal in ((linux, on_linux), (darwin, on_darwin)):
        guest.kernel.fault(Registers(), fault)
        assert guest.texts == [f"{signal} ({reason})", f"killed by {signal} (core dumped)"]
        status = guest.kernel.process.exit
        assert (status.code, status.signal, status.core) == (None, signal, True)


def test_a_signal_that_is_ignored_by_default_does_nothing(guest):
    guest.kernel.post("SIGCHLD", "a child exited")
    assert guest.texts == ["SIGCHLD (a child exited), ignored"]
    assert guest.kernel.process.exit is None


def test_a_signal_that_ends_without_a_core(guest):
    guest.kernel.post("SIGTERM", "asked to")
    assert guest.texts == ["SIGTERM (asked to)", "killed by SIGTERM"]
