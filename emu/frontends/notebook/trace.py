"""What ran: instructions with registers before and after, what the kernel did, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, overload

from emu.annotate import Labels
from emu.errors import UserError
from emu.events import Ended, Interlude
from emu.frontends.notebook.happenings import Delivery, Happening, Happenings, Sigreturn, happening
from emu.frontends.notebook.plan import Startable
from emu.frontends.notebook.results import Results
from emu.frontends.notebook.rich import Block, Prose, Rich, Row, Span, Table
from emu.frontends.notebook.scribe import Entry, Told
from emu.frontends.notebook.step import COLUMNS, TracedStep
from emu.frontends.wording import quoted
from emu.loaders.call import Result
from emu.stepper import Stepper
from kernel_stub.events import SyscallDone
from kernel_stub.personality import Personality
from kernel_stub.process import ExitStatus

if TYPE_CHECKING:
    from emu.frontends.notebook.widget import StepperWidget

SHOWN = 60  # steps of a trace: of a longer one the middle is left out


@dataclass(frozen=True, slots=True)
class Setting:
    """What a trace is of: its title, the system, names of addresses, how to run it again."""

    title: str
    personality: Personality
    names: Labels
    plan: Startable


@dataclass(frozen=True, slots=True)
class Outcome:
    """How things stand behind a trace: how the run ended, if it did, in words, too; results; what was written."""

    ended: Ended | None = None
    words: str = ""
    results: tuple[Result, ...] = ()
    output: tuple[tuple[int, bytes], ...] = ()


class Trace(Rich, Sequence[TracedStep]):
    """A run, or a part of one: `trace[5]` is its sixth instruction, `trace[5:9]` a part, `len(trace)` counts them.

    `events` is all that the kernel did; `calls`, `deliveries` and `sigreturns` are its system calls, the handlers
    that were entered, the frames that were taken back. `result` are the result slots, `output` is what went
    to the terminal, `ending` says how it ended, `status` how the process did.

    >>> from emu import trace
    >>> t = trace("rawsyscall", "close", 99)
    >>> len(t), t.result.errno, t.errno
    (12, 9, 'EBADF')
    >>> t.calls[0].text
    'close(99) = -1 EBADF (Bad file descriptor)'
    >>> t.find("NEGQ")
    position  address  bytes     instruction  what it changed
    syscall.RawSyscall:
           9   400030  48 f7 d8  NEGQ    AX   rax 0xfffffffffffffff7 (-9) -> 0x9, rflags PF -> CF PF AF
    """

    def __init__(self, entries: Sequence[Entry], setting: Setting, outcome: Outcome, title: str = "") -> None:
        self._entries, self._setting, self._outcome, self._title = tuple(entries), setting, outcome, title

    @cached_property
    def steps(self) -> tuple[TracedStep, ...]:
        """The instructions, without what the kernel did in between."""
        return tuple(self._step(entry) for entry in self._entries if isinstance(entry, Told))

    def _step(self, told: Told) -> TracedStep:
        return TracedStep(told, self._setting.names.name)

    @overload
    def __getitem__(self, index: int) -> TracedStep: ...
    @overload
    def __getitem__(self, index: slice) -> Trace: ...
    def __getitem__(self, index: int | slice) -> TracedStep | Trace:
        if not isinstance(index, slice):
            return self.steps[index]
        places = [place for place, entry in enumerate(self._entries) if isinstance(entry, Told)][index]
        if index.step in (None, 1) and places:
            return self._part(range(places[0], places[-1] + 1))
        return self._part(places)

    def __len__(self) -> int:
        return sum(isinstance(entry, Told) for entry in self._entries)

    def find(self, text: str) -> Trace:
        """The steps whose instruction has this text in it, in any case: `trace.find("NEGQ")`."""
        wanted = " ".join(text.lower().split())
        having = {id(step.told) for step in self.steps if wanted in step.text.lower() or wanted in step.disassembly}
        return self._part(place for place, entry in enumerate(self._entries) if id(entry) in having)

    def at(self, position: int) -> TracedStep:
        """The step at a position; of several (a fault and what came after it) the first. Raises UserError."""
        for step in self.steps:
            if step.position == position:
                return step
        ends = f": it goes from {self.steps[0].position} to {self.steps[-1].position}" if self.steps else ""
        raise UserError(f"the trace has no position {position}{ends}")

    # What the kernel did ------------------------------------------------------------------------------

    @cached_property
    def events(self) -> Happenings[Happening]:
        """System calls, signals, frames, each with its position."""
        names, system, found = self._setting.names, self._setting.personality, []
        for entry in self._entries:
            moment = entry.step if isinstance(entry, Told) else entry
            found += [happening(moment.position, event, names, system) for event in moment.events]
        return Happenings(found)

    @property
    def calls(self) -> Happenings[Happening]:
        """The system calls: each has its `name`, `arguments` and `result`."""
        return Happenings(each for each in self.events if isinstance(each.event, SyscallDone))

    @property
    def deliveries(self) -> Happenings[Delivery]:
        """The handlers that were entered, each with its `frame`."""
        return Happenings(each for each in self.events if isinstance(each, Delivery))

    @property
    def sigreturns(self) -> Happenings[Sigreturn]:
        """The frames that sigreturn took back."""
        return Happenings(each for each in self.events if isinstance(each, Sigreturn))

    # How it ended -------------------------------------------------------------------------------------

    @property
    def result(self) -> Results:
        """The result slots; none while the routine has not returned."""
        return Results(self._outcome.results, self._setting.personality)

    @property
    def errno(self) -> str | None:
        """The name of the errno in the result slot of that name, or None where it is 0, or there is none."""
        number = {result.name: result.value for result in self._outcome.results}.get("errno")
        row = self._setting.personality.errno_names.get(number) if number else None
        return row.name if row else None

    @property
    def output(self) -> str:
        """What went to the terminal, on all descriptors."""
        return b"".join(data for _, data in self._outcome.output).decode("utf-8", "backslashreplace")

    @property
    def status(self) -> ExitStatus | None:
        """How the process ended: `code`, or `signal` by name; None where it didn't."""
        return self._outcome.ended.status if self._outcome.ended else None

    @property
    def ending(self) -> str:
        """How the run ended, in words; nothing where it goes on."""
        return self._outcome.words

    def view(self) -> StepperWidget:
        """The stepper view of the whole run, made anew: what a Session changed by hand is not in it.
        Needs anywidget (the extra `notebook`)."""
        from emu.frontends.notebook.widget import LIMIT, StepperWidget
        from emu.frontends.view_data import Recording

        subject, setting = self._setting.plan.start(), self._setting
        stepper = Stepper(subject.machine, subject.program)
        return StepperWidget.recorded(Recording(subject, stepper, LIMIT, setting.title, setting.plan.command))

    def blocks(self) -> Iterator[Block]:
        if self._entries:
            yield Table(self._title, COLUMNS, list(self._rows()))
        elif self._title:
            yield Prose(self._title)
        for fd, data in self._outcome.output:
            yield Prose(f"output on {fd}: {quoted(data)}")
        if self._outcome.results:
            yield from self.result.blocks()
        if self._outcome.words:
            yield Prose(self._outcome.words)

    def _rows(self) -> Iterator[Row | Span]:
        """The table's rows; of a long trace those of its beginning and its end."""
        left_out = len(self._entries) - SHOWN
        if left_out <= 0:
            yield from self._rows_of(0, len(self._entries))
            return
        head = SHOWN * 2 // 3
        yield from self._rows_of(0, head)
        yield Span(f"{left_out:,} instructions left out ...", "elided")
        yield from self._rows_of(head + left_out, len(self._entries))

    def _rows_of(self, first: int, end: int) -> Iterator[Row | Span]:
        routine = None
        for entry in self._entries[first:end]:
            if isinstance(entry, Interlude):
                yield from (Span(event.text, "kernel") for event in entry.events)
                continue
            if entry.routine != routine:
                routine = entry.routine
                yield Span(f"{routine}:", "heading")
            yield from self._step(entry).rows()

    def _part(self, places: Iterable[int]) -> Trace:
        """Some of the entries, as a trace that doesn't tell an end."""
        return Trace([self._entries[place] for place in places], self._setting, Outcome())
