"""What the kernel did in a run: system calls, signals, frames, in the order of their positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar, overload

from emu.annotate import Labels
from emu.frontends.notebook.frame import Frame
from emu.frontends.notebook.meaning import blocked
from emu.frontends.notebook.registers import Registers
from emu.frontends.notebook.rich import Block, Column, Prose, Rich, Row, Table, elided
from kernel_stub.cpu import INDEX
from kernel_stub.cpu import Registers as Trapframe
from kernel_stub.events import Event, SignalDelivered, SignalReturned
from kernel_stub.personality import Personality

SHOWN = 60


class Happening(Rich):
    """Something that the kernel did: `position` (of the instruction it was about), `text`, and the `event` itself,
    whose attributes it has, too.

    >>> from emu import trace
    >>> call = trace("rawsyscall", "close", 99).calls[0]
    >>> call.position, call.name, call.result.error, call.arguments[0].value
    (4, 'close', 9, 99)
    """

    def __init__(self, position: int, event: Event) -> None:
        self.position, self.event = position, event

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "event" or not hasattr(self.event, name):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(self.event, name)

    @property
    def text(self) -> str:
        """The event in a line: `close(99) = -1 EBADF (Bad file descriptor)`."""
        return self.event.text

    def blocks(self) -> Iterator[Block]:
        yield Prose(f"{self.position}  {self.text}", fixed=True)


class Delivery(Happening):
    """A handler is entered: `signal` is the signal's name, `frame` what the kernel wrote on the stack, `before` the
    interrupted registers, `registers` those that the handler starts with."""

    def __init__(self, position: int, event: SignalDelivered, names: Labels, system: Personality) -> None:
        super().__init__(position, event)
        self.signal = event.name
        self.frame = Frame(event.pieces, names, system, event=event)
        self.before = _registers(event.before, names)
        self.registers = Registers(_registers(event.registers, names), before=self.before, naming=names.name)

    def blocks(self) -> Iterator[Block]:
        yield Prose(f"{self.position}  {self.text}", fixed=True)
        yield from self.frame.blocks()


class Sigreturn(Happening):
    """A frame was taken back: `frame` is what the kernel read; `registers` and `mask`, the names of the blocked
    signals, hold now.

    >>> from emu import trace
    >>> back = trace("sigchld").sigreturns[0]
    >>> back.mask, back.registers.rip == back.frame["uc_mcontext.rip"]
    ((), True)
    """

    def __init__(self, position: int, event: SignalReturned, names: Labels, system: Personality) -> None:
        super().__init__(position, event)
        self.frame = Frame(event.pieces, names, system)
        self.mask = blocked(event.mask, system)
        self.registers = _registers(event.registers, names)


Kind = TypeVar("Kind", bound=Happening)


class Happenings(Rich, Sequence[Kind]):
    """A table of what the kernel did."""

    def __init__(self, happenings: Iterable[Kind]) -> None:
        self._all = tuple(happenings)

    @overload
    def __getitem__(self, index: int) -> Kind: ...
    @overload
    def __getitem__(self, index: slice) -> Happenings[Kind]: ...
    def __getitem__(self, index: int | slice) -> Kind | Happenings[Kind]:
        return Happenings(self._all[index]) if isinstance(index, slice) else self._all[index]

    def __len__(self) -> int:
        return len(self._all)

    def blocks(self) -> Iterator[Block]:
        if not self._all:
            yield Prose("nothing happened")
            return
        columns = (Column("position", number=True), Column("what the kernel did", long=True))
        rows = [Row((str(happening.position), happening.text)) for happening in self._all]
        yield Table("", columns, elided(rows, SHOWN, "events"))


def happening(position: int, event: Event, names: Labels, system: Personality) -> Happening:
    """The event as a notebook shows it."""
    if isinstance(event, SignalDelivered):
        return Delivery(position, event, names, system)
    if isinstance(event, SignalReturned):
        return Sigreturn(position, event, names, system)
    return Happening(position, event)


def _registers(frame: Trapframe, names: Labels) -> Registers:
    return Registers({name: frame.values[index] for name, index in INDEX.items()}, naming=names.name)
