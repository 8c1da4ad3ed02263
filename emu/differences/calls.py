"""What is asked of the two kernels: numbers and their classes, names, and what comes of the calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emu.comparison import Comparison, Difference, Side
from emu.differences.crossings import PLAIN, Crossing, listed, pairs, positions
from kernel_stub.events import SyscallDone

CLASS_SHIFT = 24
# xnu: SYSCALL_CLASS_ of osfmk/mach/i386/syscall_sw.h
CLASSES = {0: "none", 1: "Mach traps", 2: "BSD calls", 3: "machine-dependent calls", 4: "diagnostics"}
_SYMBOLIC = re.compile(r"[A-Z]\w*(\|\w+)*")


def prefix(comparison: Comparison) -> Iterator[Difference]:
    """The class of the call in bits 24 to 31 of its number."""
    shown = [(a, b) for a, b in pairs(comparison) if a.number >> CLASS_SHIFT != b.number >> CLASS_SHIFT]
    if not shown:
        return
    left, right = shown[0]
    with_class, without = (right, left) if right.number > PLAIN else (left, right)
    kind = with_class.number >> CLASS_SHIFT
    yield Difference(
        "prefix",
        f"{with_class.side.name} wants the class of the call in bits 24 to 31 of RAX, above its number: "
        f"{with_class.number:#x} is class {kind} ({CLASSES.get(kind, 'unknown')}), number {with_class.plain}. "
        f"{without.side.name} has no classes: RAX is {without.number}.",
        *positions(shown, _prefixed),
    )


def _prefixed(crossing: Crossing) -> tuple[int, ...]:
    """Where a class comes into RAX, and the call."""
    return (crossing.loaded, crossing.step.position) if crossing.number > PLAIN else (crossing.step.position,)


def numbers(comparison: Comparison) -> Iterator[Difference]:
    """Calls whose numbers differ, and calls that stand in for each other."""
    left, right = comparison.left.name, comparison.right.name
    shown = [(a, b) for a, b in pairs(comparison) if a.plain != b.plain and a.call.name == b.call.name]
    if shown:
        texts = dict.fromkeys(f"{a.call.name} is {a.plain} on {left} and {b.plain} on {right}" for a, b in shown)
        yield Difference(
            "number", f"The kernels number their calls differently: {listed(list(texts))}.", *positions(shown, _where)
        )
    other = [(a, b) for a, b in pairs(comparison) if a.call.name != b.call.name]
    if other:
        texts = dict.fromkeys(
            f"{left} is asked for {a.call.name} ({a.plain}) and {right} for {b.call.name} ({b.plain})" for a, b in other
        )
        yield Difference("other call", f"In the same place {listed(list(texts))}.", *positions(other, _where))


def unsimulated(comparison: Comparison) -> Iterator[Difference]:
    """Calls that the simulated kernel refuses and the real one wouldn't."""
    sides = (comparison.left, comparison.right)
    calls = [dict(_refused(side)) for side in sides]
    texts = [
        f"{listed(list(dict.fromkeys(found.values())))} on {side.name}"
        for side, found in zip(sides, calls, strict=True)
        if found
    ]
    if texts:
        yield Difference(
            "not simulated",
            f"Not simulated: {', '.join(texts)}. What the real kernel would answer, and do next, is not shown.",
            tuple(calls[0]),
            tuple(calls[1]),
        )


def _refused(side: Side) -> Iterator[tuple[int, str]]:
    for position, event in side.events:
        if isinstance(event, SyscallDone) and not event.simulated:
            yield position, event.name


def names(comparison: Comparison) -> Iterator[Difference]:
    """Names that stand for another number on each system: signals, flags, commands."""
    passed = comparison.left.passed, comparison.right.passed
    known = {
        (a.number, b.number): typed
        for typed, a, b in zip(comparison.typed, *passed, strict=False)
        if a.slot.name != "trap" and isinstance(a.given, int) and a.number != b.number
    }
    shown = []
    for mine, theirs in pairs(comparison):
        for a, b in zip(mine.call.arguments, theirs.call.arguments, strict=False):
            if a.raw != b.raw and a.text is not None and a.text == b.text and _SYMBOLIC.fullmatch(a.text):
                shown.append((mine, theirs))
                known.setdefault((a.raw, b.raw), a.text)
    if known:
        left, right = comparison.left.name, comparison.right.name
        texts = [f"{name} is {a} on {left} and {b} on {right}" for (a, b), name in known.items()]
        yield Difference("names", f"{listed(texts)}.", *positions(shown, _where))


def errnos(comparison: Comparison) -> Iterator[Difference]:
    """One error under two numbers."""
    left, right = comparison.left.name, comparison.right.name
    shown = []
    texts: dict[str, None] = {}
    for mine, theirs in pairs(comparison):
        a, b = mine.call.result, theirs.call.result
        if a.name and a.name == b.name and a.error != b.error:
            shown.append((mine, theirs))
            texts[f"{a.name} is {a.error} on {left} and {b.error} on {right}"] = None
    if texts:
        yield Difference("errno", f"{listed(list(texts))}.", *positions(shown, _where))


def outcomes(comparison: Comparison) -> Iterator[Difference]:
    """Calls that succeed on one side only, or fail in different ways."""
    shown = []
    for left, right in pairs(comparison):
        simulated = left.call.simulated and right.call.simulated
        if simulated and left.call.result.name != right.call.result.name:
            shown.append((left, right))
    texts = dict.fromkeys(
        f"{a.call.name} = {a.call.result.text} on {a.side.name}, but {b.call.result.text} on {b.side.name}"
        for a, b in shown
    )
    if texts:
        yield Difference("outcome", f"{listed(list(texts))}.", *positions(shown, _where))


def _where(crossing: Crossing) -> tuple[int, ...]:
    return (crossing.step.position,)
