"""Which memory a routine changed, and what its buffers hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from emu.events import Step
from emu.frontends.wording import quoted
from emu.loaders.call import BUFFERS, Buffer, Call, Passed
from emu.scenarios.failure import Failure
from emu.scenarios.run import Outcome, changed

_RANGE = re.compile(r"(0x[0-9a-fA-F]+|\d+)(?:\+(\d+|0x[0-9a-fA-F]+))?")
Range = tuple[int, int]  # [start, end)


def writes(outcome: Outcome, wanted: list[str]) -> Iterator[Failure]:
    """Nothing is written but result slots, what lies below the stack pointer, and what is listed."""
    call = outcome.subject
    assert isinstance(call, Call)
    stack = [block.address for block in outcome.blocks if block.address <= call.stack_pointer]
    allowed: list[Range] = [(max(stack), call.stack_pointer)]
    allowed += [(start, start + slot.size) for slot in call.results if (start := call.stack_pointer + 8 + slot.offset)]
    for index, text in enumerate(wanted):
        found = _place(call, text)
        if found is None:
            message = f"{text!r} is no buffer, no data symbol and no range such as 0x402000+16"
            yield Failure(("expect", "writes", index), message)
            return
        allowed.append(found)
    for index, step in enumerate(outcome.steps):
        for access in step.writes if isinstance(step, Step) else ():
            outside = _outside((access.address, access.address + len(access.data)), allowed)
            if outside is not None:
                yield Failure(("expect", "writes"), f"position {step.position} writes {_named(call, outside)}", index)
                return
    for area in changed(outcome):
        outside = _outside(area, allowed)
        if outside is not None:
            yield Failure(("expect", "writes"), f"{_named(call, outside)} has changed")
            return


def _outside(area: Range, allowed: Sequence[Range]) -> int | None:
    """The first address of an area that no range holds."""
    at, end = area
    while at < end:
        reach = max((stop for start, stop in allowed if start <= at < stop), default=None)
        if reach is None:
            return at
        at = reach
    return None


def _named(call: Call, address: int) -> str:
    name = call.labels.name(address)
    return f"{name} ({address:#x})" if name else f"{address:#x}"


def _place(call: Call, text: str) -> Range | None:
    passed = next((passed for passed in call.passed if passed.slot.name == text), None)
    if passed is not None:
        size = _size(passed)
        return None if size is None else (passed.number, passed.number + size)
    found = _RANGE.fullmatch(text)
    if found is not None:
        start = int(found[1], 0)
        return start, start + int(found[2] or "1", 0)
    try:
        placed = call.program.find(text)
    except LookupError:
        return None
    return placed.address, placed.address + placed.symbol.size


def _size(passed: Passed) -> int | None:
    given = passed.given
    return given.size if isinstance(given, Buffer) else len(given) + 1 if isinstance(given, bytes) else None


def memory(outcome: Outcome, wanted: dict[str, str]) -> Iterator[Failure]:
    """What arguments' buffers begin with."""
    call = outcome.subject
    assert isinstance(call, Call)
    for name, text in wanted.items():
        path = ("expect", "memory", name)
        passed = next((passed for passed in call.passed if passed.slot.name == name), None)
        size = None if passed is None else _size(passed)
        if passed is None or size is None or passed.number < BUFFERS:
            yield Failure(path, f"no argument {name} points to a buffer or a string")
            continue
        data = text.encode()
        found = outcome.memory(passed.number, min(size, len(data)))
        if found is None:
            yield Failure(path, f"what {name} points to is not mapped any more")
        elif found != data:
            yield Failure(path, f"expected {quoted(data)} behind {name}, but there is {quoted(found)}")
