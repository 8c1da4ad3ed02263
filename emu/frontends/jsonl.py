"""A trace as JSON lines: one object an instruction, the last line how it ended.

The schema is `SCHEMA` (JSON Schema 2020-12); numbers that a register or memory may hold are strings of
hexadecimal digits (`"0x63"`), so that no reader rounds them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from emu.events import Ended, Ending, MemoryAccess, Step
from emu.loaders.call import Call
from emu.stepper import Stepper
from kernel_stub.events import Event, ProcessExited, SignalPosted, SyscallDone

_HEX = {"type": "string", "pattern": "^0x[0-9a-f]+$"}
_TEXT = {"type": "string"}
_NAME = {"type": ["string", "null"]}


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_SOURCE = {"anyOf": [{"type": "null"}, _object({"file": _TEXT, "line": {"type": "integer"}, "text": _TEXT})]}
_ACCESSES = {
    "type": "array",
    "items": _object({"address": _HEX, "size": {"type": "integer", "minimum": 1}, "value": _HEX, "name": _NAME}),
}
_EVENTS = {
    "type": "array",
    "items": {
        "anyOf": [
            _object(
                {
                    "kind": {"const": "syscall"},
                    "name": _TEXT,
                    "number": {"type": "integer"},
                    "arguments": {
                        "type": "array", "items": _object({"name": _TEXT, "value": _HEX, "text": _NAME}),
                    },
                    "result": _HEX,
                    "second": _HEX,
                    "carry": {"type": "boolean"},
                    "error": _NAME,
                    "injected": {"type": "boolean"},
                    "simulated": {"type": "boolean"},
                    "text": _TEXT,
                }
            ),
            _object({"kind": {"const": "signal"}, "name": _TEXT, "reason": _TEXT, "text": _TEXT}),
            _object(
                {
                    "kind": {"const": "exit"},
                    "pid": {"type": "integer"},
                    "code": {"type": ["integer", "null"]},
                    "signal": _NAME,
                    "core": {"type": "boolean"},
                    "text": _TEXT,
                }
            ),
        ]
    },
}  # fmt: skip
STEP_SCHEMA = _object(
    {
        "position": {"type": "integer", "minimum": 0},
        "address": _HEX,
        "bytes": {"type": "string", "pattern": "^([0-9a-f]{2})+$"},
        "source": _SOURCE,
        "disassembly": _TEXT,
        "registers": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": _HEX, "minItems": 2, "maxItems": 2},
        },
        "reads": _ACCESSES,
        "writes": _ACCESSES,
        "events": _EVENTS,
    }
)
END_SCHEMA = _object(
    {
        "result": {"type": "object", "additionalProperties": {"anyOf": [_HEX, {"type": "null"}]}},
        "exit": _object(
            {
                "reason": {"enum": [ending.value for ending in Ending]},
                "position": {"type": "integer"},
                "address": _HEX,
                "source": _SOURCE,
                "code": {"type": ["integer", "null"]},
                "signal": _NAME,
                "fault": {
                    "anyOf": [
                        {"type": "null"},
                        _object({"vector": {"type": "integer"}, "error_code": _HEX, "address": _HEX}),
                    ]
                },
                "events": _EVENTS,
            }
        ),
    }
)
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A line of `ringside trace --format jsonl`",
    "anyOf": [STEP_SCHEMA, END_SCHEMA],
}


def lines(call: Call, stepper: Stepper, steps: Iterator[Step]) -> Iterator[str]:
    """The run's lines, without newlines."""
    for step in steps:
        for access in step.writes:
            call.saw_write(access.address)
        yield json.dumps(step_object(call, step), ensure_ascii=False)
    assert stepper.ended is not None
    yield json.dumps(end_object(call, stepper.ended), ensure_ascii=False)


def step_object(call: Call, step: Step) -> dict[str, Any]:
    """An instruction by STEP_SCHEMA."""
    return {
        "position": step.position,
        "address": hex(step.address),
        "bytes": step.code.hex(),
        "source": _source(step),
        "disassembly": step.disassembly,
        "registers": {change.name: [hex(change.old), hex(change.new)] for change in step.changes},
        "reads": [_access(call, access) for access in step.reads],
        "writes": [_access(call, access) for access in step.writes],
        "events": [_event(event) for event in step.events],
    }


def end_object(call: Call, ended: Ended) -> dict[str, Any]:
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
            "fault": fault
            and {
                "vector": fault.vector,
                "error_code": hex(fault.error_code),
                "address": hex(fault.address),
            },
            "events": [_event(event) for event in ended.events],
        },
    }


def _source(where: Step | Ended) -> dict[str, Any] | None:
    source = where.source
    return {"file": source.file, "line": source.line, "text": source.text} if source else None


def _access(call: Call, access: MemoryAccess) -> dict[str, Any]:
    return {
        "address": hex(access.address),
        "size": len(access.data),
        "value": hex(access.value),
        "name": call.labels.name(access.address),
    }


def _event(event: Event) -> dict[str, Any]:
    if isinstance(event, SyscallDone):
        return {
            "kind": "syscall",
            "name": event.name,
            "number": event.number,
            "arguments": [{"name": a.name, "value": hex(a.raw), "text": a.text} for a in event.arguments],
            "result": hex(event.result.rax),
            "second": hex(event.result.rdx),
            "carry": event.result.carry,
            "error": event.result.name,
            "injected": event.injected,
            "simulated": event.simulated,
            "text": event.text,
        }
    if isinstance(event, SignalPosted):
        return {"kind": "signal", "name": event.name, "reason": event.reason, "text": event.text}
    assert isinstance(event, ProcessExited)
    return {
        "kind": "exit",
        "pid": event.pid,
        "code": event.code,
        "signal": event.signal,
        "core": event.core,
        "text": event.text,
    }
