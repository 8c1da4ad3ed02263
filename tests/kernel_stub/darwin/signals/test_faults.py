"""Exceptions on Darwin: which signal, what siginfo says, and that nothing forces one through."""

import pytest

from kernel_stub.address_space import Region
from kernel_stub.cpu import Fault, Protection, Registers

SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGSEGV, SIGTERM = 4, 5, 8, 10, 11, 15
RIP = 0x400100


class Fpu:
    """An FPU state with an x87 status word and an MXCSR."""

    def __init__(self, status: int, mxcsr: int) -> None:
        self.image = b"\x7f\x03" + status.to_bytes(2, "little") + bytes(20) + mxcsr.to_bytes(4, "little") + bytes(484)

    def load(self) -> bytes:
        return self.image

    def store(self, image: bytes) -> None:
        self.image = image


@pytest.mark.parametrize(
    ("vector", "error_code", "signal", "code", "address"),
    [
        (0, 0, SIGFPE, 7, RIP),  # FPE_INTDIV
        (1, 0, SIGTRAP, 1, RIP), (3, 0, SIGTRAP, 1, RIP),  # TRAP_BRKPT for single-steps too
        (4, 0, SIGFPE, 8, RIP),  # FPE_INTOVF
        (5, 0, SIGTRAP, 1, RIP),  # BOUND
        (6, 0, SIGILL, 1, RIP),  # ILL_ILLOPC
        (11, 8, SIGILL, 0, RIP), (12, 0, SIGILL, 0, RIP),  # ILL_NOOP
        (13, 0, SIGSEGV, 0, 0), (13, 0x402, SIGSEGV, 0, 0),  # no address after a general-protection fault
        (0x40, 0, SIGSEGV, 0, 0),  # an interrupt without a gate is one
        (0x80, 0, SIGILL, 1, RIP),  # a system call of 32-bit programs is no instruction
    ],
)  # fmt: skip
def test_what_a_handler_is_told(process, vector, error_code, signal, code, address):
    process.handle(signal)
    registers = process.fault(vector, error_code)
    frame = process.frame
    assert registers.rdx == signal
    assert (frame["si_signo"], frame["si_code"], frame["si_addr"]) == (signal, code, address)
    assert (frame["si_pid"], frame["si_uid"], frame["si_status"], frame["si_errno"]) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("where", "error_code", "signal", "code"),
    [
        ("hole", 4, SIGSEGV, 1), ("hole", 6, SIGSEGV, 1),  # KERN_INVALID_ADDRESS: SEGV_MAPERR
        ("ro", 7, SIGBUS, 2), ("ro", 6, SIGBUS, 2),  # KERN_PROTECTION_FAILURE: SIGBUS with BUS_ADRERR
        ("rw", 0x15, SIGBUS, 2),  # no execution there
        ("kernel", 5, SIGSEGV, 1),  # nothing of the kernel's half is in the process's map
    ],
)  # fmt: skip
def test_a_page_that_forbids_the_access_is_sigbus_and_one_that_is_not_there_sigsegv(
    process, where, error_code, signal, code
):
    """ux_exception: of EXC_BAD_ACCESS, only KERN_INVALID_ADDRESS is SIGSEGV."""
    address = 0xFFFF_8000_0000_0000 if where == "kernel" else getattr(process, where) + 0x123
    process.handle(signal)
    assert process.fault(14, error_code, address).rdx == signal
    assert (process.frame["si_code"], process.frame["si_addr"]) == (code, address)


def test_a_reserved_page_that_was_never_touched_counts_as_there(process):
    process.kernel.process.space.add(Region(0x100000, 0x101000, Protection.NONE))
    process.handle(SIGBUS)
    assert process.fault(14, 4, 0x100010).rdx == SIGBUS


@pytest.mark.parametrize(
    ("vector", "status", "mxcsr", "code"),
    [
        (16, 0x04, 0, 1), (16, 0x08, 0, 2), (16, 0x10, 0, 3), (16, 0x20, 0, 4), (16, 0x01, 0, 5), (16, 0x02, 0, 0),
        (19, 0, 0x1F84, 1), (19, 0, 0x1FA1, 4), (19, 0, 0x1F81, 5), (16, 0x3D, 0, 1),
    ],
)  # fmt: skip
def test_floating_point_exceptions_by_the_first_of_their_bits(process, vector, status, mxcsr, code):
    """Zero divide before overflow, underflow, precision, invalid; a denormal operand has no code."""
    process.handle(SIGFPE)
    registers = Registers(rsp=process.top, rip=RIP)
    registers.fpu = Fpu(status, mxcsr)
    process.kernel.fault(registers, Fault(vector))
    assert process.frame["si_code"] == code


def test_a_blocked_signal_stays_pending_and_the_instruction_faults_for_ever(process):
    """threadsignal only sets the bit. Linux would kill the process."""
    process.mask(3, 1 << (SIGSEGV - 1))
    registers = process.fault(14, 6, 0xF1)
    assert process.kernel.events[0].text == "SIGSEGV (page fault at 0xf1), blocked: it stays pending"
    assert process.ended is None and registers.rip == RIP
    assert process.kernel.waiting and process.kernel.thread.waiting.spins


def test_an_ignored_signal_is_dropped_and_the_instruction_faults_for_ever(process):
    process.handle(SIGSEGV, 0, handler=1)
    process.fault(14, 6, 0xF1)
    assert process.kernel.events[0].text == "SIGSEGV (page fault at 0xf1), ignored"
    assert process.ended is None and process.kernel.waiting


def test_another_signal_ends_the_faulting(process):
    process.mask(3, 1 << (SIGSEGV - 1))
    process.kernel.deliver_at(10**9, "SIGTERM")
    process.fault(14, 6, 0xF1)
    assert process.ended == "SIGTERM"


def test_a_blocked_breakpoint_is_only_noted(process):
    """INT3 is over when it traps, so nothing comes again."""
    process.mask(3, 1 << (SIGTRAP - 1))
    process.fault(3)
    assert not process.kernel.waiting
    assert process.kernel.thread.pending.set == 1 << (SIGTRAP - 1)


def stack(process):
    process.kernel.process.space.add(Region(0x7000_0000, 0x7080_0000, Protection.READ, "[stack]"))


@pytest.mark.parametrize("address", [0x7080_0000 - (64 << 20), 0x6FFF_FFF8, 0x7040_0000])
def test_a_protection_failure_in_the_stacks_64_mib_is_a_stack_overflow(process, address):
    """MAXSSIZ: SIGSEGV with SEGV_ACCERR, on the alternate stack."""
    stack(process)
    process.handle(SIGSEGV, 0x41)
    assert process.fault(14, 7, address).rdx == SIGSEGV
    assert process.frame["si_code"] == 2


@pytest.mark.parametrize("how", ["no SA_ONSTACK", "blocked", "ignored"])
def test_a_stack_overflow_that_no_handler_can_take_kills(process, how):
    stack(process)
    process.handle(SIGSEGV, 0x40 if how == "no SA_ONSTACK" else 0x41, handler=1 if how == "ignored" else 0x401000)
    if how == "blocked":
        process.mask(3, 1 << (SIGSEGV - 1))
    process.fault(14, 7, 0x6FFF_FFF8)
    assert process.ended == "SIGSEGV"


def test_just_below_the_stacks_64_mib_it_is_sigbus(process):
    stack(process)
    process.fault(14, 7, 0x7080_0000 - (64 << 20) - 8)
    assert process.ended == "SIGBUS"
