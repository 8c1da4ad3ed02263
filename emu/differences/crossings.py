"""System calls of two runs that answer to each other, and what the routines do with the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from emu.alignment import Moment, is_conditional
from emu.comparison import Comparison, Side, register, wording
from emu.disassembler import Instruction
from emu.events import Step
from kernel_stub.events import SignalDelivered, SignalReturned, SyscallDone, SyscallInterrupted

PLAIN = 0xFFFFFF  # a call's number without its class
CARRY_JUMPS = frozenset(("jae", "jb"))
_ENDS = frozenset(("syscall", "ret", "call"))
MOST_NAMED = 4  # in one sentence


@dataclass(frozen=True, slots=True)
class Crossing:
    """A system call of one run: its step, and the call, and the index of that moment in the run."""

    side: Side
    step: Step
    call: SyscallDone
    index: int

    @property
    def number(self) -> int:
        """The number with its class, as RAX had it."""
        return register(self.step, "rax") & 0xFFFFFFFF

    @property
    def plain(self) -> int:
        """The number without its class."""
        return self.number & PLAIN

    @property
    def loaded(self) -> int:
        """The position of the last instruction that changed RAX before the call."""
        for index in range(self.index - 1, -1, -1):
            moment = self.side.moments[index]
            if isinstance(moment, Step) and any(change.name == "rax" for change in moment.changes):
                return moment.position
        return self.step.position

    @property
    def tail(self) -> Iterator[tuple[Step, Instruction]]:
        """What follows up to the next call, return or trap; handlers that run before that are left out."""
        for index in range(self._behind, len(self.side.moments)):
            moment = self.side.moments[index]
            if not isinstance(moment, Step):
                continue
            instruction = self.side.instruction(moment)
            if instruction.mnemonic in _ENDS:
                return
            yield moment, instruction

    @property
    def went_on(self) -> bool:
        """Whether the run had instructions after the call."""
        return self._behind < len(self.side.moments)

    @property
    def _behind(self) -> int:
        """The index of the first moment after the call and the handlers that it was followed by."""
        moments, entered = self.side.moments, 0
        for index in range(self.index, len(moments)):
            for event in moments[index].events:
                entered += isinstance(event, SignalDelivered) - isinstance(event, SignalReturned)
            if entered <= 0:
                return index + 1
        return len(moments)


@dataclass(frozen=True, slots=True)
class ErrorTest:
    """How a routine looks at the answer: a jump, and the compare of RAX before it if there is one."""

    jump: Step
    mnemonic: str
    compare: Step | None
    limit: int | None  # what RAX is compared with, if that is a constant

    @property
    def positions(self) -> tuple[int, ...]:
        """Where."""
        return tuple(step.position for step in (self.compare, self.jump) if step)

    @property
    def text(self) -> str:
        """How, as the end of a sentence about the routine."""
        names = ", ".join(operation(step) for step in (self.compare, self.jump) if step)
        if self.compare is None:
            looks = "looks at the carry flag alone" if self.mnemonic in CARRY_JUMPS else "looks at flags as they are"
            return f"{looks} ({names})"
        if self.limit is not None and self.mnemonic in ("jbe", "ja"):
            signed = self.limit - (1 << 64)
            return f"compares RAX with {signed} without sign, so that {signed + 1}..-1 are errors ({names})"
        return f"compares RAX ({names})"


def pairs(comparison: Comparison) -> list[tuple[Crossing, Crossing]]:
    """The system calls that answer to each other."""
    found = []
    indices = [0, 0]
    for row in comparison.rows:
        left = _crossing(comparison.left, row.left, indices[0])
        right = _crossing(comparison.right, row.right, indices[1])
        if left and right:
            found.append((left, right))
        indices[0] += row.left is not None
        indices[1] += row.right is not None
    return found


def _crossing(side: Side, moment: Moment | None, index: int) -> Crossing | None:
    if not isinstance(moment, Step):
        return None
    call = next((event for event in moment.events if isinstance(event, SyscallDone)), None)
    return Crossing(side, moment, _answered(side, moment, call), index) if call else None


def _answered(side: Side, step: Step, call: SyscallDone) -> SyscallDone:
    """The call, with the answer that it got when it was clear that it would not be made again."""
    ends = (event for event in step.events if isinstance(event, SyscallInterrupted) and event.name == call.name)
    cut, row = next(ends, None), side.personality.errnos["EINTR"]
    if call.result.restart is None or cut is None:
        return call
    answer = call.result._replace(
        rax=cut.rax, carry=cut.carry, carry_tells=side.personality.carry_tells, error=row.number, row=row,
        returned=True, restart=None,
    )  # fmt: skip
    return call._replace(result=answer)


def error_test(crossing: Crossing) -> ErrorTest | None:
    """The first conditional jump behind a call."""
    compare, limit = None, None
    for step, instruction in crossing.tail:
        if is_conditional(instruction.mnemonic):
            return ErrorTest(step, instruction.mnemonic, compare, limit)
        operands = instruction.operands
        if instruction.mnemonic == "cmp" and operands[0].register in ("rax", "eax"):
            compare, limit = step, operands[1].immediate
    return None


Pairs = Sequence[tuple[Crossing, Crossing]]


def positions(
    shown: Pairs, where: Callable[[Crossing], Iterable[int]]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What `where` gives for the left and for the right crossings, each position once."""
    left = dict.fromkeys(position for crossing, _ in shown for position in where(crossing))
    right = dict.fromkeys(position for _, crossing in shown for position in where(crossing))
    return tuple(left), tuple(right)


def listed(texts: Sequence[str]) -> str:
    """`a; b; c`, cut after MOST_NAMED."""
    more = [f"and {len(texts) - MOST_NAMED} more"] if len(texts) > MOST_NAMED else []
    return "; ".join([*texts[:MOST_NAMED], *more])


def operation(step: Step) -> str:
    """The instruction's name as its source spells it."""
    return wording(step).partition(" ")[0]
