"""How the two kernels answer, and how the routines read it: carry flag, compare, negation, second result."""

from __future__ import annotations

from collections.abc import Iterator

from emu.comparison import Comparison, Difference, after, register
from emu.differences.crossings import CARRY_JUMPS, Crossing, ErrorTest, error_test, pairs, positions
from kernel_stub.events import ProcessCreated


def carry(comparison: Comparison) -> Iterator[Difference]:
    """An answer whose success or failure the carry flag tells."""
    shown = [pair for pair in pairs(comparison) if _told_by_carry(pair[0]) != _told_by_carry(pair[1])]
    if not shown:
        return
    left, right = next((pair for pair in shown if any(c.call.result.error for c in pair)), shown[0])
    teller, other = (left, right) if _told_by_carry(left) else (right, left)
    failed = teller.call.result.error is not None
    yield Difference(
        "carry flag",
        f"{teller.side.name}'s kernel {'sets' if failed else 'clears'} the carry flag to say that {teller.call.name} "
        f"{'failed' if failed else 'succeeded'}; {other.side.name}'s leaves the flags as they were, and the value in "
        "RAX alone says it.",
        *positions(shown, lambda crossing: (crossing.step.position,)),
    )


def _told_by_carry(crossing: Crossing) -> bool:
    """Whether the carry flag is part of the answer: set with an error, or what the routine looks at."""
    result, test = crossing.call.result, error_test(crossing)
    return result.carry if result.error is not None else bool(
        test and test.compare is None and test.mnemonic in CARRY_JUMPS and not result.carry
    )


def tests(comparison: Comparison) -> Iterator[Difference]:
    """How the routines tell errors from results."""
    shown: dict[tuple[str, str], list[tuple[ErrorTest | None, ErrorTest | None]]] = {}
    for left, right in pairs(comparison):
        mine, theirs = error_test(left), error_test(right)
        both_ran = left.went_on and right.went_on  # else nothing can be said about what would have followed
        if both_ran and _told(mine) != _told(theirs):
            shown.setdefault((_told(mine), _told(theirs)), []).append((mine, theirs))
    for (mine_text, theirs_text), both in shown.items():
        yield Difference(
            "error test",
            f"{comparison.left.name}'s routine {mine_text}; {comparison.right.name}'s {theirs_text}.",
            tuple(dict.fromkeys(position for test, _ in both if test for position in test.positions)),
            tuple(dict.fromkeys(position for _, test in both if test for position in test.positions)),
        )


def _told(test: ErrorTest | None) -> str:
    return test.text if test else "doesn't look at the answer"


def negation(comparison: Comparison) -> Iterator[Difference]:
    """An errno that comes negated on one side."""
    for left, right in pairs(comparison):
        answers = [c.call.result for c in (left, right)]
        if None in (answers[0].error, answers[1].error) or _negated(left) == _negated(right):
            continue
        turned, plain = (left, right) if _negated(left) else (right, left)
        error = turned.call.result.error
        name = turned.call.result.name or f"errno {error}"
        negs = [step.position for step, i in turned.tail if i.mnemonic == "neg" and i.operands[0].register == "rax"]
        does = "the routine turns it round (NEGQ)" if negs else "the routine leaves it so"
        yield Difference(
            "negation",
            f"{turned.side.name} answers {name} as -{error}, and {does}; {plain.side.name} answers "
            f"{plain.call.result.error} as it is, so there is nothing to negate.",
            (left.step.position, *(negs if turned is left else ())),
            (right.step.position, *(negs if turned is right else ())),
        )
        return


def _negated(crossing: Crossing) -> bool:
    result = crossing.call.result
    return result.error is not None and result.rax == -result.error & (1 << 64) - 1


def second_result(comparison: Comparison) -> Iterator[Difference]:
    """RDX written by one kernel and kept by the other."""
    shown = [(a, b) for a, b in pairs(comparison) if _writes_rdx(a) != _writes_rdx(b)]
    if not shown:
        return
    left, right = shown[0]
    writer, keeper = (left, right) if _writes_rdx(left) else (right, left)
    yield Difference(
        "RDX",
        f"{writer.side.name}'s kernel answers in two registers: {writer.call.name} left {after(writer.step, 'rdx'):#x} "
        f"in RDX, where {register(writer.step, 'rdx'):#x} was; {keeper.side.name} has no second result, and RDX keeps "
        f"{register(keeper.step, 'rdx'):#x}.",
        *positions(shown, lambda crossing: (crossing.step.position,)),
    )


def children(comparison: Comparison) -> Iterator[Difference]:
    """Where a new process and its parent find which of them they are."""
    for left, right in pairs(comparison):
        told = [_tells_child(crossing) for crossing in (left, right)]
        if None not in told and told[0] != told[1]:
            yield Difference(
                "child",
                f"{left.call.name} on {left.side.name}: {told[0]}. {right.call.name} on {right.side.name}: {told[1]}.",
                (left.step.position,),
                (right.step.position,),
            )
            return


def _tells_child(crossing: Crossing) -> str | None:
    """Which register is another one in the child, of those that answer a call; None if no process was made."""
    made = next((event for event in crossing.step.events if isinstance(event, ProcessCreated)), None)
    if made is None:
        return None
    result = crossing.call.result
    if made.registers.rax != result.rax:
        return f"RAX is {made.registers.rax} in the child, and the child's id in the parent"
    return f"RAX is the child's id in both, and RDX {made.registers.rdx} in the child and {result.rdx} in the parent"


def _writes_rdx(crossing: Crossing) -> bool:
    return any(change.name == "rdx" for change in crossing.step.changes)
