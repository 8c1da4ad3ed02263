"""What becomes of a mutant: killed by a clause, equivalent by proof, or a survivor with its input."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from asm import AssemblyErrors
from emu.contracts import catalogue
from emu.contracts.check import Checker, first_broken
from emu.contracts.observe import observation
from emu.errors import TargetError
from emu.mutants.hunt import Hunt, hunt
from emu.mutants.judge import BrokenOriginal, Judge, Verdict
from emu.target import sources

COUNT = 600


def hunted(name: str, system: str = "linux", *without: str, stub: str = "", count: int = COUNT, jobs: int = 1) -> Hunt:
    contract = catalogue.find(name, system)
    kept = tuple(clause for clause in contract.clauses if clause.name not in without)
    return hunt(replace(contract, clauses=kept), sources(stub or contract.stubs[0], system), count, 1, jobs=jobs)


def verdicts(found: Hunt) -> dict[str, Verdict]:
    """By line and mutation, as `71 NEGQ AX -> NEGL AX`."""
    return {
        f"{each.mutant.kind} {each.mutant.before} -> {each.mutant.after}": each.judgement.verdict
        for each in found.judged
    }


@pytest.mark.parametrize(
    ("name", "system"),
    sorted({(c.name, c.system) for c in catalogue.CONTRACTS if c.stubs and not c.name.endswith("-strict")}),
)
def test_every_mutant_of_a_shipped_stub_is_killed_or_equivalent(name: str, system: str):
    found = hunted(name, system)
    assert found.survivors == []
    assert found.count(Verdict.KILLED) > 0.9 * len(found.judged)


def test_the_casts_are_all_alike_to_their_mutants():
    contract = catalogue.find("casts", "darwin")
    tallies = {
        stub: Counter(each.judgement.verdict for each in hunted("casts", "darwin", stub=stub, count=100).judged)
        for stub in contract.stubs
    }
    assert set(map(str, tallies.values())) == {"Counter({<Verdict.KILLED: 'killed'>: 43})"}


def test_which_mutants_of_rawsyscall_are_the_original_in_other_words():
    same = {name for name, verdict in verdicts(hunted("rawsyscall")).items() if verdict.equivalent}
    assert "size NEGQ AX -> NEGL AX" in same  # an error is at most 4094
    assert "swap MOVQ 16(SP), DI; MOVQ 24(SP), SI -> MOVQ 24(SP), SI; MOVQ 16(SP), DI" in same
    assert "swap MOVQ $0, 48(SP); NEGQ AX -> NEGQ AX; MOVQ $0, 48(SP)" in same
    assert not any(name.startswith(("drop", "condition", "constant", "register", "slot")) for name in same)


def test_the_same_bytes_are_told_from_the_same_effect():
    found = verdicts(hunted("sigreturn"))
    assert found["size MOVL $15, AX -> MOVQ $15, AX"] is Verdict.SAME_BYTES
    assert Verdict.SAME_EFFECT not in found.values()


@pytest.mark.parametrize(
    ("name", "system", "clause", "survivor"),
    [
        ("rawsyscall", "linux", "error", "drop NEGQ AX -> "),
        ("rawsyscall", "linux", "result", "register MOVQ DX, 48(SP) -> MOVQ AX, 48(SP)"),
        ("rawsyscall", "linux", "number", "size MOVQ 8(SP), AX -> MOVL 8(SP), AX"),
        ("rawsyscall", "darwin", "number", "size ADDQ $0x2000000, AX -> ADDL $0x2000000, AX"),
        ("rawsyscall", "linux", "arguments", "drop MOVQ 16(SP), DI -> "),
        ("syscall", "linux", "hooks", "drop CALL sys·entersyscall(SB) -> "),
        ("casts", "linux", "value", "size MOVQ 8(SP), AX -> MOVL 8(SP), AX"),
        ("sigtramp", "linux", "g", "slot MOVQ 32(R14), R15 -> MOVQ 24(R14), R15"),
        ("sigtramp", "darwin", "stops", "constant INT $3 -> INT $4"),
        ("sigreturn", "linux", "stops", "drop INT $3 -> "),
        ("sigreturn", "linux", "number", "constant MOVL $15, AX -> MOVL $14, AX"),
    ],
)
def test_without_its_clause_a_mistake_survives_and_the_input_is_given(
    name: str, system: str, clause: str, survivor: str
):
    found = hunted(name, system, clause, count=200)
    assert verdicts(found)[survivor] is Verdict.SURVIVED
    assert all(each.judgement.case is not None for each in found.survivors)


def test_a_killed_mutant_has_the_clause_and_the_input_that_killed_it():
    found = hunted("rawsyscall")
    (each,) = (e for e in found.judged if e.mutant.before == "NEGQ AX" and e.mutant.kind == "drop")
    assert each.judgement.clause == "error"
    assert each.judgement.seen == "errno is -1 instead of 1: the answer -1 is an error"
    assert each.judgement.case is not None and each.judgement.case.answer.value == -1


def test_no_clause_looks_at_more_than_what_is_observed():
    """What lets the judge skip the clauses where the observation is the original's."""
    linux, darwin = ("syscall", "sigreturn"), ("rawsyscall", "sigtramp")
    for name, system in [*((name, "linux") for name in linux), *((name, "darwin") for name in darwin)]:
        contract = catalogue.find(name, system)
        judge = Judge(contract, sources(contract.stubs[0], system), 1, 1)
        cases = list(contract.space.cases(40, 1))
        original = [observation(Checker(judge.subject).trial(case)) for case in cases]
        for mutant in judge.mutants[::5]:
            try:
                program, routine = judge.subject.link(judge._variants.assemble(mutant.body))
            except AssemblyErrors:
                continue
            checker = Checker(replace(judge.subject, program=program, routine=routine))
            trials = [checker.trial(case) for case in cases]
            for trial, wanted in zip(trials, original, strict=True):
                assert observation(trial) != wanted or first_broken(trial) is None


