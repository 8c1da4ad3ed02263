"""contract and mutate: what a stub promises, and which small mistakes its contract notices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from emu.contracts import choose
from emu.contracts.check import Broken, check
from emu.contracts.check import Report as ContractReport
from emu.contracts.generate import require_hypothesis
from emu.contracts.replay import replay
from emu.contracts.rig import BUDGET
from emu.contracts.subject import Subject, bind
from emu.frontends.contract_command import case_text
from emu.frontends.mutate_command import mutation, reason, summary
from emu.frontends.notebook.code import Code, known_system, user_errors
from emu.frontends.notebook.plan import Target
from emu.frontends.notebook.rich import Block, Column, Folded, Prose, Rich, Row, Span, Table, elided
from emu.frontends.notebook.session import Session
from emu.frontends.notebook.trace import Trace
from emu.mounts import Mount
from emu.mutants.hunt import Hunt, Judged, hunt
from emu.mutants.judge import Verdict
from emu.start import Subject as Runnable
from emu.target import SourceOptions, sources

SHOWN, LEAST = 36, 6  # mutants in a table; of those that did not survive, however many did
ANSWERS = 10_000


@dataclass(frozen=True)
class _Case:
    """A run of a contract's case, which can be started as often as one likes."""

    subject: Subject
    broken: Broken
    arguments: tuple[str, ...] = ()
    command: str = ""
    mounts: tuple[Mount, ...] = ()

    def start(self) -> Runnable:
        """A fresh machine with the case in it."""
        return replay(self.subject, self.broken.case)


class BrokenClause(Rich):
    """A clause that does not hold: `name`, `promise`, what was `seen`, the shortest `input` in words, its `trace`."""

    def __init__(self, report: ContractReport, broken: Broken) -> None:
        self.name, self.promise, self.seen = broken.clause.name, broken.clause.promise, broken.seen
        self.case, self.input = broken.case, case_text(report, broken.case)
        self._plan = _Case(report.subject, broken)

    @property
    def trace(self) -> Trace:
        """The run with that input."""
        return Session.of(self._plan).run(limit=BUDGET)

    def blocks(self) -> Iterator[Block]:
        yield Prose(f"{self.name}: {self.seen}")
        yield Prose(f"The shortest input: {self.input}")
        yield from self.trace.blocks()


class ContractResult(Rich):
    """How routines stand to a contract: `held`, and `broken`, a BrokenClause each."""

    def __init__(self, reports: Sequence[ContractReport]) -> None:
        self.reports = tuple(reports)
        self.broken = tuple(BrokenClause(report, broken) for report in reports for broken in report.broken)

    @property
    def held(self) -> bool:
        """Whether every clause held on every input."""
        return not self.broken

    def blocks(self) -> Iterator[Block]:
        for report in self.reports:
            contract = report.subject.contract
            broken = {found.clause.name: found for found in report.broken}
            title = f"{report.subject.sources.name} under {contract.name} on {contract.system}: {report.tried:,} cases"
            heads = [Column(head, prose=True) for head in ("clause", "", "promise", "what was seen")]
            table = Table(title, heads)
            for clause in contract.clauses:
                found = broken.get(clause.name)
                verdict, seen = ("BROKEN", found.seen) if found else ("held", "")
                table.add(clause.name, verdict, clause.promise, seen, marked=found is not None)
            yield table
            if contract.rule is not None:
                yield Prose(f"The rule: {contract.rule.text}.")
        yield from (Prose(f"{each.name}, the shortest input: {each.input}") for each in self.broken)


def contract(
    name: str,
    target: Target | None = None,
    *,
    system: str = "linux",
    go_root: str | None = None,
    without: Sequence[str] = (),
    answers: int = ANSWERS,
    seed: int = 1,
) -> ContractResult:
    """Checks what a routine promises: the contract `name` against a stub, `FILE.s:SYMBOL` or what `assemble` made;
    without a target, against the shipped stubs that it is about; with `go_root`, against the routine of the Go release
    there. `without` leaves clauses out. Raises UserError.

    >>> from emu import contract
    >>> contract("rawsyscall").held
    True
    >>> contract("rawsyscall-strict").broken[0].case.answer.value
    -4095
    """
    chosen = choose.without(choose.named(name, known_system(system)), _names(without))
    with user_errors():
        if isinstance(target, Code):
            subjects = [bind(chosen, target.sources())]
        else:
            subjects = list(choose.subjects(chosen, target, SourceOptions(), go_root))
        require_hypothesis()
        return ContractResult([check(subject, answers, seed) for subject in subjects])


