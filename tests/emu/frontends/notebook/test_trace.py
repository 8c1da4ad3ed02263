"""A run in a notebook: steps, parts, what the kernel did, results, and how it ended."""

from __future__ import annotations

from itertools import pairwise

import pytest

from emu import Session, Trace, UserError, assemble, trace
from emu.frontends.notebook.trace import SHOWN
from emu.loaders.call import RETURN_ADDRESS
from kernel_stub.process import ExitStatus


@pytest.fixture(scope="module")
def close() -> Trace:
    return trace("rawsyscall", "close", 99)


@pytest.fixture(scope="module")
def sigchld() -> Trace:
    return trace("sigchld")


def test_results_are_signed_numbers_by_name(close):
    assert dict(close.result) == {"r1": -1, "r2": 0, "errno": 9}
    assert (close.result.errno, close.errno) == (9, "EBADF")
    assert repr(close.result) == "r1 = -1  r2 = 0  errno = 9 EBADF (Bad file descriptor)"
    with pytest.raises(UserError, match="no result 'errnoo': did you mean errno"):
        _ = close.result.errnoo


def test_a_success_has_no_errno():
    done = trace("rawsyscall", "getpid")
    assert (done.errno, done.result["errno"]) == (None, 0)


def test_what_nobody_wrote_is_none():
    done = trace("rawsyscall", "exit", 3)
    assert dict(done.result) == {}
    assert done.status == ExitStatus(code=3)


@pytest.mark.parametrize("answer", [-4095, "EINTR"])
def test_the_kernels_first_answer_can_be_given(answer):
    done = trace("rawsyscall", "close", 99, returns=answer)
    assert dict(done.result) == {
        -4095: {"r1": -4095, "r2": 0, "errno": 0},
        "EINTR": {"r1": -1, "r2": 0, "errno": 4},
    }[answer]


def test_bytes_are_passed_as_they_are():
    data = b"\0\\n\xff\"close"
    assert trace("rawsyscall", "write", 1, data, len(data)).calls[0].arguments[1].data == data


def test_strings_go_to_memory_and_to_the_terminal():
    assert trace("rawsyscall", "write", 1, "hello\n", 6).output == "hello\n"


def test_stdin_is_what_descriptor_0_reads():
    done = trace("rawsyscall", "read", 0, "&16", 16, stdin=b"a\\n\xff")
    assert done.calls[0].arguments[1].data == b"a\\n\xff"


def test_the_length_counts_instructions(close):
    assert (len(close), close[-1].text, len(close[2:5])) == (12, "RET", 3)
    assert [step.position for step in close] == list(range(12))


def test_a_part_is_a_trace_with_the_steps_and_the_kernel_between(close):
    part = close[4:6]
    assert isinstance(part, Trace)
    assert [step.text for step in part] == ["SYSCALL", "CMPQ AX, $0xfffffffffffff001"]
    assert "close(99) = -1 EBADF" in repr(part)
    assert part.ending == ""
    assert [step.position for step in close[::5]] == [0, 5, 10]


def test_find_knows_the_source_and_the_disassembly(close):
    assert [step.position for step in close.find("negq")] == [9]
    assert [step.position for step in close.find("cmp  rax")] == [5]
    assert len(close.find("HLT")) == 0


def test_find_takes_steps_whose_events_hold_registers():
    """Those of the SYSCALL of a fork: the child's registers are among what the kernel tells."""
    forked = trace("rawsyscall", "fork")
    assert len(forked.find("SYSCALL")) == 1
    assert len({step.thread for step in forked.find("JLS")}) == 2


def test_a_step_is_found_by_its_position(sigchld):
    assert sigchld.at(600).position == 600
    with pytest.raises(UserError, match="no position 5000: it goes from 0 to"):
        sigchld.at(5000)


def test_registers_follow_one_another(sigchld):
    """After a step come the next one's registers, but where the kernel entered a handler in between."""
    entered = {delivery.position for delivery in sigchld.deliveries}
    for step, following in pairwise(sigchld.steps):
        assert step.position in entered or dict(step.after) == dict(following.before)


def test_the_last_step_leads_to_the_return_address(close):
    assert close[-1].after.rip == RETURN_ADDRESS
    assert close[3:5][-1].after.rip == close[5].address


def test_a_step_leads_to_the_same_place_in_any_part(sigchld):
    for step in sigchld.find("RET"):
        assert step.after.rip == sigchld.at(step.position + 1).address


def test_setting_rip_by_hand_is_no_doing_of_the_step_before():
    s = Session("rawsyscall", "close", 99)
    s.step()
    s.registers.rip = s.registers.rip + 5
    s.step()
    assert s.trace[0].after.rip == s.trace[0].before.rip + 5
    assert s.trace[1].before.rip == s.trace[0].before.rip + 10


def test_a_step_tells_what_it_changed(close):
    negation = close.find("NEGQ")[0]
    assert negation.changes.changed["rax"] == (0xFFFF_FFFF_FFFF_FFF7, 9)
    assert "rip" not in negation.changes.changed
    stored = close[10]
    assert [(access.name, access.value) for access in stored.writes] == [("errno", 9)]
    assert close[6].why[-1] == "unsigned, only -4094..-1 lie above -4095: -9 counts as an error"


