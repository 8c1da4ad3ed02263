"""All mutants of a routine, judged on several processes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from emu.contracts.contract import Contract
from emu.contracts.observe import OBSERVED
from emu.mutants.judge import Judge, Judgement, Verdict
from emu.mutants.mutations import Mutant
from emu.target import Sources

_CHUNK = 8  # mutants that a process takes at a time
Progress = Callable[[int, int], None]  # mutants judged, and all of them


@dataclass(frozen=True, slots=True)
class Judged:
    """A mutant and its verdict."""

    mutant: Mutant
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Hunt:
    """All mutants of a routine that could be assembled; `refused` counts the others; `cases` is the number of
    inputs in the contract's set."""

    contract: Contract
    sources: Sources
    arguments: tuple[str, ...]
    cases: int
    seed: int
    judged: tuple[Judged, ...]
    refused: int

    def count(self, *verdicts: Verdict) -> int:
        """How many have one of these verdicts."""
        return sum(each.judgement.verdict in verdicts for each in self.judged)

    @property
    def survivors(self) -> list[Judged]:
        """The mutants that no clause noticed though they do something else."""
        return [each for each in self.judged if each.judgement.verdict is Verdict.SURVIVED]

    @property
    def compared(self) -> str:
        """What an equivalence by effect rests on."""
        return f"on all {self.cases:,} inputs of the contract's set (seed {self.seed}): {OBSERVED}"


def hunt(
    contract: Contract, sources: Sources, count: int, seed: int, *, jobs: int = 1, progress: Progress | None = None
) -> Hunt:
    """Judges every mutant of the routine. Raises TargetError, BrokenOriginal, AssemblyErrors."""
    judge = Judge(contract, sources, 1 if jobs > 1 else count, seed)
    found: list[Judgement | None] = [None] * len(judge.mutants)
    with _judging(contract, sources, count, seed, judge, jobs) as verdicts:
        for done, (index, judgement) in enumerate(verdicts, 1):
            found[index] = judgement
            if progress is not None:
                progress(done, len(found))
    judged = tuple(Judged(m, j) for m, j in zip(judge.mutants, found, strict=True) if j is not None)
    names = tuple(place.name for place in judge.subject.binding.arguments)
    cases = min(count, contract.space.most)
    return Hunt(contract, sources, names, cases, seed, judged, len(found) - len(judged))


_judge: Judge | Exception | None = None  # a worker's own


def _start(contract: Contract, sources: Sources, count: int, seed: int) -> None:
    """A worker's judge. What goes wrong is raised with the first mutant: a pool would start dying workers anew."""
    global _judge
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    try:
        _judge = Judge(contract, sources, count, seed)
    except Exception as error:
        _judge = error


def _work(index: int) -> tuple[int, Judgement | None]:
    if isinstance(_judge, Exception):
        raise _judge
    assert _judge is not None
    return index, _judge.judge(_judge.mutants[index])


@contextmanager
def _judging(
    contract: Contract, sources: Sources, count: int, seed: int, judge: Judge, jobs: int
) -> Iterator[Iterator[tuple[int, Judgement | None]]]:
    """The verdicts as they come, by the mutants' indices."""
    if jobs <= 1:
        yield ((index, judge.judge(mutant)) for index, mutant in enumerate(judge.mutants))
        return
    from multiprocessing import Pool

    given = (contract, sources, count, seed)
    with Pool(jobs, _start, given) as pool:
        yield pool.imap_unordered(_work, range(len(judge.mutants)), _CHUNK)
