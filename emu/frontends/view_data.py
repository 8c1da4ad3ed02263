"""A run as the data of the stepper view: the lines of jsonl.py in compressed chunks, and what goes with them.

A chunk's text is one line of JSON, its checkpoint, and then the trace's own lines. The checkpoint has the state
before the chunk's first line (`registers`, the `process` that runs, and of each of the `processes` its `pid`, its
`words`, or whose it `shares`, and its `frames`), `names` of words, `after` (what the kernel changed
between an instruction and the next: registers, memory), and `notes` (why a jump jumps), both by index of the line.
The log has the events of all lines as lists: index of the line, position, kind, text.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from emu.annotate import Labels
from emu.engine import RECORDED
from emu.errors import UserError
from emu.events import Ending, Interlude, Step
from emu.explain import Explainer
from emu.frontends import jsonl
from emu.frontends.view_head import fixed, outcome
from emu.frontends.view_listing import Listing
from emu.frontends.view_memory import WORD, KnownMemory, read
from emu.frontends.view_process import KnownProcess, checkpoints
from emu.frontends.wording import plan9_register
from emu.ram import PAGE
from kernel_stub.events import Event, ProcessCreated, ProcessExited, ProcessSwitched

if TYPE_CHECKING:
    from emu.start import Subject
    from emu.stepper import Stepper

LINES = 256  # of a chunk
BELOW, ABOVE = 8 * WORD, 48 * WORD  # what the view shows around the stack pointer
FIRST_STACK = 1024  # bytes that are read before the first step
MOST_PAGES = 16  # of stack, looked through for what the kernel wrote
_RSP = RECORDED.index("rsp")


def pack(text: str) -> str:
    """Text for a page: UTF-8, gzip, base64. The same text gives the same letters."""
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode("ascii")


def unpack(letters: str) -> str:
    """What was packed."""
    return gzip.decompress(base64.b64decode(letters)).decode()


class Recording:
    """Runs a subject and keeps the run: `chunks` and `log`, packed, and `head`, plain.

    At most `limit` instructions; unless more may follow (`growing`), that ends the recording. One that grows has
    its end line only when the run itself has ended, and `extend` runs it further till then: the last chunk is
    replaced while it fills, others follow, `log` and `head` are made anew.
    """

    def __init__(
        self, call: Subject, stepper: Stepper, limit: int, title: str, typed: str, *, growing: bool = False
    ) -> None:
        self.chunks: list[str] = []
        self.ended = False
        self._growing = growing
        self._call, self._stepper = call, stepper
        self._explainer = Explainer(plan9_register)
        self._names = Labels(call.program, call.labels.ranges)  # without frames: the view names those itself
        self._registers: tuple[int, ...] | None = None  # as the view has them after the last line
        self._process = call.machine.kernel.process.pid  # that runs
        self._processes = {self._process: KnownProcess(KnownMemory(), [])}
        self._gone: set[int] = set()
        self._pages: dict[int, None] = {}  # of the stack, the newest last
        self._events: list[list[Any]] = []
        self._full = 0  # chunks
        self._total = 0  # lines
        self._position = call.machine.position
        pointer = call.machine.cpu.registers.rsp
        self._memory.store(pointer, read(call.machine, pointer, FIRST_STACK))
        self._begin()
        self._listing = Listing(call.program, stepper.disassembler)
        said = {"title": title, "command": typed, "size": LINES, "files": self._listing.files}
        self._fixed = {**said, **fixed(call)}
        self.extend(limit)

    def extend(self, budget: int) -> None:
        """Runs at most `budget` instructions further, unless the run has ended.

        The machine stands behind the last recorded line then. Raises UserError if it no longer did before."""
        machine = self._call.machine
        if not self.ended:
            if machine.position != self._position:
                raise UserError(
                    f"the machine was run from position {self._position} to {machine.position} by other means, and "
                    "nobody recorded that: make a new view"
                )
            self._run(budget)
            self._position = machine.position
        self.log = pack(json.dumps(self._events))
        self.head = self._head()

    # The run ------------------------------------------------------------------------------------------

    def _run(self, budget: int) -> None:
        seen: list[Step | Interlude] = []

        def watched() -> Iterator[Step | Interlude]:
            for step in self._stepper.steps(budget):
                seen.append(step)
                yield step

        for line in jsonl.lines(self._call, self._stepper, watched()):
            step = seen.pop() if seen else None
            if step is None:
                self.ended = not self._growing or not self._paused()
                if not self.ended:
                    break
            if isinstance(step, Step):
                self._synchronise(step.before)
            if len(self._lines) == LINES:
                self._close()
            if step is not None:
                self._take(step, json.loads(line))
            self._lines.append(line)
            self._total += 1
        if self._lines and not self.ended:
            self._synchronise(self._stepper.registers)
        self._keep()

    def _paused(self) -> bool:
        """Whether the run itself goes on."""
        ended = self._stepper.ended
        return ended is None or ended.ending == Ending.BUDGET

    def _begin(self) -> None:
        """A new chunk begins with the state as it is."""
        self._lines: list[str] = []
        self._after: dict[int, dict[str, Any]] = {}
        self._notes: dict[int, list[str]] = {}
        self._window: set[int] = set()
        if self._registers is not None:
            self._look_at(self._registers[_RSP])
        self._start = self._registers
        for pid in self._gone - {self._process}:
            self._processes.pop(pid, None)
        for known in self._processes.values():
            known.mark()
        self._start_process, self._start_processes = self._process, dict(self._processes)

    def _synchronise(self, before: tuple[int, ...]) -> None:
        """What the kernel changed since the last line, told by the registers that the next step starts from."""
        if self._registers is None:
            self._start = before
        elif self._registers != before:
            index = len(self._lines) - 1
            changed = {
                name: hex(new)
                for name, old, new in zip(RECORDED, self._registers, before, strict=True)
                if old != new and name != "rip"
            }
            if changed:
                self._after.setdefault(index, {})["registers"] = changed
        self._registers = before
        self._look_at(before[_RSP])

    def _take(self, step: Step | Interlude, line: dict[str, Any]) -> None:
        """Keeps up with a line: registers, memory, frames, events."""
        index = len(self._lines)
        if isinstance(step, Step):
            self._instruction(step, index)
        for event, told in zip(step.events, line["events"], strict=True):
            self._events.append([self._total, step.position, told["kind"], told["text"]])
            self._processes[self._process].take(event, told)
            self._follow(event)
        if step.events and self._call.machine.kernel.process.pid == self._process:  # else a switch is still to be told
            self._look_at(self._call.machine.cpu.registers.rsp)
            changed = [[hex(a), data.hex()] for a, data in self._memory.differing(self._call.machine, self._pages)]
            if changed:
                self._after.setdefault(index, {})["memory"] = changed

    @property
    def _memory(self) -> KnownMemory:
        """Of the process that runs."""
        return self._processes[self._process].memory

    def _follow(self, event: Event) -> None:
        """Processes come, run in turn, and go."""
        if isinstance(event, ProcessCreated):
            self._processes[event.pid] = self._processes[event.parent].child(event.shares_memory)
        elif isinstance(event, ProcessSwitched):
            self._process = event.new
        elif isinstance(event, ProcessExited):
            self._gone.add(event.pid)

    def _instruction(self, step: Step, index: int) -> None:
        self._process = step.process
        changes = {change.name: change.new for change in step.changes}
        self._registers = tuple(changes.get(name, old) for name, old in zip(RECORDED, step.before, strict=True))
        self._look_at(self._registers[_RSP])
        for access in (*step.reads, *step.writes):
            self._memory.store(access.address, access.data)
        self._listing.saw(step)
        if step.retired:
            instruction = self._stepper.disassembler.decode(step.address, step.code)
            if notes := self._explainer.lines(step, instruction):
                self._notes[index] = notes

    def _look_at(self, pointer: int) -> None:
        """The view will show what lies around this stack pointer."""
        if pointer in self._window:
            return
        self._window.add(pointer)
        for page in range((pointer - BELOW) & -PAGE, pointer + ABOVE, PAGE):
            self._pages.pop(page, None)
            self._pages[page] = None
        for page in list(self._pages)[:-MOST_PAGES]:
            del self._pages[page]

    def _close(self) -> None:
        """The chunk is full."""
        self._keep()
        self._full += 1
        self._begin()

    def _keep(self) -> None:
        """Packs the chunk as far as it goes, with its checkpoint."""
        starts = sorted(
            {
                start
                for pointer in self._window
                for start in range(max(0, (pointer - BELOW) & -WORD), pointer + ABOVE, WORD)
            }
        )
        checkpoint = {
            "registers": {n: hex(v) for n, v in zip(RECORDED, self._start or (), strict=False) if n != "rip"},
            "process": self._start_process,
            "processes": checkpoints(self._start_processes, starts),
            "names": {hex(start): name for start in starts if (name := self._name(start))},
            "after": self._after,
            "notes": self._notes,
        }
        self.chunks[self._full :] = [pack("\n".join((json.dumps(checkpoint), *self._lines)))]

    def _name(self, start: int) -> str | None:
        """The names in a word: two where two slots share it."""
        first, second = self._names.name(start), self._names.name(start + WORD // 2)
        if second is None or second == f"{first}+{WORD // 2}" or (first or "").partition("+")[0] in second:
            return first
        return f"{first}, {second}" if first else second

    def _head(self) -> dict[str, Any]:
        return {
            **self._fixed,
            **outcome(self._call, self._stepper.ended if self.ended else None),
            "total": self._total,
            "code": self._listing.code(),
        }
