"""Golden traces: a run as lines that stay the same when code moves, one line a step, and how two differ.

A line has the instruction as it was written, what it changed, and what it wrote; addresses are names. What the
kernel did follows, behind `>`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from emu.events import Step
from emu.frontends.wording import ending_text, flags_text, source_text, symbol_text
from emu.scenarios.failure import Failure
from emu.scenarios.load import Subject, beside
from emu.scenarios.run import Outcome
from kernel_stub.events import Event

CONTEXT = 3  # equal lines around a difference
MOST = 40  # lines of a diff
_ADDRESS = re.compile(r"0x[0-9a-f]{5,16}")
_TITLE = "# a golden trace: ringside check --update writes it\n"


def lines(outcome: Outcome) -> list[tuple[str, int]]:
    """The run's lines, each with the index of its step."""
    found: list[tuple[str, int]] = []
    routine = None
    subject = outcome.subject
    subject.labels.frames.clear()  # another look at the run may have left some
    for index, step in enumerate(outcome.steps):
        if isinstance(step, Step):
            placed = subject.program.symbol_at(step.address)
            if placed is not routine:
                routine = placed
                found.append((f"{symbol_text(placed.symbol) if placed else 'elsewhere'}:", index))
            found.append((_step(subject, step), index))
        found += [(f"    > {_event(subject, event)}", index) for event in step.events]
        for event in step.events:
            subject.labels.saw(event)
    found += [(f"{result.name} = {result.value}", len(outcome.steps) - 1) for result in outcome.results]
    last = ending_text(outcome.ended).partition(", at 0x")[0]
    return [*found, (last, len(outcome.steps) - 1)]


def _step(subject: Subject, step: Step) -> str:
    source = source_text(step.source, comment=False) if step.source else step.disassembly
    effects = []
    for change in step.changes:
        if change.name == "rflags":
            effects.append(f"flags {flags_text(change.new)}")
        else:
            effects.append(f"{change.name} {_value(subject, change.new)}")
    for access in step.writes:
        effects.append(f"[{_value(subject, access.address)}] = {_value(subject, access.value)}")
    fault = f"  ! vector {step.fault.vector} at {_value(subject, step.fault.address)}" if step.fault else ""
    return f"  {' '.join(source.split()):<32}  {', '.join(effects)}{fault}".rstrip()


def _event(subject: Subject, event: Event) -> str:
    """The event's text with names for addresses."""
    return _ADDRESS.sub(lambda found: _value(subject, int(found[0], 16)), event.text)


def _value(subject: Subject, value: int) -> str:
    """A name with an offset for an address, else hexadecimal digits."""
    name = subject.labels.name(value) if value > 0xFFFF else None
    return name or f"{value:#x}"


def _text(rows: Sequence[tuple[str, int]]) -> str:
    return _TITLE + "".join(f"{line}\n" for line, _ in rows)


def trace(outcome: Outcome, name: str) -> Iterator[Failure]:
    """The run against the file."""
    path = ("expect", "trace")
    file = Path(beside(outcome.case, name))
    try:
        wanted = file.read_text(encoding="utf-8").splitlines()[1:]
    except (OSError, UnicodeDecodeError) as error:
        yield Failure(path, f"{name} can't be read ({error}); `ringside check --update` writes it")
        return
    rows = lines(outcome)
    found = [line for line, _ in rows]
    if wanted == found:
        return
    pairs = zip(wanted, found, strict=False)
    first = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(wanted), len(found)))
    index = rows[min(first, len(rows) - 1)][1]
    yield Failure(path, f"the trace differs from {name}, first in its line {first + 2}", index, _diff(wanted, found))


def _diff(wanted: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    made = list(difflib.unified_diff(wanted, found, "expected", "this run", n=CONTEXT, lineterm=""))
    if len(made) > MOST:
        made[MOST:] = [f"... and {len(made) - MOST} more lines"]
    return tuple(made)


def update(outcome: Outcome) -> Path | None:
    """Writes the case's golden trace, if it has one that differs. Raises OSError."""
    name = outcome.case.expect.get("trace")
    if name is None:
        return None
    file, text = Path(beside(outcome.case, name)), _text(lines(outcome))
    if file.is_file() and file.read_text(encoding="utf-8", errors="replace") == text:
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


