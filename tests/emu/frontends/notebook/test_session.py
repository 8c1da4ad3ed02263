"""A machine to step, run, look at and change."""

from __future__ import annotations

import pytest

from emu import Session, UserError, assemble, forge, trace
from kernel_stub.process import ExitStatus

STORES = """// dialect: intel
.globl _start
_start:
    mov rax, [rip + shelf]
    mov qword ptr [rip + shelf], 7
    lea rdi, [rip + path]
    mov eax, 60
    syscall
gadget:
    mov eax, 15
    syscall
won:
    mov edi, 42
    mov eax, 60
    syscall
path:
    .asciz "x"
.data
shelf:
    .quad 5
"""


def test_a_step_is_one_instruction():
    s = Session("rawsyscall", "close", 99)
    assert [len(s.step()), s.position] == [1, 1]
    assert [len(s.step(3)), s.position] == [3, 4]
    assert s.step()[0].events[0].text.startswith("close(99)")


@pytest.mark.parametrize("stub", [("rawsyscall", "close", 99), ("sigchld",), ("sigsegv",), ("restart",), ("eintr",)])
def test_stepping_sees_what_running_sees(stub):
    whole, s = trace(*stub), Session(*stub)
    while not s.over:
        s.step()
    assert repr(s.trace) == repr(whole)
    assert [dict(step.after) for step in s.trace] == [dict(step.after) for step in whole]


@pytest.mark.parametrize("stub", [("rawsyscall", "close", 99), ("semaphore",), ("thread",), ("sigsegv",)])
def test_stepping_sees_what_running_sees_on_darwin(stub):
    whole, s = trace(*stub, system="darwin"), Session(*stub, system="darwin")
    while not s.over:
        s.step()
    assert repr(s.trace) == repr(whole)


def test_a_run_in_parts_is_the_run():
    s = Session("sigchld")
    parts = [s.run(position=100), s.run(at="main.main"), s.run(syscall="kill"), s.run(signal="SIGCHLD"), s.run()]
    assert [len(parts[0]), s.over] == [100, True]
    assert sum(map(len, parts)) == len(s.trace) == len(trace("sigchld"))
    assert parts[-1].ending == trace("sigchld").ending


def test_it_stops_before_the_instruction_at_a_symbol_or_an_address():
    s = Session("sigchld")
    s.run(at="main.main")
    assert s.name(s.registers.rip) == "main.main"
    again = Session("sigchld")
    again.run(at=s.registers.rip)
    assert again.position == s.position


def test_it_stops_before_the_system_call_of_that_name_and_goes_on_to_the_next():
    s = Session("sigchld")
    s.run(syscall="rt_sigaction")
    first = s.position
    assert s.trace.calls[-1].name != "rt_sigaction"
    assert s.step().calls[0].name == "rt_sigaction"
    s.run(syscall="rt_sigaction")
    assert s.position > first + 1


def test_it_stops_where_the_handler_is_entered():
    s = Session("sigsegv")
    part = s.run(signal="SIGSEGV")
    assert part.deliveries[-1].signal == "SIGSEGV"
    assert (s.registers.rsp, s.name(s.registers.rip)) == (s.frame.address, "sigtramp")


def test_signal_and_system_call_whichever_is_first():
    s = Session("sigchld")
    s.run(signal="SIGCHLD", syscall="rt_sigreturn")
    assert s.trace.deliveries
    assert not s.trace.sigreturns


def test_a_run_to_a_position_that_is_past_is_refused():
    s = Session("sigchld")
    s.step(10)
    with pytest.raises(UserError, match="at position 10 already"):
        s.run(position=5)
    assert len(s.run(position=10)) == 0


def test_what_is_over_stays_over():
    s = Session("rawsyscall", "close", 99)
    s.run()
    assert s.over
    assert len(s.run()) == len(s.step()) == 0
    assert s.run().ending == "returned after 12 instructions"
    s.restart()
    assert (s.over, s.position) == (False, 0)


def test_the_budget_is_told_and_can_be_gone_on_from():
    s = Session("sigchld")
    assert "the instruction budget is spent after 10" in s.run(limit=10).ending
    assert not s.over
    assert s.run().status == ExitStatus(code=0)


