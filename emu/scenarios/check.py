"""Finding files and running their cases, in several processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from emu.errors import UserError
from emu.scenarios.read import SUFFIX, Case, ScenarioError, read
from emu.scenarios.verdict import Verdict, judge, wrong_file

CHUNK = 8  # cases that a process gets at once
FEW = 12  # cases for which it isn't worth starting processes


class Job(NamedTuple):
    """A case by its file and its place in it."""

    file: str
    place: int
    update: bool


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def find(paths: Sequence[str]) -> list[Path]:
    """The scenario files that paths name, folders with all that is below them, each once. Raises UserError."""
    found: dict[Path, None] = {}
    for text in paths:
        path = Path(text)
        if path.is_dir():
            inside = sorted(path.rglob(f"*{SUFFIX}"))
            if not inside:
                raise UserError(f"{text} has no *{SUFFIX} in it")
            found.update(dict.fromkeys(inside))
        elif path.is_file():
            found[path] = None
        else:
            raise UserError(f"there is no file or folder {text}")
    return list(found)


class Plan(NamedTuple):
    """What there is to run, and the files that are wrong."""

    jobs: list[Job]
    wrong: list[Verdict]
    traces: int  # cases with a golden trace


def plan(files: Sequence[Path], *, update: bool = False) -> Plan:
    """All cases of all files."""
    jobs: list[Job] = []
    wrong: list[Verdict] = []
    traces = 0
    for file in files:
        try:
            cases = read(file)
        except ScenarioError as error:
            wrong.append(wrong_file(file, error))
            continue
        jobs += [Job(str(file), index, update) for index in range(len(cases))]
        traces += sum("trace" in case.expect for case in cases)
    return Plan(jobs, wrong, traces)


def run(jobs: Sequence[Job], processes: int) -> Iterator[Verdict]:
    """The verdicts, in the order of the jobs, as they are ready."""
    if processes <= 1 or len(jobs) <= FEW:
        yield from map(do, jobs)
        return
    chunk = max(1, min(CHUNK, len(jobs) // (2 * processes)))
    with ProcessPoolExecutor(processes, initializer=_leave_interrupts) as pool:
        yield from pool.map(do, jobs, chunksize=chunk)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def do(job: Job) -> Verdict:
    """One case."""
    return judge(_cases(job.file)[job.place], update=job.update)


@lru_cache(maxsize=8)
def _cases(file: str) -> list[Case]:
    return read(Path(file))
