"""One routine against many kernel answers: which does it take for errors, and which does the kernel mean?

Each answer is injected into the routine's first system call. What the routine made of it is seen from
its results and from the way that it went through the code (two answers that take the same way are
taken for the same thing).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from emu.cpu import FLAGS_AT_START, Stop
from emu.engine import RECORDED
from emu.loaders.call import UNWRITTEN, Call, Value
from emu.recorder import WIDTH, Recorder
from kernel_stub.cpu import CARRY, MASK64, Fault, Registers
from kernel_stub.kernel import State

NEAR = 4200  # every answer from -NEAR to NEAR
EDGE = 16  # answers at each end of the 64-bit range
RANDOM = 10_000
BUDGET = 4096  # instructions that a call may take
_RIP = RECORDED.index("rip")
_ZERO_FLAG = 0x40
_ERRNO_NAMES = ("errno", "err")


class Taken(Enum):
    """What the routine (or the kernel's own rule) takes an answer for."""

    RESULT = "result"
    ERROR = "error"
    FAULT = "fault"  # the routine ended in a fault or a fatal signal
    EXIT = "exit"  # the process exited
    ENDLESS = "endless"  # the budget was spent
    OTHER = "other"


class NothingToSweep(ValueError):
    """The routine makes no system call; the message says how it ends."""


_NO_CALL = {
    Stop.EXIT: "it returns without a system call",
    Stop.FAULT: "it faults before it makes a system call",
    Stop.LIMIT: f"it makes no system call in its first {BUDGET} instructions",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the kernel answers: RAX as a signed 64-bit number, and the carry flag (no meaning on Linux)."""

    value: int
    carry: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Answers next to each other among those tested, with one verdict of the routine and one of the kernel.

    `first` and `last` are signed; `tested` says how many answers between them were tried.
    """

    first: int
    last: int
    carry: bool
    tested: int
    routine: Taken
    kernel: Taken


@dataclass(frozen=True, slots=True)
class Crash:
    """The first fault that an answer led to, and the routine that it happened in."""

    fault: Fault
    routine: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """The ranges in order of the carry flag and the value; `matters` is False where every answer was taken
    alike though the routine can tell errors; `with_flags` then is what it takes with CF and ZF set before."""

    ranges: tuple[Range, ...]
    calls: int
    matters: bool
    with_flags: Taken | None
    crash: Crash | None = None


def answers(carries: Sequence[bool], seed: int) -> list[Answer]:
    """-4200..4200, both ends of the 64-bit range, and 10,000 random values, signed, in order."""
    low, high = -(1 << 63), (1 << 63) - 1
    values = {*range(-NEAR, NEAR + 1), *range(low, low + EDGE), *range(high - EDGE + 1, high + 1)}
    source = random.Random(seed)
    while len(values) < 2 * NEAR + 1 + 2 * EDGE + RANDOM:
        values.add(source.randint(low, high))
    return [Answer(value, carry) for carry in carries for value in sorted(values)]


@dataclass(frozen=True, slots=True)
class _Outcome:
    path: tuple[int, ...]
    taken: Taken | None  # None: the results alone don't tell


class Sweep:
    """Runs `call` once an answer, with the same arguments each time."""

    def __init__(self, call: Call, arguments: Sequence[Value]) -> None:
        self._call, self._machine = call, call.machine
        self._recorder = Recorder(BUDGET)
        self._crash: Crash | None = None
        self._kernel_state: State = self._machine.kernel.checkpoint()
        call.enter(arguments)
        self._frame = self._machine.space.copy_in(call.stack_pointer, call.frame_size)

    def run(self, tested: Iterable[Answer]) -> Report:
        """The report. Raises NothingToSweep if the routine returns without a system call."""
        tested = list(tested)
        outcomes = [self._once(answer) for answer in tested]
        verdicts = self._verdicts(outcomes)
        kernel = [self._kernel_rule(answer) for answer in tested]
        ranges = _ranges(tested, verdicts, kernel)
        alike = len(set(verdicts)) == 1 and len(set(kernel)) > 1 and self._can_tell()
        other = self._verdict_with_flags(tested[-1]) if alike else None
        return Report(ranges, len(tested), not alike, other, self._crash)

    def _can_tell(self) -> bool:
        return any(slot.name in _ERRNO_NAMES for slot in self._call.results)

    def _once(self, answer: Answer, flags: int = FLAGS_AT_START) -> _Outcome:
        machine, recorder = self._machine, self._recorder
        if machine.exited or machine.stuck:
            machine.kernel.restore(self._kernel_state)
        self._call.reenter(self._frame, flags)
        machine.kernel.inject(answer.value, error=answer.carry)
        stop = machine.run(BUDGET)
        if stop != Stop.SYSCALL:
            raise NothingToSweep(_NO_CALL[stop])
        path: list[int] = []
        while len(path) < BUDGET:
            stop = machine.record(recorder, BUDGET - len(path))
            machine.answer(stop)
            path += recorder.rows[_RIP::WIDTH].tolist()
            if stop == Stop.EXIT or machine.exited or machine.stuck:
                break
        taken = self._judge(stop, answer)
        if taken == Taken.FAULT and self._crash is None:
            placed = self._call.program.symbol_at(machine.cpu.registers.rip)
            self._crash = Crash(machine.cpu.fault, placed.symbol.name if placed else None)
        return _Outcome(tuple(path), taken)

    def _judge(self, stop: Stop, answer: Answer) -> Taken | None:
        """What the results say, None where -1 might be the answer as well as the mark of an error."""
        if stop == Stop.FAULT:
            return Taken.FAULT
        if self._machine.exited:
            return Taken.EXIT
        if stop != Stop.EXIT:
            return Taken.ENDLESS
        results = self._call.result_values()
        if not results:
            return Taken.OTHER
        first = results[0]
        ones = (1 << 8 * first.size) - 1
        if first.value is None:  # unless the answer happens to be what unwritten slots are filled with
            return None if answer.value & ones == UNWRITTEN * (ones // 0xFF) else Taken.OTHER
        passed_on = first.value == answer.value & ones
        errno = next((r.value for r in results if r.name in _ERRNO_NAMES), None)
        if errno is not None:
            if passed_on and not errno:
                return Taken.RESULT
            return Taken.ERROR if first.value == ones else Taken.OTHER
        if passed_on:
            return None if first.value == ones else Taken.RESULT
        return Taken.ERROR if first.value == ones else Taken.OTHER

    def _verdicts(self, outcomes: Sequence[_Outcome]) -> list[Taken]:
        known = {outcome.path: outcome.taken for outcome in outcomes if outcome.taken is not None}
        return [o.taken or known.get(o.path) or Taken.OTHER for o in outcomes]

    def _kernel_rule(self, answer: Answer) -> Taken:
        registers = Registers(rax=answer.value & MASK64, rflags=CARRY if answer.carry else 0)
        error = self._machine.kernel.personality.error(registers)
        return Taken.RESULT if error is None else Taken.ERROR

    def _verdict_with_flags(self, answer: Answer) -> Taken:
        """The same with carry and zero set when the routine is entered."""
        taken = self._once(answer, FLAGS_AT_START | CARRY | _ZERO_FLAG).taken
        return taken or Taken.OTHER


def _ranges(tested: Sequence[Answer], routine: Sequence[Taken], kernel: Sequence[Taken]) -> tuple[Range, ...]:
    found: list[Range] = []
    for answer, ours, theirs in zip(tested, routine, kernel, strict=True):
        last = found[-1] if found else None
        if last and (last.carry, last.routine, last.kernel) == (answer.carry, ours, theirs):
            found[-1] = Range(last.first, answer.value, answer.carry, last.tested + 1, ours, theirs)
        else:
            found.append(Range(answer.value, answer.value, answer.carry, 1, ours, theirs))
    return tuple(found)