def test_output_belongs_to_the_part_that_wrote_it():
    s = Session("sigchld")
    assert s.run(at="main.main").output == ""
    assert s.run().output == "survived SIGCHLD\n"
    assert s.trace.output == "survived SIGCHLD\n"


def test_registers_can_be_set():
    s = Session("rawsyscall", "close", 99)
    s.run(syscall="close")
    s.registers.rdi = 1
    assert s.run().result.errno == 0


def test_memory_has_names():
    s = Session("rawsyscall", "close", 99)
    assert [s.word("a1"), s.word("trap"), s.name(s.address("r1") + 4)] == [99, 3, "r1+4"]
    s.write("a1", 1)
    assert s.run().calls[0].text == "close(1) = 0"
    assert s.address("r1+4") == s.address("r1") + 4


def test_the_saved_rip_in_the_frame_decides_where_it_goes_on():
    s = Session("sigchld")
    s.run(syscall="rt_sigreturn")
    s.frame["uc_mcontext.rip"] = 0xDEAD0000
    done = s.run(limit=20)
    assert done.sigreturns[0].registers.rip == 0xDEAD0000
    assert any("page fault at 0xdead0000" in event.text for event in done.events)


def test_a_forged_frame_is_taken_for_a_real_one():
    s = Session(assemble(STORES))
    at = s.registers.rsp - 1024
    s.write(at, bytes(forge(at, {"uc_mcontext.rip": s.address("won"), "uc_mcontext.rsp": s.registers.rsp})))
    s.registers.rsp, s.registers.rip = at + 8, s.address("gadget")
    assert s.run().status == ExitStatus(code=42)


def test_a_forged_frame_on_darwin_is_the_three_structs_in_a_row():
    frame = forge(0x1000, {"ss.rip": 5}, system="darwin")
    assert frame["uc_mcontext64"] == 0x1000
    assert frame["uc_mcsize"] == 712
    assert frame.address_of("uc_onstack") == 0x1000 + 712 + 104
    with pytest.raises(UserError, match=r"no field 'rip'"):
        forge(0, {"rip": 5})


def test_answers_and_signals_can_be_given_while_it_runs():
    s = Session("rawsyscall", "close", 1)
    s.run(syscall="close")
    s.answer("EINTR")
    assert s.run().errno == "EINTR"
    s = Session("sigchld")
    s.run(at="main.main")
    s.deliver("SIGWINCH")
    assert s.step().deliveries[0].signal == "SIGWINCH"


def test_the_state_is_told_in_two_lines():
    s = Session("rawsyscall", "close", 99)
    assert repr(s).splitlines()[-1] == "position 0, at syscall.RawSyscall: MOVQ 16(SP), DI"
    s.run()
    assert repr(s).endswith("returned after 12 instructions")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda s: s.frame, "no handler runs now"),
        (lambda s: s.run(at="main.mian"), "nothing is called 'main.mian': did you mean main.main"),
        (lambda s: s.run(syscall="rt_sigretur"), "did you mean rt_sigreturn"),
        (lambda s: s.run(signal="SIGSEG"), "did you mean SIGSEGV"),
        (lambda s: s.run(limit=-1), "limit is a number of instructions"),
        (lambda s: s.step(0), "a number of steps"),
        (lambda s: s.read(0xF1), r"there is no page at 0xf1: walk\(0xf1\)"),
        (lambda s: s.read("main.main", 1 << 20), "there is no page at 0x"),
        (lambda s: s.write(0xF1, b"x"), "there is no page at 0xf1"),
        (lambda s: s.write("main.main", "x"), "memory takes bytes"),
        (lambda s: s.walk(-1), "no address"),
        (lambda s: s.walk(1 << 64), "no address"),
        (lambda s: s.answer("EFOO"), "'EFOO' can't be answered"),
        (lambda s: s.deliver("SIGFOO"), "'SIGFOO' is no signal"),
    ],
)
def test_what_is_wrong_is_said(wrong, message):
    with pytest.raises(UserError, match=message):
        wrong(Session("sigsegv"))
