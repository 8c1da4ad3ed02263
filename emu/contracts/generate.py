"""Inputs by Hypothesis: some that the contract's own list doesn't have, and the shortest that breaks a clause."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from emu.contracts.cases import HIGH, LOW, VARIANTS, Answer, Case, Space
from emu.contracts.check import Broken, Checker
from emu.errors import UserError

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

EXAMPLES = 100  # of one search
SHRINKING = 400
SMALL = 4200


class MissingHypothesis(UserError):
    """Hypothesis is not installed."""

    def __init__(self) -> None:
        super().__init__("contracts need Hypothesis, which is not installed: pip install 'ringside[contracts]'")


def require_hypothesis() -> Any:
    """Imports Hypothesis and answers its strategies. Raises MissingHypothesis."""
    try:
        import hypothesis
        import hypothesis.strategies
    except ImportError:
        raise MissingHypothesis from None
    return hypothesis.strategies


def search(checker: Checker, known: Collection[str], seed: int) -> tuple[int, dict[str, Broken]]:
    """Inputs that break a clause which isn't known to be broken: how many were tried, and what was found."""
    st = require_hypothesis()
    clauses = [clause for clause in checker.subject.contract.clauses if clause.name not in known]
    tried = 0
    found: dict[str, Broken] = {}

    def breaks(case: Case) -> bool:
        nonlocal tried
        tried += 1
        trial = checker.trial(case)
        for clause in clauses:
            seen = clause.broken(trial)
            if seen is not None:
                found.setdefault(clause.name, Broken(clause, case, seen))
        return False  # all examples are wanted; shortening comes later

    _find(_anything(st, checker.subject.contract.space), breaks, EXAMPLES, seed)
    return tried, found


def shortest(checker: Checker, broken: Broken, seed: int) -> Broken:
    """The plainest input that breaks the same clause: arguments and answer as near to 0 as they go."""
    st = require_hypothesis()
    clause, best = broken.clause, broken

    def breaks(case: Case) -> bool:
        nonlocal best
        seen = clause.broken(checker.trial(case))
        if seen is not None and _size(case) < _size(best.case):
            best = Broken(clause, case, seen)
        return seen is not None

    space = checker.subject.contract.space
    _find(_simpler(st, broken.case, space), breaks, SHRINKING, seed)
    for part, value in _simplifications(best.case, space):
        breaks(_with(best.case, part, value))
    return best


def _find(strategy: SearchStrategy[Case], wanted: Callable[[Case], bool], examples: int, seed: int) -> None:
    """Lets Hypothesis look for, and shrink, a case that is wanted; the caller keeps what it saw."""
    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis.errors import NoSuchExample

    options = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    with suppress(NoSuchExample):
        find(strategy, wanted, settings=options, random=random.Random(seed))


def _anything(st: Any, space: Space) -> SearchStrategy[Case]:
    """Every input of the space."""
    words = st.tuples(*(st.integers(0, (1 << bits) - 1) for bits in space.widths))
    value = st.integers(-SMALL, SMALL) | st.integers(LOW, HIGH) if space.answers else st.just(0)
    answers = st.builds(Answer, value, st.sampled_from(space.carries), st.integers(0, (1 << 64) - 1))
    return st.builds(Case, words, answers, st.integers(0, VARIANTS - 1))


def _simpler(st: Any, case: Case, space: Space) -> SearchStrategy[Case]:
    """The case, and all that differ from it by smaller values."""

    def word(value: int) -> Any:
        return st.integers(0, min(value, 99)) | st.just(value)

    answer = case.answer
    value = st.integers(-SMALL, SMALL) | st.just(answer.value) if space.answers else st.just(0)
    answers = st.builds(Answer, value, st.sampled_from(sorted({*space.carries})), word(answer.second))
    variant = st.sampled_from((0, 1, case.garbage))
    return st.builds(Case, st.tuples(*map(word, case.arguments)), answers, variant)


def _simplifications(case: Case, space: Space) -> Iterator[tuple[str | int, int]]:
    """What Hypothesis gave up before it came to: every answer nearer to 0, then each word alone as 0 or 1."""
    if space.answers:
        nearer = sorted(range(-SMALL, SMALL + 1), key=abs)[: 2 * abs(case.answer.value)]
        yield from (("value", value) for value in nearer)
    for word in (1, 0):
        yield from ((part, word) for part in ("second", *range(len(case.arguments))))
    yield from (("garbage", 1), ("garbage", 0))


def _with(case: Case, part: str | int, value: int) -> Case:
    """The case with another answer, second result or garbage, or another argument of that index."""
    if isinstance(part, int):
        return case._replace(arguments=(*case.arguments[:part], value, *case.arguments[part + 1 :]))
    if part == "garbage":
        return case._replace(garbage=value)
    if part == "second":
        return case._replace(answer=case.answer._replace(second=value))
    return case._replace(answer=case.answer._replace(value=value))


def _size(case: Case) -> tuple[int, ...]:
    """How much there is to a case, for a reader: its answer first, then its arguments."""
    answer = case.answer
    words = (*case.arguments, answer.second)
    odd = sum(word > 0 for word in words)
    return (abs(answer.value), answer.value > 0, answer.carry, odd, sum(words), case.garbage)
