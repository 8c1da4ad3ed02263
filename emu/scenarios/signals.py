"""Which signals handlers were entered for, and what their frames say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emu.scenarios.failure import Failure
from emu.scenarios.patterns import in_range
from emu.scenarios.run import Outcome, Seen
from kernel_stub.events import SignalDelivered

_PLAIN = ("name", "handler", "position", "alternate_stack", "fields")


def signals(outcome: Outcome, wanted: list[str | dict[str, Any]]) -> Iterator[Failure]:
    """The deliveries in order."""
    found = [(seen, seen.event) for seen in outcome.events if isinstance(seen.event, SignalDelivered)]
    for index, item in enumerate(wanted):
        told = {"name": item} if isinstance(item, str) else item
        path = ("expect", "signals", index)
        if index >= len(found):
            yield Failure(path, f"expected signal {index + 1} to be {told['name']}, but only {len(found)} came")
            return
        seen, event = found[index]
        if event.name != told["name"]:
            message = f"expected signal {index + 1} to be {told['name']}, but it is {event.name}"
            yield Failure(path, message, seen.step)
            return
        for name, message in _differences(outcome, told, seen, event):
            yield Failure((*path, *name), f"{event.name}: {message}", seen.step)
    if len(found) > len(wanted):
        seen, event = found[len(wanted)]
        message = f"expected {len(wanted)} signals, but {event.name} came besides at {seen.position}"
        yield Failure(("expect", "signals"), message, seen.step)


def _differences(
    outcome: Outcome, told: dict[str, Any], seen: Seen, event: SignalDelivered
) -> Iterator[tuple[tuple[str, ...], str]]:
    if "handler" in told:
        placed = outcome.subject.program.symbol_at(event.action.handler)
        name = placed.symbol.name if placed else f"{event.action.handler:#x}"
        if told["handler"].replace("·", ".").removeprefix(".") not in (name, name.removeprefix(".")):
            yield ("handler",), f"expected handler {told['handler']}, but it is {name}"
    if "position" in told and not in_range(seen.position, told["position"]):
        yield ("position",), f"expected at {told['position']}, but it came at {seen.position}"
    if told.get("alternate_stack", event.on_alternate_stack) != event.on_alternate_stack:
        where = "is" if event.on_alternate_stack else "is not"
        yield ("alternate_stack",), f"its frame {where} on the alternate stack"
    fields: dict[tuple[str, ...], int | str] = {(name,): value for name, value in told.items() if name not in _PLAIN}
    fields |= {("fields", name): value for name, value in told.get("fields", {}).items()}
    for path, wanted in fields.items():
        message = _field(outcome, event, path[-1], wanted)
        if message:
            yield path, message


def _field(outcome: Outcome, event: SignalDelivered, name: str, wanted: int | str) -> str | None:
    placed = next((field for field in event.frame if field.path == name), None)
    if placed is None:
        return f"its frame has no field {name}"
    if not placed.written:
        return f"expected {name} = {wanted}, but the kernel wrote no such field"
    if isinstance(wanted, str):
        number = _number(outcome, wanted)
        if number is None:
            return f"{wanted!r} is no name of {outcome.case.system}, and no symbol"
    else:
        number = wanted
    value = placed.value
    if value == number & (1 << 8 * placed.size) - 1:
        return None
    bits = 8 * placed.size
    signed = value - (1 << bits) if value >> bits - 1 else value
    return f"expected {name} = {wanted}, but it is {signed if abs(signed) < 256 else hex(value)}"


def _number(outcome: Outcome, name: str) -> int | None:
    """A name of the system, or a symbol's address."""
    try:
        return outcome.machine.kernel.personality.resolve(name)
    except KeyError:
        pass
    try:
        return outcome.subject.program.find(name).address
    except LookupError:
        return None
