"""sigreturn on Darwin: what a frame decides, and in which order things go wrong."""

import struct

import pytest

from kernel_stub.process import SigreturnToken

SIGUSR1, ONSTACK, SIGINFO, VALIDATE = 30, 1, 0x40, 0x400
SET_ALT, RESET_ALT = 0x4000_0000, 0x8000_0000
SECRET = 0x1122_3344_5566_7788


def interrupted(process, flags=SIGINFO):
    """A handler was just entered; the registers that it interrupted."""
    process.handle(SIGUSR1, flags, mask=0xF)
    process.call("kill", 4242, SIGUSR1, 1)
    frame = process.frame
    return {name: frame[f"ss.{name}"] for name in ("rax", "rbx", "rcx", "rdx", "rsp", "rip", "rflags", "r11")}


def poke(process, path, value, size=8):
    process.guest.put(process.at[path], value.to_bytes(size, "little"))


def test_all_goes_back(process):
    before = interrupted(process)
    process.registers.rbx = process.registers.r12 = 0x999
    process.back()
    assert {name: getattr(process.registers, name) for name in before} == before
    assert process.kernel.thread.blocked == 0
    assert process.registers.cs == 0x2B  # not the frame's 0x07


def test_nothing_is_written_over_rax_and_the_flags(process):
    """EJUSTRETURN: no result, the carry flag as the frame has it."""
    interrupted(process)
    poke(process, "ss.rax", 0xDEAD)
    poke(process, "ss.rflags", 0x247)
    process.back()
    assert (process.registers.rax, process.registers.rflags) == (0xDEAD, 0x247)
    assert process.kernel.events[0].text.endswith("= ?")


@pytest.mark.parametrize(
    ("asked", "given"), [(0, 0x202), (0x7000 | 0x10000, 0x202), (0xFFFF_FFFF, 0x240FD7), (0xDD5, 0xFD7)]
)
def test_which_flags_a_frame_decides(process, asked, given):
    """IF is set; IOPL, NT and RF are cleared (EFL_USER_SET, EFL_USER_CLEAR)."""
    interrupted(process)
    poke(process, "ss.rflags", asked)
    process.back()
    assert process.registers.rflags == given


def test_the_mask_of_the_frame_without_sigkill_and_sigstop(process):
    interrupted(process)
    poke(process, "uc_sigmask", 0xFFFF_FFFF, 4)
    process.back()
    assert process.kernel.thread.blocked == 0xFFFF_FFFF & ~(1 << 8 | 1 << 16)


@pytest.mark.parametrize(("onstack", "flags"), [(0, 0), (1, 1), (2, 0), (3, 1)])
def test_the_lowest_bit_of_uc_onstack_is_the_flag(process, onstack, flags):
    process.stack(process.rw, 0x2000)
    interrupted(process, ONSTACK)
    poke(process, "uc_onstack", onstack, 4)
    process.back()
    assert process.kernel.thread.altstack == (process.rw, 0x2000, flags)


@pytest.mark.parametrize(("style", "flags"), [(SET_ALT, 1), (RESET_ALT, 0)])
def test_two_infostyles_only_set_and_clear_the_flag(process, style, flags):
    """The ucontext isn't looked at, and 0 comes back."""
    process.stack(process.rw, 0x2000)
    interrupted(process, ONSTACK)
    assert process.call("sigreturn", 0xDEAD_0000, style, 0) == 0
    assert process.kernel.thread.altstack.flags == flags
    assert process.registers.rip == 0x400002


def test_an_unreadable_ucontext_changes_nothing(process):
    interrupted(process)
    blocked = process.kernel.thread.blocked
    assert process.call("sigreturn", process.hole, 30, 0) == "EFAULT"
    assert process.kernel.thread.blocked == blocked


def test_an_unreadable_mcontext_comes_after_the_mask(process):
    process.stack(process.rw, 0x2000)
    interrupted(process, ONSTACK)
    poke(process, "uc_mcontext64", process.hole)
    poke(process, "uc_sigmask", 0x40, 4)
    assert process.back() == "EFAULT"
    assert process.kernel.thread.blocked == 0x40
    assert process.kernel.thread.altstack.flags == 1  # uc_onstack was 0, but didn't get that far


@pytest.mark.parametrize("path", ["ss.rip", "ss.rsp"])
@pytest.mark.parametrize("address", [0x7FFF_FFFF_F000, 1 << 47, 1 << 63, (1 << 64) - 1])
def test_addresses_that_user_mode_cannot_have(process, path, address):
    """IS_USERADDR64_CANONICAL: EINVAL, with mask and flag of the frame and the registers of the handler."""
    interrupted(process)
    poke(process, path, address)
    assert process.back() == "EINVAL"
    assert process.registers.rip == 0x402002
    assert process.kernel.thread.blocked == 0


def test_segment_selectors_of_the_frame_do_not_count(process):
    interrupted(process)
    for path in ("ss.cs", "ss.fs", "ss.gs"):
        poke(process, path, 0xFFFF)
    process.back()
    assert (process.registers.cs, process.registers.ss, process.registers.fs) == (0x2B, 0x23, 0)


def test_a_pending_signal_that_the_frames_mask_lets_through_comes_at_once(process):
    interrupted(process)
    process.call("kill", 4242, SIGUSR1, 1)
    assert process.registers.rip == 0x400002
    process.registers.r8 = process.rw + 0x1F00 - 128 - 56
    process.back()
    assert (process.registers.rip, process.registers.rdx) == (0x402000, SIGUSR1)


def test_by_default_no_token_is_asked_for(process):
    before = interrupted(process)
    process.back(token=0xBAD)
    assert process.registers.rip == before["rip"]


@pytest.mark.parametrize(
    ("first_flags", "token", "answer"),
    [(VALIDATE, "right", None), (VALIDATE, "wrong", "EINVAL"), (0, "wrong", None), (0, "right", None)],
)
def test_the_first_action_decides_whether_the_token_counts(process, first_flags, token, answer):
    """ps_sigreturn_validation: ENABLED or DISABLED for good; SA_VALIDATE_SIGRETURN_FROM_SIGTRAMP later is too late."""
    process.kernel.process.token = SigreturnToken(SECRET)
    process.handle(1, first_flags)
    process.handle(2, VALIDATE)
    interrupted(process)
    given = process.registers.r9 if token == "right" else process.registers.r9 ^ 1
    result = process.back(token=given)
    assert (result if answer else None) == answer
    assert process.registers.rip == (0x402002 if answer else 0x400002)


def test_a_wrong_token_comes_after_mask_and_stack_flag(process):
    process.kernel.process.token = SigreturnToken(SECRET)
    interrupted(process, SIGINFO | VALIDATE)
    assert process.back(token=0) == "EINVAL"
    assert process.kernel.thread.blocked == 0


def test_before_any_action_is_set_a_token_is_asked_for(process):
    """PS_SIGRETURN_VALIDATION_DEFAULT counts as on."""
    process.kernel.process.token = SigreturnToken(SECRET)
    process.guest.put(process.rw, struct.pack("<IIQQQQQQ", 0, 0, 0, 0, 0, 0, 712, process.rw + 0x100))
    assert process.call("sigreturn", process.rw, 30, 0) == "EINVAL"
