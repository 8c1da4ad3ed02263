"""What the contracts say of the shipped stubs, and how an answer is judged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asm import stubs
from emu.contracts import catalogue
from emu.contracts.cases import NEAR, Answer, Case, Space
from emu.contracts.check import Broken, Checker, Report, check
from emu.contracts.subject import Subject, bind
from emu.target import sources

SHIPPED = [
    (contract.name, contract.system, stub)
    for contract in catalogue.CONTRACTS
    for stub in contract.stubs
    if not contract.name.endswith("-strict")
]


def report(contract: str, system: str, stub: str, count: int = 500) -> Report:
    return check(bind(catalogue.find(contract, system), sources(stub, system)), count, 1)


@pytest.mark.parametrize(("contract", "system", "stub"), SHIPPED)
def test_the_shipped_stubs_keep_their_contracts(contract: str, system: str, stub: str):
    subject = bind(catalogue.find(contract, system), sources(stub, system))
    tried, broken = Checker(subject).sweep(subject.contract.space.cases(1000, 1))
    assert (tried, broken) == (1000, {})


def test_every_stub_of_the_syscall_package_is_under_a_contract():
    named = {(stub, contract.system) for contract in catalogue.CONTRACTS for stub in contract.stubs}
    wanted = {(s.name, s.system) for s in stubs.STUBS if s.symbol.startswith("syscall.") and "-before" not in s.name}
    assert wanted <= named


@pytest.mark.parametrize("stub", ["rawsyscall", "syscall", "syscall6"])
def test_by_the_kernels_own_rule_the_stubs_are_wrong_at_minus_4095_and_nowhere_else(stub: str):
    (broken,) = report(f"{stub}-strict", "linux", stub).broken
    count = len(broken.case.arguments)
    assert broken.case == Case((0,) * count, Answer(-4095, False, 0), 0)
    assert (broken.clause.name, broken.seen) == ("error", "r1 is -4095 instead of -1: the answer -4095 is an error")
    subject = bind(catalogue.find(f"{stub}-strict", "linux"), sources(stub, "linux"))
    checker = Checker(subject)
    cases = subject.contract.space.cases(2 * NEAR + 100, 1)
    assert {case.answer.value for case in cases if checker.first_broken(case)} == {-4095}


def test_syscall6_without_its_compare_goes_by_flags_that_nobody_set():
    found = {broken.clause.name: broken for broken in report("syscall6", "linux", "syscall6-before").broken}
    assert set(found) == {"result", "error"}
    assert found["result"].case.answer.value == 0
    assert found["error"].case.answer.value == -1


def test_the_trampoline_before_the_commit_runs_the_handler_on_the_wrong_g():
    (broken,) = report("sigtramp", "linux", "sigtramp-before").broken
    assert (broken.clause.name, broken.case) == ("g", Case((0, 0, 0), Answer(0), 0))


@pytest.mark.parametrize(
    ("rule", "answer", "errno"),
    [
        (catalogue.STUB_RULE, Answer(-4094), 4094),
        (catalogue.STUB_RULE, Answer(-4095), None),
        (catalogue.STUB_RULE, Answer(0), None),
        (catalogue.KERNEL_RULE, Answer(-4095), 4095),
        (catalogue.KERNEL_RULE, Answer(-4096), None),
        (catalogue.KERNEL_RULE, Answer(-1), 1),
        (catalogue.CARRY_RULE, Answer(9, True), 9),
        (catalogue.CARRY_RULE, Answer(-9, False), None),
        (catalogue.CARRY_RULE, Answer(-1, True), (1 << 64) - 1),
    ],
)
def test_a_rule_tells_errors_from_results(rule, answer: Answer, errno: int | None):
    assert rule.errno(answer) == errno


def test_a_set_of_inputs_has_every_answer_near_zero_and_is_always_the_same():
    space = Space((64, 64))
    cases = list(space.cases(10_000, 1))
    assert len(cases) == 10_000
    assert set(range(-NEAR, NEAR + 1)) <= {case.answer.value for case in cases}
    assert cases == list(space.cases(10_000, 1)) != list(space.cases(10_000, 2))
    assert {case.garbage for case in cases} == set(range(16))


def test_where_the_carry_flag_tells_every_answer_comes_with_both():
    cases = list(Space((64,), (False, True)).cases(2000, 1))
    assert {c.answer.value for c in cases if c.answer.carry} == {c.answer.value for c in cases if not c.answer.carry}


def test_unknown_contracts_offer_what_there_is():
    with pytest.raises(catalogue.UnknownContract, match="did you mean rawsyscall"):
        catalogue.find("rawsycall", "linux")
    with pytest.raises(catalogue.UnknownContract, match="there is one on linux"):
        catalogue.find("sigreturn", "darwin")


def test_a_mistake_that_only_some_arguments_show_is_found_and_shortened(
    subject: Callable[..., Subject], shipped: Callable[[str, str], str]
):
    text = shipped("rawsyscall", "linux").replace("\tMOVQ\t24(SP), SI", "\tMOVL\t24(SP), SI", 1)
    (broken,) = check(subject("rawsyscall", "linux", text), 200, 1).broken
    assert broken.clause.name == "arguments"
    trap, a1, a2, a3 = broken.case.arguments
    assert (trap, a1, a3, broken.case.answer.value) == (0, 0, 0, 0)
    assert a2 >> 32 != 0


def test_hypothesis_looks_where_the_set_has_nothing(
    subject: Callable[..., Subject], shipped: Callable[[str, str], str]
):
    """With no more than the plainest inputs, a mistake in high halves is Hypothesis's to find."""
    text = shipped("rawsyscall", "linux").replace("\tMOVQ\t24(SP), SI", "\tMOVL\t24(SP), SI", 1)
    made = subject("rawsyscall", "linux", text)
    assert Checker(made).sweep(made.contract.space.cases(4, 1)) == (4, {})
    assert [broken.clause.name for broken in check(made, 4, 1).broken] == ["arguments"]


def test_what_is_broken_is_what_the_case_shows(broken: Callable[..., dict[str, Broken]]):
    text = "TEXT ·f(SB),7,$0\n\tMOVQ\t8(SP), AX\n\tMOVQ\tAX, 8(SP)\n\tRET\n"
    found = broken("casts", "linux", text)
    assert {name: each.seen for name, each in found.items()} == {
        "value": "r is 0xa5a5a5a5a5a5a5a5 instead of 1: that is the argument",
        "writes": "it writes 8 bytes to p, at 8(SP)",
    }
