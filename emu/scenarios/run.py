"""One case, run: everything that expectations look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from emu.events import Ended, Interlude, Step
from emu.loaders.call import Call, Result
from emu.ram import PAGE
from emu.scenarios.load import Subject, load
from emu.scenarios.plant import FileState, snapshot
from emu.scenarios.read import Case
from emu.scenarios.script import ScriptedMachine
from emu.stepper import Stepper
from kernel_stub import streams
from kernel_stub.cpu import NAMES, BadAddress, Protection
from kernel_stub.events import Event

LIMIT = 100_000  # instructions


class Seen(NamedTuple):
    """An event, the position that it belongs to (instructions retired before), and its step's index."""

    event: Event
    position: int
    step: int


class Block(NamedTuple):
    """Memory as it was at the start."""

    address: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case did. `before` are the registers at the start by name, `blocks` the writable memory then,
    `files` all files by their paths; the machine is as the run left it."""

    case: Case
    machine: ScriptedMachine
    subject: Subject
    stepper: Stepper
    steps: tuple[Step | Interlude, ...]
    before: dict[str, int]
    blocks: tuple[Block, ...]
    files: Mapping[bytes, FileState]

    @property
    def ended(self) -> Ended:
        """How the run ended."""
        assert self.stepper.ended is not None
        return self.stepper.ended

    @property
    def after(self) -> dict[str, int]:
        """The registers at the end, by name."""
        return _by_name(self.machine)

    @property
    def events(self) -> Iterator[Seen]:
        """Every event, in order."""
        for index, step in enumerate(self.steps):
            yield from (Seen(event, step.position, index) for event in step.events)

    @property
    def results(self) -> list[Result]:
        """The routine's results; none of a program, and none if the routine took its own stack away."""
        try:
            return self.subject.result_values()
        except BadAddress:
            return []

    def memory(self, address: int, size: int) -> bytes | None:
        """Memory at the end, or None where the run took it away."""
        try:
            return self.machine.space.copy_in(address, size)
        except BadAddress:
            return None

    def written(self, fd: int) -> bytes:
        """What was written to descriptor 1 or 2 (through whichever copy of it)."""
        return b"".join(data for number, data in self.machine.kernel.terminal.output if number == fd)


def run(case: Case) -> Outcome:
    """Loads the case and runs it to its end. Raises ScenarioError."""
    machine, subject = load(case)
    streams.separate(machine.kernel)
    before = _by_name(machine)
    blocks = tuple(_blocks(machine)) if isinstance(subject, Call) else ()
    files = snapshot(machine.kernel.filesystem)
    stepper = Stepper(machine, subject.program)
    steps = []
    for step in stepper.steps(case.keys.get("limit", LIMIT)):
        steps.append(step)
        if isinstance(step, Step):
            for access in step.writes:
                subject.saw_write(access.address)
    return Outcome(case, machine, subject, stepper, tuple(steps), before, blocks, files)


def _by_name(machine: ScriptedMachine) -> dict[str, int]:
    return dict(zip(NAMES, machine.cpu.registers.values, strict=True))


def _blocks(machine: ScriptedMachine) -> Iterator[Block]:
    """The writable memory of a routine: all its pages are there from the start."""
    for region in machine.kernel.process.space.regions:
        if region.protection & Protection.WRITE:
            yield Block(region.start, machine.space.copy_in(region.start, region.end - region.start))


def changed(outcome: Outcome) -> Sequence[tuple[int, int]]:
    """Addresses of `blocks` that hold something else now, as ranges [start, end)."""
    found: list[tuple[int, int]] = []
    for block in outcome.blocks:
        now = outcome.memory(block.address, len(block.data))
        if now == block.data:
            continue
        if now is None:
            found.append((block.address, block.address + len(block.data)))
            continue
        for page in range(0, len(now), PAGE):
            if now[page : page + PAGE] != block.data[page : page + PAGE]:
                found += _different(block.address + page, block.data[page : page + PAGE], now[page : page + PAGE])
    return found


def _different(start: int, old: bytes, new: bytes) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for address, (before, after) in enumerate(zip(old, new, strict=True), start):
        if before == after:
            continue
        if found and found[-1][1] == address:
            found[-1] = (found[-1][0], address + 1)
        else:
            found.append((address, address + 1))
    return found