def test_what_the_kernel_did_by_kind(sigchld):
    assert [call.text for call in sigchld.calls if call.name == "kill"] == ["kill(4242, SIGCHLD) = 0"]
    (delivery,) = sigchld.deliveries
    assert (delivery.signal, delivery.frame["si_signo"]) == ("SIGCHLD", 17)
    assert delivery.registers.rsp == delivery.frame.address
    assert delivery.before.rip == delivery.frame["uc_mcontext.rip"]
    (back,) = sigchld.sigreturns
    assert back.registers.rip == delivery.before.rip
    assert len(sigchld.events) > len(sigchld.calls)
    assert repr(sigchld.deliveries).splitlines()[1].split() == [str(delivery.position), *delivery.text.split()]
    with pytest.raises(AttributeError, match="has no attribute 'frams'"):
        _ = delivery.frams


def test_the_end_in_words_and_numbers(close, sigchld):
    assert close.ending == "returned after 12 instructions"
    assert close.status is None
    assert (sigchld.status, sigchld.output) == (ExitStatus(code=0), "survived SIGCHLD\n")


def test_a_long_table_leaves_its_middle_out_and_counts_it(sigchld, parsed):
    rows = parsed(sigchld).findall(".//tbody/tr")
    shown = [row for row in rows if not row.get("class")]
    left_out = [row.find("td").text for row in rows if row.get("class") == "elided"]
    assert len(shown) == SHOWN
    assert left_out == [f"{len(sigchld) - SHOWN} instructions left out ..."]
    assert shown[-1].find("th").text == str(sigchld[-1].position)


def test_the_table_has_address_bytes_source_and_changes(close, parsed):
    rows = [row for row in parsed(close).findall(".//tbody/tr") if not row.get("class")]
    cells = [["".join(cell.itertext()) for cell in row] for row in rows]
    assert cells[9] == [
        "9", "400030", "48 f7 d8", "NEGQ    AX", "rax 0xfffffffffffffff7 (-9) -> 0x9, rflags PF -> CF PF AF",
    ]  # fmt: skip
    assert len(cells) == len(close)


def test_a_spent_budget_is_told():
    assert trace("sigchld", limit=10).ending.startswith("stopped: the instruction budget is spent after 10")


def test_a_signal_that_came_too_late_is_told():
    assert "SIGWINCH@5000 came too late" in trace("sigchld", deliver="SIGWINCH@5000").ending


def test_signals_from_outside_come_at_their_positions():
    done = trace("sigchld", deliver=["SIGWINCH@600", "SIGCHLD@610"])
    assert [(delivery.signal, delivery.position) for delivery in done.deliveries][:2] == [
        ("SIGWINCH", 600), ("SIGCHLD", 610),
    ]  # fmt: skip


def test_a_fault_shares_its_position_with_what_comes_after():
    done = trace("sigsegv")
    fault = next(step for step in done if step.fault is not None)
    assert (fault.retired, fault.changes.changed) == (False, {})
    assert done.at(fault.position).fault == fault.fault


def test_both_systems_run_the_same_call():
    assert trace("rawsyscall", "close", 99, system="darwin").errno == "EBADF"


def test_a_hostile_source_stays_text(parsed):
    code = assemble("TEXT f(SB),7,$0\n\tMOVQ $1, AX // <img src=x onerror=alert(1)>\n\tRET\n")
    for shown in (code, trace(code)):
        tree = parsed(shown)
        assert tree.findall(".//img") == []
        assert any("<img src=x" in text for text in tree.itertext())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: trace("rawsyscal", "close"), "did you mean rawsyscall"),
        (lambda: trace("rawsyscall", "clos"), "did you mean close"),
        (lambda: trace("rawsyscall", "close", 99, system="linus"), "no system 'linus': did you mean linux"),
        (lambda: trace("rawsyscall", "close", 9.5), "9.5 can't be passed"),
        (lambda: trace("rawsyscall", "close", True), "True can't be passed"),
        (lambda: trace("rawsyscall", 1, 2, 3, 4, 5), "takes 4 arguments"),
        (lambda: trace(3), "3 is no target"),
        (lambda: trace("sigchld", 5), "takes no arguments"),
        (lambda: trace("rawsyscall", "close", returns="EBAD"), "'EBAD' can't be answered"),
        (lambda: trace("sigchld", deliver="SIGCHILD@5"), "did you mean SIGCHLD"),
        (lambda: trace("sigchld", deliver=17), "signals with positions"),
        (lambda: trace("sigchld", stdin=3), "stdin is a string or bytes"),
        (lambda: trace("sigchld", limit=0), "limit is a number of instructions"),
        (lambda: trace("nowhere.s:f"), "can't read this file"),
    ],
)
def test_what_is_wrong_is_said(wrong, message):
    with pytest.raises(UserError, match=message):
        wrong()


def test_finding_steps_of_several_processes():
    assert [step.process for step in trace("rawsyscall", "fork").find("JLS")] == [4242, 4243]