def test_a_judge_is_not_misled_by_the_mutant_before():
    """Each verdict is the same in whatever order mutants are judged."""
    contract = catalogue.find("syscall", "linux")
    made = sources("syscall", "linux")
    forwards, backwards = Judge(contract, made, 60, 1), Judge(contract, made, 60, 1)
    one = [forwards.judge(mutant) for mutant in forwards.mutants]
    other = [backwards.judge(mutant) for mutant in reversed(backwards.mutants)]
    assert one == other[::-1]


def test_several_processes_come_to_the_same_verdicts():
    assert verdicts(hunted("casts", jobs=2, count=60)) == verdicts(hunted("casts", jobs=1, count=60))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_routine_that_breaks_the_contract_itself_is_refused(jobs: int):
    with pytest.raises(BrokenOriginal, match="rawsyscall breaks rawsyscall-strict itself"):
        hunted("rawsyscall-strict", stub="rawsyscall", jobs=jobs)


def test_only_plan_9_statements_can_be_changed(tmp_path):
    path = tmp_path / "f.s"
    path.write_text("# dialect: intel\nf: mov rax, [rsp+8]\nmov [rsp+16], rax\nret\n")
    with pytest.raises(TargetError, match="dialect intel"):
        Judge(catalogue.find("casts", "linux"), sources(f"{path}:f", "linux"), 10, 1)


def test_a_mutant_that_grows_past_its_page_is_run_where_it_is(tmp_path):
    """$127 fits in a byte and $128 does not: it adds three bytes, and they are on a page of their own."""
    head = "\tMOVQ 8(SP), AX\n\tADDQ $127, AX\n\tSUBQ $127, AX\n\tMOVQ AX, 16(SP)\n\tJMP end\n"
    path = tmp_path / "f.s"
    path.write_text(f"// dialect: go2008\nTEXT f(SB),7,$0\n{head}" + "\tQUAD $0\n" * 509 + "end:\tRET\n")
    contract = catalogue.find("casts", "linux")
    judge = Judge(contract, sources(f"{path}:f", "linux"), 30, 1)
    assert judge.subject.routine.symbol.size == 4096
    (grown,) = (m for m in judge.mutants if m.after == "ADDQ $128, AX")
    (drop,) = (m for m in judge.mutants if m.kind == "drop" and m.before == "MOVQ 8(SP), AX")
    found = [judge.judge(mutant) for mutant in (drop, grown, drop)]
    assert [(each.verdict, each.clause) for each in found if each] == [(Verdict.KILLED, "value")] * 3
