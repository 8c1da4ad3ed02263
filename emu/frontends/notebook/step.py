"""One instruction of a trace."""

from __future__ import annotations

from collections.abc import Iterator

from emu.engine import RECORDED
from emu.frontends.notebook.registers import Naming, Registers
from emu.frontends.notebook.rich import Block, Column, Rich, Row, Span, Table
from emu.frontends.notebook.scribe import Access, Told
from emu.frontends.wording import change_text, number, source_text
from kernel_stub.events import Event, ProcessSwitched, SignalDelivered, ThreadSwitched
from kernel_stub.kernel import fault_text

COLUMNS = (
    Column("position", number=True), Column("address", number=True), Column("bytes"), Column("instruction"),
    Column("what it changed", long=True),
)  # fmt: skip
_LEAVING = (SignalDelivered, ThreadSwitched, ProcessSwitched)  # events after which the registers are others


class TracedStep(Rich):
    """One instruction of a trace.

    `position` counts the instructions retired before it; `address`, `code` (its bytes), `text` (the source's line,
    or disassembled), `routine` say what it is, `process` and `thread` whose it is. `before` and `after` are Registers,
    `changes` those that differ. `reads` and `writes` are the memory that it touched, by name where it has one;
    `events` what the kernel did before the next step; `why` why a jump jumps; `fault` the exception that it
    raised, or None.

    >>> from emu import trace
    >>> step = trace("rawsyscall", "close", 99)[4]
    >>> step.text, step.events[0].text
    ('SYSCALL', 'close(99) = -1 EBADF (Bad file descriptor)')
    """

    def __init__(self, told: Told, naming: Naming) -> None:
        self.told, self._naming = told, naming
        step = told.step
        self.position, self.address, self.code = step.position, step.address, step.code
        self.process, self.thread = step.process, step.thread
        self.source, self.disassembly = step.source, step.disassembly
        self.fault, self.retired = step.fault, step.retired
        self.routine, self.reads, self.writes, self.why = told.routine, told.reads, told.writes, told.why
        self.events: tuple[Event, ...] = step.events
        interrupted = next((event for event in step.events if isinstance(event, _LEAVING)), None)
        self._next = interrupted.before.rip if interrupted is not None else told.following

    @property
    def text(self) -> str:
        """The instruction as the source has it, without comment; disassembled where there is no source."""
        return " ".join(source_text(self.source, comment=False).split()) if self.source else self.disassembly

    @property
    def before(self) -> Registers:
        """The registers that it started from."""
        return Registers(dict(zip(RECORDED, self.told.step.before, strict=True)), naming=self._naming)

    @property
    def after(self) -> Registers:
        """The registers behind it, with a system call's answer, but without what a signal's delivery changed."""
        before = self.before
        values = {**before, **{change.name: change.new for change in self.told.step.changes}}
        if self.retired and self._next is not None:
            values["rip"] = self._next
        return Registers(values, before=before, naming=self._naming)

    @property
    def changes(self) -> Registers:
        """The registers that it changed, but for RIP."""
        before = self.before
        return Registers({**self.after, "rip": before.rip}, naming=self._naming) - before

    @property
    def effects(self) -> str:
        """What it changed, in a line, and in parentheses the names of what it read: `rdi 0x0 -> 0x63 (a1)`."""
        parts = [change_text(change) for change in self.told.step.changes]
        parts += [f"{_place(access)} = {number(access.value, 8 * len(access.data))}" for access in self.writes]
        if self.fault is not None:
            parts.append(fault_text(self.fault))
        read = [access.name for access in self.reads if access.name]
        return " ".join([", ".join(parts), f"({', '.join(read)})" if read else ""]).strip()

    def rows(self) -> Iterator[Row | Span]:
        """The step in a table of COLUMNS: itself, why it jumps, what the kernel did."""
        yield Row((str(self.position), f"{self.address:x}", self.code.hex(" "), self._line(), self.effects))
        yield from (Span(reason, "why") for reason in self.why)
        yield from (Span(event.text, "kernel") for event in self.events)

    def blocks(self) -> Iterator[Block]:
        yield Table(f"position {self.position}, in {self.routine}", COLUMNS, list(self.rows()))
        yield from self.changes.blocks()

    def _line(self) -> str:
        return source_text(self.source) if self.source else self.disassembly


def _place(access: Access) -> str:
    return access.name or f"[{access.address:#x}]"
