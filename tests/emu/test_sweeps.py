"""The sweep: what it tries, and what it finds out about the stubs."""

from __future__ import annotations

import pytest

from asm import assemble_text, link
from emu.loaders.call import Call
from emu.machine import Machine
from emu.sweeps import EDGE, NEAR, RANDOM, Answer, NothingToSweep, Range, Report, Sweep, Taken, answers
from emu.target import personality, resolve

LOW, HIGH = -(1 << 63), (1 << 63) - 1
FEW = [Answer(value) for value in (LOW, -5000, -4097, -4096, -4095, -4094, -4093, -2, -1, 0, 1, 165, 4095, HIGH)]


def sweep(stub: str, system: str = "linux", tested: list[Answer] | None = None) -> Report:
    call = resolve(stub, system).prepare(Machine(personality(system)))
    return Sweep(call, ()).run(tested or FEW)


def routine(text: str) -> Call:
    program = link([assemble_text(f"TEXT f(SB),7,$0\n{text}", "f.s", dialect="go2008")])
    found = program.find("f")
    return Call(Machine(personality("linux")), program, found, found.symbol.slots)


def verdicts(report: Report, carry: bool = False) -> list[tuple[int, int, Taken]]:
    return [(found.first, found.last, found.routine) for found in report.ranges if found.carry == carry]


def test_answers_are_those_that_the_contract_names():
    tried = answers((False,), seed=1)
    values = {answer.value for answer in tried}
    assert len(tried) == len(values) == 2 * NEAR + 1 + 2 * EDGE + RANDOM
    assert values >= {*range(-4200, 4201), LOW, HIGH}
    assert [answer.value for answer in tried] == sorted(values)
    assert answers((False,), 1) == tried != answers((False,), 2)


def test_on_darwin_each_answer_comes_with_and_without_carry():
    tried = answers((False, True), seed=1)
    half = len(tried) // 2
    assert [a.value for a in tried[:half]] == [a.value for a in tried[half:]]
    assert {a.carry for a in tried[:half]} == {False} and {a.carry for a in tried[half:]} == {True}


@pytest.mark.parametrize("stub", ["rawsyscall", "syscall", "syscall6"])
def test_linux_stubs_take_4094_errors_of_the_kernels_4095(stub: str):
    report = sweep(stub)
    assert report.ranges == (
        Range(LOW, -4096, False, 4, Taken.RESULT, Taken.RESULT),
        Range(-4095, -4095, False, 1, Taken.RESULT, Taken.ERROR),
        Range(-4094, -1, False, 4, Taken.ERROR, Taken.ERROR),
        Range(0, HIGH, False, 5, Taken.RESULT, Taken.RESULT),
    )
    assert report.matters and report.crash is None


def test_the_whole_sweep_finds_the_same_boundary():
    report = sweep("rawsyscall", tested=answers((False,), 7))
    assert [(r.first, r.last, r.tested) for r in report.ranges[1:3]] == [(-4095, -4095, 1), (-4094, -1, 4094)]
    assert report.calls == sum(r.tested for r in report.ranges) == 18433


def test_the_compareless_syscall6_does_not_look_at_the_answer():
    report = sweep("syscall6-before")
    assert {found.routine for found in report.ranges} == {Taken.ERROR}
    assert not report.matters
    assert report.with_flags == Taken.RESULT


@pytest.mark.parametrize("stub", ["rawsyscall", "syscall", "syscall6"])
def test_darwin_stubs_go_by_the_carry_flag_alone(stub: str):
    report = sweep(stub, "darwin", [Answer(a.value, carry) for carry in (False, True) for a in FEW])
    assert verdicts(report) == [(LOW, HIGH, Taken.RESULT)]
    assert verdicts(report, carry=True) == [(LOW, HIGH, Taken.ERROR)]
    assert {found.kernel == Taken.ERROR for found in report.ranges if found.carry} == {True}


def test_a_stub_that_gives_up_on_errors_faults_on_them():
    report = sweep("sigaltstack")
    assert verdicts(report) == [
        (LOW, -4096, Taken.RESULT), (-4095, -4095, Taken.RESULT), (-4094, -1, Taken.FAULT), (0, HIGH, Taken.RESULT),
    ]  # fmt: skip
    assert report.crash is not None
    assert (report.crash.routine, report.crash.fault.vector, report.crash.fault.address) == ("notok", 14, 0xF1)


def test_a_stub_without_error_check_passes_everything_on():
    assert {found.routine for found in sweep("close").ranges} == {Taken.RESULT}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\tRET\n", "it returns without a system call"),
        ("\tMOVQ AX, (AX)\n\tRET\n", "it faults before it makes a system call"),
        ("l:\tJMP l\n", "it makes no system call in its first 4096 instructions"),
    ],
)
def test_a_routine_without_a_system_call_cannot_be_swept(text: str, message: str):
    with pytest.raises(NothingToSweep, match=message):
        Sweep(routine(text), ()).run(FEW)


def test_a_routine_may_ask_the_processor_before_and_behind_its_call():
    asks = "\tBYTE $0x0f\n\tBYTE $0xa2\n\tBYTE $0x0f\n\tBYTE $0x31\n"  # CPUID, RDTSC
    text = f"{asks}\tMOVL $39, AX\n\tSYSCALL\n\tMOVQ AX, R8\n{asks}\tMOVQ R8, r+0(FP)\n\tRET\n"
    assert {found.routine for found in Sweep(routine(text), ()).run(FEW).ranges} == {Taken.RESULT}


def test_a_routine_that_never_ends_for_some_answers_says_so():
    text = "\tMOVL $39, AX\n\tSYSCALL\nl:\tCMPQ AX, $-1\n\tJEQ l\n\tMOVQ AX, r+0(FP)\n\tRET\n"
    report = Sweep(routine(text), ()).run(FEW)
    assert [v for v in verdicts(report) if v[2] != Taken.RESULT] == [(-1, -1, Taken.ENDLESS)]


def test_a_narrow_result_with_the_fillers_bits_is_a_result():
    """165 is what result slots are filled with before a call, so that an unwritten one shows."""
    text = "\tMOVL $39, AX\n\tSYSCALL\n\tMOVB AX, r+0(FP)\n\tRET\n"
    assert {found.routine for found in Sweep(routine(text), ()).run(FEW).ranges} == {Taken.RESULT}


def test_a_routine_that_exits_is_swept_to_its_end():
    text = (
        "\tMOVL $39, AX\n\tSYSCALL\n\tCMPQ AX, $0\n\tJGE 3(PC)\n\tMOVL $60, AX\n\tSYSCALL\n"
        "\tMOVQ AX, r+0(FP)\n\tRET\n"
    )
    assert verdicts(Sweep(routine(text), ()).run(FEW)) == [
        (LOW, -4096, Taken.EXIT), (-4095, -1, Taken.EXIT), (0, HIGH, Taken.RESULT),
    ]  # fmt: skip
