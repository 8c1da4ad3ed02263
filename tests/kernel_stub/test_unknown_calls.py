"""Numbers that aren't served: what the guest gets, and what the trace says."""

import pytest


def test_linux_says_enosys(linux):
    assert linux.call("ptrace", 0, 0x1000, 3) == "ENOSYS"
    assert linux.texts == [
        "ptrace(0x0, 0x1000, 0x3, 0x0, 0x0, 0x0) = -1 ENOSYS (Function not implemented) [not simulated]"
    ]
    assert linux.kernel.process.exit is None


@pytest.mark.parametrize(("rax", "name"), [(999, "syscall_999"), (0xFFFF_FFFF, "syscall_-1")])
def test_a_number_that_linux_does_not_have_is_not_for_us_to_simulate(linux, rax, name):
    assert linux.call(rax) == "ENOSYS"
    assert linux.text == f"{name}(0x0, 0x0, 0xdd, 0x0, 0x0, 0x0) = -1 ENOSYS (Function not implemented)"


def test_linux_numbers_are_ints(linux):
    assert linux.call(0xABCD_0000_0000_0027) == 4242


def test_darwin_says_enosys_and_posts_sigsys(darwin):
    """nosys: ENOSYS, and SIGSYS, whose default action kills with a core dump."""
    assert darwin.call("ptrace", 0, 0x1000) == "ENOSYS"
    assert darwin.texts == [
        "ptrace(0x0, 0x1000, 0xdd, 0x0, 0x0, 0x0) = -1 ENOSYS (Function not implemented) [not simulated]",
        "SIGSYS (bad system call)",
        "killed by SIGSYS (core dumped)",
    ]
    assert (darwin.kernel.process.exit.signal, darwin.kernel.process.exit.core) == ("SIGSYS", True)


def test_a_number_that_darwin_does_not_have(darwin):
    darwin.call(0x2000000 + 999)
    assert darwin.texts[0] == (
        "syscall_999(0x0, 0x0, 0xdd, 0x0, 0x0, 0x0) = -1 ENOSYS (Function not implemented)"
    )
    assert darwin.kernel.process.exit.signal == "SIGSYS"


@pytest.mark.parametrize(
    ("rax", "name", "note"),
    [
        (0x100005B, "mk_timer_create_trap", " [not simulated]"),
        (0x10003FF, "mach_trap_1023", ""),
        (6, "syscall_0x6", ""),  # a BSD number without its class
        (0x4000001, "syscall_0x4000001", ""),  # diagnostics
        (0x7F000001, "syscall_0x7f000001", ""),
    ],
)
def test_darwin_answers_other_classes_with_sigsys_alone(darwin, rax, name, note):
    """An invalid Mach trap or class is an exception (EXC_SYSCALL): the registers stay as they are."""
    darwin.call(rax)
    assert darwin.texts[0] == f"{name}(0x0, 0x0, 0xdd, 0x0, 0x0, 0x0) = ?{note}"
    assert darwin.texts[1:] == ["SIGSYS (bad system call)", "killed by SIGSYS (core dumped)"]
    assert (darwin.registers.rax, darwin.registers.rdx, darwin.registers.rflags) == (rax, 0xDD, 0x202)


@pytest.mark.parametrize(
    ("number", "name"), [(0, "syscall"), (999, "syscall_999"), (0xFFFF_FFFF, "syscall_16777215")]
)
def test_darwin_indirect_call_of_an_unknown_number(darwin, number, name):
    assert darwin.call("syscall", number) == "ENOSYS"
    assert darwin.text.startswith(f"{name}(0x0, 0xdd, 0x0, 0x0, 0x0) = -1 ENOSYS")
    assert darwin.kernel.process.exit.signal == "SIGSYS"
