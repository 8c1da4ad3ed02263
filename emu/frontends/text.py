"""A trace as text: one line an instruction, and between them what the kernel did and why a jump jumps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from asm.program import PlacedSymbol, SourceLine
from emu.disassembler import LONGEST
from emu.events import Ended, Ending, Interlude, MemoryAccess, Step
from emu.explain import Explainer
from emu.frontends import frames
from emu.frontends.excerpt import WHOLE, Excerpt
from emu.frontends.wording import (
    argument_text,
    change_text,
    ending_text,
    number,
    plan9_register,
    quoted,
    result_text,
    source_text,
    symbol_text,
)
from emu.loaders.call import Call
from emu.stepper import Stepper
from kernel_stub.events import Event, ProcessReturned, SignalDelivered, SignalReturned
from kernel_stub.kernel import fault_text
from kernel_stub.personality import Personality

if TYPE_CHECKING:
    from emu.loaders.process import Process

_EXPLAINED, _KERNEL, _FRAME = "    | ", "    > ", "    # "
_POSITION, _ADDRESS, _GAP = 4, 6, "  "
_WIDEST_SOURCE, _WIDEST_CODE, _CODE = 40, 33, 24
_ROOM = 38  # columns that the changes of an instruction should have
_LEAST_SOURCE = 20
_LEAST_ROOM = 24  # and must have: below that they go past the terminal's edge


class _Layout(NamedTuple):
    """Widths of the columns; `code` 0 leaves the bytes out; `room` None is no limit for the changes."""

    code: int
    source: int
    comments: bool
    room: int | None = None

    @property
    def left(self) -> int:
        """Columns before the changes."""
        widths = [_POSITION, _ADDRESS, self.source, *([self.code] if self.code else [])]
        return sum(widths) + len(_GAP) * len(widths)


class TextTrace:
    """Renders the steps of one call as lines, with ANSI colours.

    `columns` is the terminal's width: what does not fit goes to a line of its own, and comments and bytes
    are left out where they take the place of what changed. With None, each instruction is one line. Of a run's
    steps those in `excerpt` are shown; how it ended is in any case.
    """

    def __init__(
        self,
        call: Call | Process,
        stepper: Stepper,
        personality: Personality,
        *,
        columns: int | None = None,
        whole_frames: bool = False,
        excerpt: Excerpt = WHOLE,
    ) -> None:
        self._frames, self._excerpt = whole_frames, excerpt
        self._call, self._stepper, self._personality = call, stepper, personality
        self._explainer = Explainer(plan9_register)
        self._routine: PlacedSymbol | None = None
        self._columns = columns
        self._layout = self._lay_out(columns)
        self._fixed: dict[tuple[int, bytes], tuple[str, int]] = {}

    def title(self, typed: Sequence[str] = (), returns: str | None = None) -> Iterator[str]:
        """What is called, with which arguments (as typed, and as numbers), on which system."""
        yield from self._wrapped(f"{self._called(typed)} on {self._personality.name}", bold=True)
        if returns is not None:
            yield f"The first system call is not run: its answer is {returns}."
        yield ""

    def _called(self, typed: Sequence[str]) -> str:
        call = self._call
        if not isinstance(call, Call):
            return " ".join((call.executable.path, *typed))
        arguments = ", ".join(argument_text(passed, text) for passed, text in zip_longest(call.passed, typed))
        return f"{symbol_text(call.routine.symbol)}({arguments})"

    def lines(self, steps: Iterator[Step | Interlude]) -> Iterator[str]:
        """All lines of the run, from the first step to how it ended."""
        excerpt = self._excerpt
        for step in steps:
            inside = excerpt.holds(step.position)
            if isinstance(step, Step):
                yield from self._instruction(step, shown=inside and not excerpt.events)
            for event in step.events:
                if inside:
                    yield from self._event(event, step.position)
                self._call.labels.saw(event)
        ended = self._stepper.ended
        assert ended is not None
        yield ""
        yield from self._output()
        yield from self._ending(ended)

    def _event(self, event: Event, position: int) -> Iterator[str]:
        indent = f"{position:{_POSITION}}{_GAP}" if self._excerpt.events else _KERNEL
        yield from self._wrapped(event.text, indent, fg="magenta", bold=True)
        if isinstance(event, ProcessReturned) and (text := self._results(event.pid)):
            yield from self._wrapped(text, _FRAME, fg="cyan")
        if isinstance(event, SignalDelivered) or (self._frames and isinstance(event, SignalReturned)):
            for line in frames.lines(event, self._call.labels, full=self._frames):
                yield click.style(f"{_FRAME}{line}", fg="cyan")

    def _instruction(self, step: Step, *, shown: bool) -> Iterator[str]:
        """The lines of a step; one that isn't shown may still matter for what is said about a later one."""
        if step.fault is not None and not step.retired and not step.code:
            return  # the instruction itself could not be read
        for access in step.writes:
            self._call.saw_write(access.address)
        explained: list[str] = []
        if step.retired:
            instruction = self._stepper.disassembler.decode(step.address, step.code)
            explained = self._explainer.lines(step, instruction)
        if not shown:
            self._routine = None
            return
        yield from self._heading(step.address)
        yield from self._step(step)
        for text in explained:
            yield from self._wrapped(text, _EXPLAINED, fg="yellow")

    def _heading(self, address: int) -> Iterator[str]:
        placed = self._call.program.symbol_at(address)
        if placed is not self._routine:
            self._routine = placed
            yield click.style(f"{symbol_text(placed.symbol) if placed else f'{address:#x}'}:", bold=True)

    def _step(self, step: Step) -> Iterator[str]:
        head, over = self._place(step)
        read = [name for access in step.reads if (name := self._call.labels.name(access.address))]
        effects = [change_text(change) for change in step.changes]
        effects += [self._write(access) for access in step.writes]
        source = f"({', '.join(read)})" if read else ""
        first, *more = self._fill(effects, source, over)
        if step.fault is not None:
            first = " ".join(part for part in (first, click.style(fault_text(step.fault), fg="red")) if part)
        position = click.style(f"{step.position:{_POSITION}}", dim=True)
        yield f"{position}{_GAP}{head}{first}".rstrip()
        yield from (" " * self._layout.left + line for line in more)

    def _place(self, step: Step) -> tuple[str, int]:
        """Address, bytes and source, and how far they reach past their columns: the same each time."""
        found = self._fixed.get((step.address, step.code))
        if found is None:
            found = self._columns_of(step.address, step.code, step.source, step.disassembly)
            self._fixed[step.address, step.code] = found
        return found

    def _columns_of(self, address: int, code: bytes, source: SourceLine | None, disassembly: str) -> tuple[str, int]:
        layout = self._layout
        text = source_text(source, comment=layout.comments) if source else disassembly
        shown = [f"{address:{_ADDRESS}x}", text.ljust(layout.source)]
        if layout.code:
            shown.insert(1, click.style(code.hex(" ").ljust(layout.code), dim=True))
        over = max(0, len(text) - layout.source) + max(0, len(f"{address:x}") - _ADDRESS)
        return _GAP.join(shown) + _GAP, over

    def _fill(self, effects: Sequence[str], source: str, over: int) -> list[str]:
        """The changes as lines no wider than the room there is, and at the end where a value came from.

        `over` columns of the first line's room are taken.
        """
        parts = [f"{effect}," for effect in effects[:-1]] + list(effects[-1:]) + ([source] if source else [])
        room = self._layout.room
        lines: list[list[str]] = [[]]
        used = over
        for part in parts:
            if room is not None and used + len(part) > room and (lines[-1] or (over and len(lines) == 1)):
                lines.append([])
                used = 0
            lines[-1].append(part)
            used += len(part) + 1
        return [self._styled(line, source) for line in lines]

    def _styled(self, parts: Sequence[str], source: str) -> str:
        return " ".join(
            click.style(part, dim=True) if part is source else click.style(part, fg="green") for part in parts
        )

    def _write(self, access: MemoryAccess) -> str:
        name = self._call.labels.name(access.address) or f"[{access.address:#x}]"
        return f"{name} = {number(access.value, 8 * len(access.data))}"

    def _wrapped(self, text: str, indent: str = "", **style: Any) -> Iterator[str]:
        """Text as lines that the terminal need not break; lines after the first stand a little further in."""
        lines = [text]
        if self._columns is not None and len(indent) + len(text) > self._columns:
            from textwrap import wrap

            width = max(self._columns - len(indent), _LEAST_ROOM)
            lines = wrap(text, width, subsequent_indent="  ", break_on_hyphens=False, replace_whitespace=False)
        yield from (click.style(indent + line, **style) if style else indent + line for line in lines)

    def _output(self) -> Iterator[str]:
        for fd, data in self._call.machine.kernel.terminal.output:
            yield from self._wrapped(f"output on {fd}: {quoted(data)}", fg="cyan")

    def _results(self, pid: int | None = None) -> str:
        """`r1 = 3  r2 = 0`."""
        results = self._call.result_values(pid)
        return "  ".join(f"{result.name} = {result_text(result, self._personality)}" for result in results)

    def _ending(self, ended: Ended) -> Iterator[str]:
        if ended.ending == Ending.RETURNED and (text := self._results()):
            yield click.style(text, bold=True)
        behind = self._call.program.symbol_at(ended.address - 1)
        yield from self._wrapped(ending_text(ended, symbol_text(behind.symbol) if behind else None))

    def _lay_out(self, columns: int | None) -> _Layout:
        """The fullest layout that leaves room for the changes."""
        lines = [line for placed in self._call.program for line in placed.symbol.lines]
        code = min(max((3 * line.size - 1 for line in lines if line.size <= LONGEST), default=_CODE), _WIDEST_CODE)
        with_comments, bare = (
            min(max((len(source_text(line.source, comment=c)) for line in lines), default=_CODE), _WIDEST_SOURCE)
            for c in (True, False)
        )
        full = _Layout(code, with_comments, True)
        if columns is None:
            return full
        choices = (full, _Layout(code, bare, False), _Layout(0, with_comments, True), _Layout(0, bare, False))
        chosen = next((choice for choice in choices if columns - choice.left >= _ROOM), choices[-1])
        lacking = max(0, _ROOM - (columns - chosen.left))  # a few long source lines may reach over their column
        source = max(min(chosen.source, _LEAST_SOURCE), chosen.source - lacking)
        chosen = _Layout(chosen.code, source, chosen.comments)
        return _Layout(chosen.code, source, chosen.comments, max(columns - chosen.left, _LEAST_ROOM))
