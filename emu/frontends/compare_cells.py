"""What both layouts of a comparison are made of: lines with styles, and what an instruction did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import click

from emu.alignment import Moment, is_conditional
from emu.comparison import Comparison, Side, register
from emu.events import Step
from emu.explain import jumps
from emu.frontends.wording import change_text, number, source_text
from kernel_stub.kernel import fault_text

INDENT = 6  # of what is told below an instruction
LEAST = 20  # columns to wrap to, however narrow the terminal is
WIDEST_SOURCE = 40
_SEEN = ("instructions", "operands")


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces of text, each with its style."""

    pieces: tuple[tuple[str, dict[str, Any]], ...] = ()

    def render(self, width: int = 0) -> str:
        """The line with its colours, filled up to a width."""
        styled = "".join(click.style(text, **style) if style else text for text, style in self.pieces)
        return styled + " " * max(0, width - sum(len(text) for text, _ in self.pieces))


@dataclass(frozen=True, slots=True)
class Told:
    """What an instruction did: what stands beside it, and the lines below."""

    beside: str
    below: tuple[Line, ...] = ()

    @property
    def all(self) -> tuple[Line, ...]:
        """Everything as lines."""
        return (*((piece(self.beside, fg="green"),) if self.beside else ()), *self.below)


def piece(text: str, **style: Any) -> Line:
    """A line of one piece."""
    return Line(((text, style),))


def wrapped(text: str, width: int, indent: int = 0, hang: int = 2, **style: Any) -> list[Line]:
    """A text as lines of at most `width` columns; those after the first stand `hang` columns further in."""
    room = max(width - indent, LEAST)
    parts = wrap(text, room, subsequent_indent=" " * hang, break_on_hyphens=False, replace_whitespace=False)
    return [piece(" " * indent + part, **style) for part in parts]


def note(names: Iterable[str], width: int, indent: int = INDENT) -> list[Line]:
    """The differences that the instruction above shows, but for those that its place in the rows shows already."""
    shown = [name for name in dict.fromkeys(names) if name not in _SEEN]
    return wrapped(f"^ {', '.join(shown)}", width, indent, fg="yellow") if shown else []


def source(step: Step) -> str:
    """The instruction in the source's words, without comment."""
    return source_text(step.source, comment=False) if step.source else step.disassembly


def source_width(comparison: Comparison) -> int:
    """Columns for the instructions of both runs."""
    moments = (*comparison.left.moments, *comparison.right.moments)
    widths = {len(source(moment)) for moment in moments if isinstance(moment, Step)}
    return min(max(widths, default=0), WIDEST_SOURCE)


def told(side: Side, moment: Moment, room: int, width: int, indent: int = INDENT) -> Told:
    """What the moment did: beside the instruction if `room` columns are enough, or else below it in lines of
    `width`; and below that what the kernel did."""
    parts = _effects(side, moment) if isinstance(moment, Step) else []
    beside, below = " ".join(parts), []
    if len(beside) > room:
        beside, below = "", _filled(parts, width, indent)
    for event in moment.events:
        below += wrapped(f"> {event.text}", width, indent, fg="magenta", bold=True)
    return Told(beside, tuple(below))


def _filled(parts: Sequence[str], width: int, indent: int) -> list[Line]:
    """Parts on as few lines as they need, each in one piece if it fits."""
    room = max(width - indent, LEAST)
    lines = [""]
    for part in parts:
        if len(lines[-1]) + 1 + len(part) <= room:
            lines[-1] += f" {part}" if lines[-1] else part
        else:
            lines += wrap(part, room, subsequent_indent="  ", break_on_hyphens=False)
    return [piece(" " * indent + text, fg="green") for text in lines if text]


def _effects(side: Side, step: Step) -> list[str]:
    """`rdi 0x0 -> 0x63` and `(a1)`, where it came from; `errno = 0x9`; `not taken`."""
    labels = side.subject.labels
    texts = [change_text(change) for change in step.changes]
    for access in step.writes:
        place = labels.name(access.address) or f"[{access.address:#x}]"
        texts.append(f"{place} = {number(access.value, 8 * len(access.data))}")
    mnemonic = side.instruction(step).mnemonic
    if is_conditional(mnemonic):
        texts.append("taken" if jumps(mnemonic, register(step, "rflags")) else "not taken")
    if step.fault is not None:
        texts.append(fault_text(step.fault))
    read = [name for access in step.reads if (name := labels.name(access.address))]
    return [*(f"{text}," for text in texts[:-1]), *texts[-1:], *([f"({', '.join(read)})"] if read else [])]
