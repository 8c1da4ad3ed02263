"""sendsig's frame, byte by byte (bsd/dev/i386/unix_signal.c), and the registers that a trampoline starts with."""

import pytest

from kernel_stub.cpu import FPU_INITIAL, Fault, Protection, Registers
from kernel_stub.process import SigreturnToken

HANDLER, TRAMPOLINE = 0x401000, 0x402000
SIGUSR1, SIGCHLD, SIGSEGV = 30, 20, 11
ONSTACK, RESETHAND, SIGINFO = 1, 4, 0x40


class Fpu:
    """An FPU state in a variable."""

    def __init__(self, image: bytes) -> None:
        self.image = image

    def load(self) -> bytes:
        return self.image

    def store(self, image: bytes) -> None:
        self.image = image


def deliver(process, flags=SIGINFO, signal=SIGUSR1, **how):
    process.handle(signal, flags, **how)
    assert process.call("kill", 4242, signal, 1) is not None
    return process.registers


def test_the_order_downwards_is_red_zone_ucontext_siginfo_mcontext(process):
    deliver(process)
    at = process.at
    assert at["uc_onstack"] == process.top - 128 - 56
    assert at["si_signo"] == at["uc_onstack"] - 104
    assert at["es.trapno"] == at["si_signo"] - 712


@pytest.mark.parametrize("offset", range(0, 16, 3))
def test_rsp_is_8_below_a_multiple_of_16_and_at_least_16_below_the_mcontext(process, offset):
    process.top += offset
    registers = deliver(process)
    lowest = process.at["es.trapno"]
    assert registers.rsp == ((lowest - 16) & -16) - 8
    assert registers.rsp % 16 == 8


def test_nothing_is_written_from_rsp_to_the_mcontext(process):
    process.guest.put(process.rw + 0x1000, b"\xa5" * 0x1000)
    registers = deliver(process)
    gap = process.at["es.trapno"] - registers.rsp
    assert process.read(registers.rsp, gap) == b"\xa5" * gap
    assert process.frame["return_address"] == 0xA5A5A5A5A5A5A5A5


def test_the_red_zone_stays(process):
    process.guest.put(process.rw + 0x1000, b"\xa5" * 0x1000)
    deliver(process)
    assert process.read(process.top - 128, 128) == b"\xa5" * 128


def test_every_byte_of_the_three_structs_is_written(process):
    process.guest.put(process.rw + 0x1000, b"\xa5" * 0x1000)
    deliver(process)
    lowest = process.at["es.trapno"]
    assert process.read(lowest + 708, 4) == bytes(4)  # the mcontext's padding
    assert b"\xa5" not in process.read(lowest, 712 + 104 + 56)


def test_the_registers_that_a_trampoline_starts_with(process):
    """R9 and the others are as they were: kernels before 10.14 pass no token."""
    registers = deliver(process)
    at = process.at
    assert (registers.rip, registers.rdi, registers.rsi, registers.rdx) == (TRAMPOLINE, HANDLER, 30, SIGUSR1)
    assert (registers.rcx, registers.r8, registers.r9) == (at["si_signo"], at["uc_onstack"], 0)
    assert (registers.rflags, registers.cs, registers.rbx, registers.r11) == (0x202, 0x2B, 0xBB, 0x246)


@pytest.mark.parametrize(
    ("signal", "flags", "style"),
    [
        (SIGUSR1, 0, 1), (SIGUSR1, SIGINFO, 30),
        (SIGUSR1, SIGINFO | RESETHAND, 1),  # postsig clears ps_siginfo first
        (5, SIGINFO | RESETHAND, 30),  # SIGTRAP is never reset
    ],
)  # fmt: skip
def test_infostyle_says_how_many_arguments_the_handler_takes(process, signal, flags, style):
    assert deliver(process, flags, signal).rsi == style


def test_the_siginfo_is_there_without_sa_siginfo_too(process):
    deliver(process, 0)
    assert process.frame["si_signo"] == SIGUSR1


def test_the_interrupted_registers(process):
    deliver(process)
    frame = process.frame
    assert (frame["ss.rip"], frame["ss.rsp"], frame["ss.rbx"]) == (0x400002, process.top, 0xBB)
    assert (frame["ss.rax"], frame["ss.rflags"], frame["ss.rdi"]) == (0, 0x246, 4242)


def test_a_system_call_is_trap_0x85_with_its_number_as_error_code(process):
    """And CS is that of the syscall entry, a selector that stands for nothing."""
    deliver(process)
    frame = process.frame
    assert (frame["es.trapno"], frame["es.cpu"], frame["es.err"], frame["ss.cs"]) == (0x85, 0, 0x2000025, 0x07)


def test_a_fault_is_told_with_vector_error_code_and_address(process):
    process.handle(SIGSEGV, SIGINFO)
    process.fault(14, 6, 0xF1)
    frame = process.frame
    assert (frame["es.trapno"], frame["es.err"], frame["es.faultvaddr"], frame["ss.cs"]) == (14, 6, 0xF1, 0x2B)