class Mutants(Rich, Sequence[Judged]):
    """The mutants of a routine and what became of them: `killed`, `survivors`, `equivalent`; `summary` in words.

    Each has `mutant` (`kind`, `before`, `after`, `line`) and `judgement` (`verdict`, `clause`, `seen`).
    """

    def __init__(self, found: Hunt, judged: Sequence[Judged] | None = None) -> None:
        self.hunt = found
        self._judged = tuple(found.judged if judged is None else judged)

    def __len__(self) -> int:
        return len(self._judged)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Mutants(self.hunt, self._judged[index])
        return self._judged[index]

    @property
    def summary(self) -> str:
        """How many were killed, are equivalent, survived."""
        return summary(self.hunt)

    @property
    def killed(self) -> Mutants:
        """Those that broke a clause."""
        return self._with(lambda verdict: verdict is Verdict.KILLED)

    @property
    def survivors(self) -> Mutants:
        """Those that no clause noticed though they do something else: holes in the contract."""
        return self._with(lambda verdict: verdict is Verdict.SURVIVED)

    @property
    def equivalent(self) -> Mutants:
        """Those that are shown to be the original in other words."""
        return self._with(lambda verdict: verdict.equivalent)

    def _with(self, wanted: Callable[[Verdict], bool]) -> Mutants:
        return Mutants(self.hunt, [each for each in self._judged if wanted(each.judgement.verdict)])

    def blocks(self) -> Iterator[Block]:
        found = self.hunt
        title = f"{len(self)} mutants of {found.sources.symbol} under {found.contract.name} on {found.contract.system}"
        yield Prose(f"{title}. Of all mutants: {self.summary}.")
        survived = self._rows(each for each in self if each.judgement.verdict is Verdict.SURVIVED)
        others = self._rows(each for each in self if each.judgement.verdict is not Verdict.SURVIVED)
        if survived:
            yield _table("Survivors", elided(survived, SHOWN, "survivors"))
        if len(others) > SHOWN:
            brief = _table("", elided(others, max(SHOWN - len(survived), LEAST), "mutants"))
            yield Folded(f"The {len(others)} that did not survive", _table("", others), brief)
        elif others:
            yield _table("", others)
        yield Prose(f"Same effect means: {found.compared}.")

    def _rows(self, judged: Iterable[Judged]) -> list[Row | Span]:
        return [
            Row(
                (str(each.mutant.line), each.mutant.kind, mutation(each), each.judgement.verdict.value,
                 reason(self.hunt, each)),
                marked=each.judgement.verdict is Verdict.SURVIVED,
            )
            for each in judged
        ]  # fmt: skip


def _table(caption: str, rows: list[Row | Span]) -> Table:
    heads = [Column("line", number=True), Column("kind", prose=True), Column("mutation")]
    heads += [Column("verdict", prose=True), Column("noticed by, and the input", long=True)]
    return Table(caption, heads, rows)


def mutate(
    target: Target,
    *,
    contract: str | None = None,
    without: Sequence[str] = (),
    system: str = "linux",
    answers: int = ANSWERS,
    seed: int = 1,
    jobs: int = 1,
) -> Mutants:
    """Changes a routine one instruction at a time, and runs a contract on each mutant: that of the stub, or the one
    that is named. `without` leaves clauses out: what they are good for shows then. `jobs` is how many processes
    share the work. Raises UserError, also where the original breaks the contract.

    >>> from emu import mutate
    >>> len(mutate("byteptr").survivors)
    0
    """
    with user_errors():
        made = target.sources() if isinstance(target, Code) else sources(target, known_system(system))
        chosen = choose.about(made.name, system) if contract is None else choose.named(contract, system)
        return Mutants(hunt(choose.without(chosen, _names(without)), made, answers, seed, jobs=jobs))


def _names(names: str | Sequence[str]) -> Sequence[str]:
    return (names,) if isinstance(names, str) else names
