"""Darwin's rules at the level of the machine: every program ends as its head says, with all its checks held.

`programs/*.s` say the rules, and which part of xnu each one pins.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from emu.stepper import Stepper
from tests.emu.darwin.running import BUDGET, boot, ending, finished
from tests.emu.darwin.sources import Rule, rules

ORIGIN = re.compile(r"(bsd|osfmk)/[\w/]+\.(c|h|s):\w+")
RULES = rules()

# What is not yet as xnu has it: such a program must fail, and says so when it no longer does.
DIFFERENT: dict[str, str] = {}


def parameters() -> list[object]:
    """The programs, with their marks."""
    marks = {name: pytest.mark.xfail(strict=True, reason=reason) for name, reason in DIFFERENT.items()}
    return [
        pytest.param(rule, id=rule.source.name, marks=[marks[rule.source.name]] if rule.source.name in marks else [])
        for rule in RULES
    ]


each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.source.name for rule in RULES])


@pytest.mark.parametrize("rule", parameters())
def test_it_ends_as_its_head_says(rule: Rule) -> None:
    found = finished(rule).outcome
    if found != rule.source.ending:
        pytest.fail(f"{rule.source.rule} ({rule.origin})\n{found}, not {rule.source.ending}", pytrace=False)


@each_rule
def test_step_by_step_it_is_the_same(rule: Rule) -> None:
    """The stepper, which records and looks on, ends where the machine at full speed does."""
    whole = finished(rule)
    machine, program = boot(rule)
    for _ in Stepper(machine, program).steps(BUDGET):
        pass
    assert (ending(machine), machine.position) == (whole.ending, whole.position)
    assert machine.cpu.registers == whole.registers


def test_every_program_has_a_name_of_its_own_and_tells_where_its_rule_comes_from() -> None:
    assert [name for name, count in Counter(rule.source.name for rule in RULES).items() if count > 1] == []
    assert [rule for rule in RULES if not ORIGIN.fullmatch(rule.origin) or not rule.source.rule.endswith(".")] == []