def test_the_fault_address_stays_for_later_frames(process):
    process.handle(SIGSEGV, SIGINFO)
    process.fault(14, 6, 0xF1)
    process.top -= 0x800
    deliver(process)
    assert process.frame["es.faultvaddr"] == 0xF1


def test_the_ucontext_of_an_ordinary_stack(process):
    process.mask(3, 0x10)
    registers = deliver(process, mask=0x20)
    frame = process.frame
    assert {path: frame[path] for path in frame if path.startswith("uc_")} == {
        "uc_onstack": 0, "uc_sigmask": 0x10, "uc_stack.ss_sp": registers.rsp, "uc_stack.ss_size": 0,
        "uc_stack.ss_flags": 0, "uc_link": 0, "uc_mcsize": 712, "uc_mcontext64": process.at["es.trapno"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "blocked"), [(SIGINFO, 0x30 | 1 << 29), (SIGINFO | 0x10, 0x30)], ids=["plain", "nodefer"]
)
def test_the_handlers_mask(process, flags, blocked):
    process.mask(3, 0x10)
    deliver(process, flags, mask=0x20)
    assert process.kernel.thread.blocked == blocked


def test_a_fresh_alternate_stack_has_a_red_zone_too(process):
    process.stack(process.rw, 0x2000)
    process.top = 0x5000_0000
    deliver(process, ONSTACK | SIGINFO)
    frame, at = process.frame, process.at
    assert at["uc_onstack"] == process.rw + 0x2000 - 128 - 56
    assert (frame["uc_onstack"], frame["uc_stack.ss_size"], frame["uc_stack.ss_flags"]) == (0, 0x2000, 0)
    assert process.kernel.thread.altstack.flags == 1


def test_on_the_alternate_stack_it_goes_on_below_rsp(process):
    """oonstack: the flag counts, not RSP; the size is told only when the stack is entered."""
    process.stack(process.rw, 0x2000)
    deliver(process, ONSTACK | SIGINFO)
    process.top = process.rw + 0x1000
    deliver(process, ONSTACK | SIGINFO, SIGCHLD)
    frame = process.frame
    assert process.at["uc_onstack"] == process.top - 128 - 56
    assert (frame["uc_onstack"], frame["uc_stack.ss_size"], frame["uc_stack.ss_flags"]) == (1, 0, 1)


def test_without_sa_onstack_the_alternate_stack_is_not_used(process):
    process.stack(process.hole, 0x8000)
    deliver(process, SIGINFO)
    assert process.at["uc_onstack"] == process.top - 128 - 56


@pytest.mark.parametrize("top", [0, 100, 0x12000 + 0x800, 0x14000, 1 << 63, (1 << 64) - 8, 0x7FFF_FFFF_F000])
def test_a_frame_that_cannot_be_written_ends_in_sigill(process, top):
    """Whatever SIGILL's action and mask are: SIG_DFL, and the process dies."""
    process.handle(4)
    process.mask(1, 1 << 3)
    process.top = top
    process.handle(SIGUSR1)
    process.call("kill", 4242, SIGUSR1, 1)
    assert process.ended == "SIGILL"
    assert process.kernel.events[-2].text == "SIGILL (no frame could be written)"


def test_a_stack_that_is_only_read_ends_in_sigill(process):
    process.guest.memory.protect(process.rw + 0x1000, 0x1000, Protection.READ)
    process.handle(SIGUSR1)
    process.call("kill", 4242, SIGUSR1, 1)
    assert process.ended == "SIGILL"


def test_the_float_state_is_an_fxsave_image_with_8_bytes_in_front(process):
    image = bytes(range(24)) + b"\xa0\x1f\0\0\xff\xff\0\0" + bytes(range(240)) * 2
    process.handle(SIGSEGV)
    registers = Registers(rsp=process.top, rip=0x400100, cs=0x2B, ss=0x23)
    registers.fpu = Fpu(image)
    process.kernel.fault(registers, Fault(14, 4, 0xF1))
    lowest = registers.rcx - 712
    assert process.read(lowest + 184, 524) == bytes(8) + image + bytes(4)
    assert registers.fpu.image == FPU_INITIAL[:32] + image[32:]  # FNINIT and MXCSR; the registers keep their values


def test_two_signals_make_two_frames_and_the_higher_number_runs_first(process):
    """issignal takes the lowest number first, so its frame is the upper one."""
    process.handle(SIGUSR1)
    process.handle(SIGCHLD)
    process.mask(3, 1 << 29 | 1 << 19)
    process.call("kill", 4242, SIGUSR1, 1)
    process.call("kill", 4242, SIGCHLD, 1)
    process.mask(3, 0)
    assert process.registers.rdx == SIGUSR1
    assert process.frame["ss.rip"] == TRAMPOLINE
    assert process.frame["ss.rdx"] == SIGCHLD


def test_where_sigreturn_is_checked_r9_holds_the_token(process):
    process.kernel.process.token = SigreturnToken(0x1234_5678_9ABC_DEF0)
    registers = deliver(process)
    assert registers.r9 == registers.r8 ^ 0x1234_5678_9ABC_DEF0
