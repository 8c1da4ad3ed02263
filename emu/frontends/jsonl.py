"""A trace as JSON lines: one object an instruction, the last line how it ended.

The schema is `SCHEMA` (JSON Schema 2020-12); numbers that a register or memory may hold are strings of
hexadecimal digits (`"0x63"`), so that no reader rounds them. Lines are ASCII: other letters are escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from emu.events import Ended, Ending, Interlude, MemoryAccess, Step
from emu.frontends.event_json import EVENT_SCHEMA, HEX, NAME, TEXT, event_object, object_schema
from emu.frontends.excerpt import WHOLE, Excerpt
from emu.loaders.call import Call
from emu.stepper import Stepper
from kernel_stub.cpu import Fault

if TYPE_CHECKING:
    from emu.loaders.process import Process

_SOURCE = {"anyOf": [{"type": "null"}, object_schema({"file": TEXT, "line": {"type": "integer"}, "text": TEXT})]}
_ACCESSES = {
    "type": "array",
    "items": object_schema({"address": HEX, "size": {"type": "integer", "minimum": 1}, "value": HEX, "name": NAME}),
}
_EVENTS = {"type": "array", "items": EVENT_SCHEMA}
_FAULT = {
    "anyOf": [
        {"type": "null"},
        object_schema({"vector": {"type": "integer"}, "error_code": HEX, "address": HEX}),
    ]
}
STEP_SCHEMA = object_schema(
    {
        "position": {"type": "integer", "minimum": 0},
        "process": {"type": "integer"},
        "thread": {"type": "integer"},
        "address": HEX,
        "bytes": {"type": "string", "pattern": "^([0-9a-f]{2})*$"},
        "source": _SOURCE,
        "disassembly": TEXT,
        "retired": {"type": "boolean"},
        "fault": _FAULT,
        "registers": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": HEX, "minItems": 2, "maxItems": 2},
        },
        "reads": _ACCESSES,
        "writes": _ACCESSES,
        "events": _EVENTS,
    }
)
END_SCHEMA = object_schema(
    {
        "result": {"type": "object", "additionalProperties": {"anyOf": [HEX, {"type": "null"}]}},
        "exit": object_schema(
            {
                "reason": {"enum": [ending.value for ending in Ending]},
                "position": {"type": "integer"},
                "address": HEX,
                "source": _SOURCE,
                "code": {"type": ["integer", "null"]},
                "signal": NAME,
                "fault": _FAULT,
            }
        ),
    }
)
INTERLUDE_SCHEMA = object_schema({"position": {"type": "integer", "minimum": 0}, "events": _EVENTS})
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A line of `ringside trace --format jsonl`",
    "anyOf": [STEP_SCHEMA, INTERLUDE_SCHEMA, END_SCHEMA],
}


def lines(
    call: Call | Process, stepper: Stepper, steps: Iterator[Step | Interlude], excerpt: Excerpt = WHOLE
) -> Iterator[str]:
    """The run's lines, without newlines: those of the excerpt, and the last one. An instruction of which only the
    events are asked for is written as an interlude, and left out if it has none."""
    for step in steps:
        inside = excerpt.holds(step.position)
        if isinstance(step, Step):
            for access in step.writes:
                call.saw_write(access.address)
        if inside and isinstance(step, Step) and not excerpt.events:
            yield json.dumps(step_object(call, step))
        elif inside and step.events:
            events = [event_object(event) for event in step.events]
            yield json.dumps({"position": step.position, "events": events})
        for event in step.events:
            call.labels.saw(event)
    assert stepper.ended is not None
    yield json.dumps(end_object(call, stepper.ended))


def step_object(call: Call | Process, step: Step) -> dict[str, Any]:
    """An instruction by STEP_SCHEMA."""
    return {
        "position": step.position,
        "process": step.process,
        "thread": step.thread,
        "address": hex(step.address),
        "bytes": step.code.hex(),
        "source": _source(step),
        "disassembly": step.disassembly,
        "retired": step.retired,
        "fault": _fault(step.fault),
        "registers": {change.name: [hex(change.old), hex(change.new)] for change in step.changes},
        "reads": [_access(call, access) for access in step.reads],
        "writes": [_access(call, access) for access in step.writes],
        "events": [event_object(event) for event in step.events],
    }


def end_object(call: Call | Process, ended: Ended) -> dict[str, Any]:
    """The end of a run by END_SCHEMA. The machine must still be as the run left it."""
    returned = ended.ending == Ending.RETURNED
    results = call.result_values() if returned else []
    fault, status = ended.fault, ended.status
    return {
        "result": {r.name: None if r.value is None else hex(r.value) for r in results},
        "exit": {
            "reason": ended.ending.value,
            "position": ended.position,
            "address": hex(ended.address),
            "source": _source(ended),
            "code": status.code if status else None,
            "signal": status.signal if status else None,
            "fault": _fault(fault),
        },
    }


def _fault(fault: Fault | None) -> dict[str, Any] | None:
    if fault is None:
        return None
    return {"vector": fault.vector, "error_code": hex(fault.error_code), "address": hex(fault.address)}


def _source(where: Step | Ended) -> dict[str, Any] | None:
    source = where.source
    return {"file": source.file, "line": source.line, "text": source.text} if source else None


def _access(call: Call | Process, access: MemoryAccess) -> dict[str, Any]:
    return {
        "address": hex(access.address),
        "size": len(access.data),
        "value": hex(access.value),
        "name": call.labels.name(access.address),
    }
