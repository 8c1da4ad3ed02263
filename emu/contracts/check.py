"""A contract against a routine: which clauses are broken, each with an input that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emu.contracts.cases import Case
from emu.contracts.contract import Clause, Trial
from emu.contracts.subject import Subject


@dataclass(frozen=True, slots=True)
class Broken:
    """A clause that does not hold: the input, and what was seen."""

    clause: Clause
    case: Case
    seen: str


@dataclass(frozen=True, slots=True)
class Report:
    """How a routine stands to a contract: inputs tried, and what is broken, in the order of the clauses."""

    subject: Subject
    tried: int
    broken: tuple[Broken, ...]

    @property
    def held(self) -> bool:
        """Whether every clause held on every input."""
        return not self.broken


class Checker:
    """Judges one routine, case by case."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.rig = subject.rig()

    def trial(self, case: Case) -> Trial:
        """The routine's run on a case."""
        return Trial(self.subject.contract, self.subject.binding, case, self.rig.run(case))

    def first_broken(self, case: Case) -> Broken | None:
        """The first clause that the case breaks."""
        return first_broken(self.trial(case))

    def sweep(self, cases: Iterable[Case]) -> tuple[int, dict[str, Broken]]:
        """How many cases were run, and for each clause that is broken the first case that shows it.

        Ends early when no clause is left.
        """
        left = list(self.subject.contract.clauses)
        found: dict[str, Broken] = {}
        count = 0
        for case in cases:
            count += 1
            trial = self.trial(case)
            for clause in left:
                seen = clause.broken(trial)
                if seen is not None:
                    found[clause.name] = Broken(clause, case, seen)
            if found:
                left = [clause for clause in left if clause.name not in found]
                if not left:
                    break
        return count, found


def first_broken(trial: Trial) -> Broken | None:
    """The first clause that a run breaks."""
    for clause in trial.contract.clauses:
        seen = clause.broken(trial)
        if seen is not None:
            return Broken(clause, trial.case, seen)
    return None


def check(subject: Subject, count: int, seed: int) -> Report:
    """`count` inputs of the contract's own, then as many of Hypothesis's as it takes to shorten what broke.

    Raises MissingHypothesis where it isn't installed.
    """
    from emu.contracts import generate

    checker = Checker(subject)
    tried, found = checker.sweep(subject.contract.space.cases(count, seed))
    more, also = generate.search(checker, found.keys(), seed)
    found |= also
    broken = [
        generate.shortest(checker, found[clause.name], seed)
        for clause in subject.contract.clauses
        if clause.name in found
    ]
    return Report(subject, tried + more, tuple(broken))
