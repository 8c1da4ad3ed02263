"""Writing a run down while it runs: what names and reasons are known at each step, and only then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from emu.annotate import Labels
from emu.events import Interlude, MemoryAccess, Step
from emu.explain import Explainer
from emu.frontends.wording import plan9_register, symbol_text
from emu.start import Subject
from emu.stepper import Stepper


class Access(NamedTuple):
    """Memory that a step read or wrote, under the name that it had then (None: it had none)."""

    address: int
    data: bytes
    name: str | None

    @property
    def value(self) -> int:
        """The bytes as an unsigned little-endian integer."""
        return int.from_bytes(self.data, "little")


@dataclass(eq=False, slots=True)
class Told:
    """A step with what was known of it: the routine, its memory by name, and why a jump jumps. `following` is
    where the program went from there, as soon as that is known."""

    step: Step
    routine: str
    reads: tuple[Access, ...]
    writes: tuple[Access, ...]
    why: tuple[str, ...]
    following: int | None = None


Entry: TypeAlias = "Told | Interlude"


class Scribe:
    """Keeps up with one run. `names` are the names that don't come and go as frames do."""

    def __init__(self, subject: Subject, stepper: Stepper) -> None:
        self._subject, self._stepper = subject, stepper
        self._explainer = Explainer(plan9_register)
        self._last: Told | None = None
        self.names = Labels(subject.program, subject.labels.ranges)

    def tell(self, moment: Step | Interlude) -> Entry:
        """The moment, which comes right behind the one before."""
        entry = self._told(moment) if isinstance(moment, Step) else moment
        for event in moment.events:
            self._subject.labels.saw(event)
        return entry

    def stands_at(self, address: int) -> None:
        """The address of the next instruction. Whatever a user makes of it later, the last step led there."""
        if self._last is not None and self._last.following is None:
            self._last.following = address

    def _told(self, step: Step) -> Told:
        self.stands_at(step.address)
        for access in step.writes:
            self._subject.saw_write(access.address)
        why: list[str] = []
        if step.retired:
            why = self._explainer.lines(step, self._stepper.disassembler.decode(step.address, step.code))
        accesses = self._named(step.reads), self._named(step.writes)
        self._last = Told(step, self._routine(step.address), *accesses, tuple(why))
        return self._last

    def _named(self, accesses: tuple[MemoryAccess, ...]) -> tuple[Access, ...]:
        labels = self._subject.labels
        return tuple(Access(access.address, access.data, labels.name(access.address)) for access in accesses)

    def _routine(self, address: int) -> str:
        placed = self._subject.program.symbol_at(address)
        return symbol_text(placed.symbol) if placed else f"{address:#x}"
