"""One target's runs on two systems, row by row, with what differs between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from asm.stubs import UnknownStub
from emu import arguments as typed
from emu.alignment import Moment, align
from emu.disassembler import Disassembler, Instruction
from emu.engine import RECORDED
from emu.events import Ended, Ending, Step
from emu.loaders.call import Call, Passed, Result
from emu.machine import Machine
from emu.start import Subject, load
from emu.stepper import Stepper
from emu.target import SYSTEMS, SourceOptions, TargetError
from emu.target import personality as personality_of
from kernel_stub.events import Event
from kernel_stub.personality import Personality

_INDEX = {name: index for index, name in enumerate(RECORDED)}


@dataclass(frozen=True, slots=True)
class Side:
    """A finished run on one system. The machine is as the run left it."""

    personality: Personality
    subject: Subject
    moments: tuple[Moment, ...]
    ended: Ended
    results: tuple[Result, ...]
    disassembler: Disassembler

    @property
    def system(self) -> str:
        """The system's name in lower case, as options spell it."""
        return self.personality.name

    @property
    def name(self) -> str:
        """The system's name in a sentence."""
        return self.personality.name.capitalize()

    def instruction(self, step: Step) -> Instruction:
        """The step's instruction, decoded."""
        return self.disassembler.decode(step.address, step.code)

    def routine(self, moment: Moment) -> str:
        """The name of the routine that a step is in, else its address; "" for what is no step."""
        if not isinstance(moment, Step):
            return ""
        placed = self.subject.program.symbol_at(moment.address)
        return placed.symbol.name if placed else f"{moment.address:#x}"

    @property
    def passed(self) -> Sequence[Passed]:
        """The arguments as they were passed; a program takes none."""
        return self.subject.passed if isinstance(self.subject, Call) else ()

    @property
    def called(self) -> str:
        """The name of the routine or of the program."""
        if isinstance(self.subject, Call):
            return self.subject.routine.symbol.name.removeprefix(".")
        return self.subject.executable.path

    @property
    def events(self) -> Iterator[tuple[int, Event]]:
        """Everything that the kernel reported, with the positions of the instructions that it was about."""
        for moment in self.moments:
            yield from ((moment.position, event) for event in moment.events)


def set_up(
    target: str, arguments: Sequence[str], options: SourceOptions, stdin: str = "", returns: str | None = None
) -> list[tuple[Subject, Personality]]:
    """The target on every system, ready to run, Linux first.

    Raises TargetError (also for a target that only one system has), UnknownStub, CallError, AssemblyErrors.
    """
    ready: list[tuple[Subject, Personality]] = []
    missing: UnknownStub | None = None
    for system in map(personality_of, SYSTEMS):
        machine = Machine(system, stdin=typed.unescape(stdin))
        try:
            ready.append((load(machine, target, arguments, options), system))
        except UnknownStub as error:
            missing = missing or error
            continue
        if returns is not None:
            typed.inject(machine.kernel, returns)
    if missing is None:
        return ready
    for _, system in ready:
        raise TargetError(
            f"{target} is on {system.name} only, so there is nothing to compare it with; "
            f"`ringside trace {target} --os {system.name}` shows it"
        )
    raise missing


def run(subject: Subject, personality: Personality, budget: int) -> Side:
    """Runs what was set up to its end, at most `budget` instructions."""
    stepper = Stepper(subject.machine, subject.program)
    moments = []
    for moment in stepper.steps(budget):
        moments.append(moment)
        if isinstance(moment, Step):
            for access in moment.writes:
                subject.saw_write(access.address)
    assert stepper.ended is not None
    results = subject.result_values() if stepper.ended.ending == Ending.RETURNED else ()
    return Side(personality, subject, tuple(moments), stepper.ended, tuple(results), stepper.disassembler)


@dataclass(frozen=True, slots=True)
class Row:
    """A moment on the left and the one that answers to it on the right; None where there is none.

    `routine` is where they are, or `left / right` where the systems' routines have different names, or "" where
    the kernel acted between two steps. `same` says that both sides run the same instruction, though its
    values may differ.
    """

    routine: str
    left: Moment | None
    right: Moment | None
    same: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which the runs differ: a name, a sentence, and the positions on both sides that show it."""

    name: str
    text: str
    left: tuple[int, ...] = ()
    right: tuple[int, ...] = ()


class Comparison:
    """Two runs of one target, aligned. `typed` are the target's arguments as the user wrote them."""

    def __init__(self, left: Side, right: Side, typed: Sequence[str] = ()) -> None:
        self.left, self.right, self.typed = left, right, tuple(typed)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every moment of both runs, in the order of either."""
        left, right = self.left.moments, self.right.moments
        pairs = align(left, right, (self.left.subject.program, self.right.subject.program))
        rows: list[Row] = []
        i = j = 0
        for next_i, next_j in [*pairs, (len(left), len(right))]:
            rows += [self._row(moment, None) for moment in left[i:next_i]]
            rows += [self._row(None, moment) for moment in right[j:next_j]]
            if next_i < len(left) and next_j < len(right):
                rows.append(self._row(left[next_i], right[next_j]))
            i, j = next_i + 1, next_j + 1
        return tuple(rows)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """What differs, as the traces show it."""
        from emu.differences import differences

        return differences(self)

    @cached_property
    def notes(self) -> tuple[tuple[str, ...], ...]:
        """For each row the names of the differences that it shows."""
        cited: tuple[dict[int, list[str]], dict[int, list[str]]] = ({}, {})
        for difference in self.differences:
            for positions, names in zip((difference.left, difference.right), cited, strict=True):
                for position in positions:
                    names.setdefault(position, []).append(difference.name)
        notes = []
        for row in self.rows:
            shown: list[str] = []
            for moment, names in zip((row.left, row.right), cited, strict=True):
                if moment is not None:  # one that faulted shares its number with the next: the note is for the first
                    shown += names.pop(moment.position, [])
            notes.append(tuple(dict.fromkeys(shown)))
        return tuple(notes)

    def _row(self, left: Moment | None, right: Moment | None) -> Row:
        names = [side.routine(moment) for side, moment in ((self.left, left), (self.right, right)) if moment]
        same = left is not None and right is not None and wording(left) == wording(right)
        return Row(" / ".join(dict.fromkeys(names)), left, right, same)


def wording(moment: Moment) -> str:
    """The instruction as its source has it, without comment and spacing; without a source, disassembled."""
    if not isinstance(moment, Step):
        return ""
    if moment.source is None:
        return moment.disassembly
    return " ".join(moment.source.text.partition("//")[0].split())


def register(step: Step, name: str) -> int:
    """A register's value before the step."""
    return step.before[_INDEX[name]]


def after(step: Step, name: str) -> int:
    """A register's value after the step."""
    return next((change.new for change in step.changes if change.name == name), register(step, name))
