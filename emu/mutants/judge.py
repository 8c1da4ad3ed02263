"""One mutant against the contract, and against the original.

A mutant that breaks no clause is the original in other words, or a hole in the contract. Which of the two
is shown, not assumed: its bytes as loaded are the original's, or on every input of the contract's set
everything that others may look at is the same (observe.OBSERVED). Otherwise it survived, and the first
input on which it differs says how.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from asm import AssemblyErrors
from asm.plan9.variants import Variants
from asm.program import PlacedSymbol, Program, Symbol
from emu.contracts.cases import Case
from emu.contracts.check import Checker, first_broken
from emu.contracts.contract import Contract
from emu.contracts.observe import observation
from emu.contracts.rig import padded
from emu.contracts.subject import bind
from emu.errors import TargetError, UserError
from emu.mutants.mutations import Mutant, mutants
from emu.target import Sources

PLAN9 = ("go", "go2008")
Image = tuple[tuple[int, bytes], ...]


class Verdict(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    SAME_BYTES = "same bytes"
    SAME_EFFECT = "same effect"

    @property
    def equivalent(self) -> bool:
        """Whether the mutant is the original in other words."""
        return self in (Verdict.SAME_BYTES, Verdict.SAME_EFFECT)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A mutant's verdict after `tried` inputs.

    If it was killed: the clause, the input and what was seen. If it survived: an input on which it does
    something else than the original.
    """

    verdict: Verdict
    tried: int = 0
    clause: str = ""
    case: Case | None = None
    seen: str = ""


class BrokenOriginal(UserError):
    """The routine itself breaks the contract, so its mutants would tell nothing."""


class Judge:
    """Judges the mutants of one routine; the original's own behaviour is kept, input by input."""

    def __init__(self, contract: Contract, sources: Sources, count: int, seed: int) -> None:
        self.subject = bind(contract, sources)
        self.mutants = list(mutants(_variants(sources).body))
        self._variants = _variants(sources)
        self._checker = Checker(self.subject)
        self._original = image(self.subject.program)
        self._seen: dict[tuple[Image, int], Judgement] = {}
        self._cases = list(contract.space.cases(count, seed))
        self._reference = []
        for case in self._cases:
            trial = self._checker.trial(case)
            broken = first_broken(trial)
            if broken is not None:
                system = f" --os {contract.system}" if contract.system != "linux" else ""
                raise BrokenOriginal(
                    f"{sources.name} breaks {contract.name} itself ({broken.clause.name}: {broken.seen}): "
                    f"see `ringside contract {contract.name} {sources.name}{system}`"
                )
            self._reference.append(observation(trial))

    def judge(self, mutant: Mutant) -> Judgement | None:
        """The verdict, or None where the mutant can't be assembled: then it is no program at all."""
        try:
            symbol: Symbol = self._variants.assemble(mutant.body)
            program, routine = self.subject.link(symbol)
        except AssemblyErrors:
            return None
        found = image(program)
        if found == self._original and routine.address == self.subject.routine.address:
            return Judgement(Verdict.SAME_BYTES)
        key = (found, routine.address)
        if key not in self._seen:
            self._seen[key] = self._run(program, routine)
        return self._seen[key]

    def _run(self, program: Program, routine: PlacedSymbol) -> Judgement:
        checker = self._checker
        if pages(program) == pages(self.subject.program):
            checker.rig.load(program, routine)
        else:  # it grew into a page of its own
            checker = Checker(replace(self.subject, program=program, routine=routine))
        differs: Case | None = None
        for tried, (case, wanted) in enumerate(zip(self._cases, self._reference, strict=True), 1):
            trial = checker.trial(case)
            if observation(trial) == wanted:
                continue  # clauses look at nothing else, and the original broke none
            broken = first_broken(trial)
            if broken is not None:
                return Judgement(Verdict.KILLED, tried, broken.clause.name, case, broken.seen)
            differs = differs or case
        verdict = Verdict.SAME_EFFECT if differs is None else Verdict.SURVIVED
        return Judgement(verdict, len(self._cases), case=differs)


def _variants(sources: Sources) -> Variants:
    """The routine's statements, ready to be assembled again. Raises TargetError for other syntaxes."""
    if sources.dialect not in PLAN9:
        raise TargetError(f"{sources.path} is in dialect {sources.dialect}: mutants are made of Plan 9 statements only")
    options = sources.options
    return Variants(
        sources.path,
        sources.text,
        sources.symbol,
        dialect=sources.dialect,
        include_dirs=options.include_dirs,
        defines=options.defines,
        package=options.package,
    )


def image(program: Program) -> Image:
    """The program as it is loaded: what is behind the code on its last page counts as well."""
    return tuple(
        (segment.address, padded(segment.data) if segment.executable else segment.data) for segment in program.segments
    )


def pages(program: Program) -> list[tuple[int, int]]:
    """Which pages the segments take."""
    return [(s.address >> 12, (s.address + s.size + 4095) >> 12) for s in program.segments]
