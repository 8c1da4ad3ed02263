"""Kernel events as JSON objects, and their schema: `kind` tells them apart, `text` is the line of a trace."""

from __future__ import annotations

from typing import Any

from kernel_stub.events import (
    Event,
    ProcessContinued,
    ProcessCreated,
    ProcessExited,
    ProcessLeft,
    ProcessReturned,
    ProcessStopped,
    ProcessSwitched,
    SignalDelivered,
    SignalPosted,
    SignalReturned,
    SyscallDone,
    SyscallInterrupted,
    SyscallRestarted,
    ThreadCreated,
    ThreadExited,
    ThreadSwitched,
)
from kernel_stub.layout import Placement

HEX = {"type": "string", "pattern": "^0x[0-9a-f]+$"}
TEXT = {"type": "string"}
NAME = {"type": ["string", "null"]}
_FLAG = {"type": "boolean"}
_ID = {"type": "integer"}


def object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    """An object with exactly these properties."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _event(kind: str, **properties: Any) -> dict[str, Any]:
    return object_schema({"kind": {"const": kind}, **properties, "text": TEXT})


_ARGUMENTS = {"type": "array", "items": object_schema({"name": TEXT, "value": HEX, "text": NAME})}
_FIELD = {"address": HEX, "size": {"type": "integer"}, "name": TEXT, "value": HEX, "written": _FLAG}
_FRAME = {"type": "array", "items": object_schema(_FIELD)}
EVENT_SCHEMA = {
    "anyOf": [
        _event(
            "syscall", name=TEXT, number={"type": "integer"}, arguments=_ARGUMENTS, result=HEX, second=HEX,
            carry=_FLAG, error=NAME, injected=_FLAG, simulated=_FLAG,
        ),
        _event("signal", name=TEXT, reason=TEXT, fate=TEXT, process={"type": ["integer", "null"]}),
        _event("delivered", name=TEXT, handler=HEX, stack_pointer=HEX, alternate_stack=_FLAG, frame=_FRAME),
        _event("sigreturn", address=HEX, stack_pointer=HEX, mask=HEX, frame=_FRAME),
        _event("restarted", name=TEXT),
        _event("interrupted", name=TEXT),
        _event("stopped", pid={"type": "integer"}, signal=TEXT),
        _event("continued", pid={"type": "integer"}),
        _event("thread created", tid=_ID, creator=_ID, address=HEX, stack_pointer=HEX),
        _event("thread switched", old=_ID, new=_ID, why=TEXT, address=HEX),
        _event("thread ended", tid=_ID),
        _event("process created", pid=_ID, parent=_ID, address=HEX, stack_pointer=HEX, shares_memory=_FLAG),
        _event(
            "process switched", old=_ID, new=_ID, old_thread=_ID, new_thread=_ID, why=TEXT, address=HEX,
        ),
        _event("process returned", pid=_ID),
        _event("process left", pid=_ID),
        _event("exit", pid={"type": "integer"}, code={"type": ["integer", "null"]}, signal=NAME, core=_FLAG),
    ]
}  # fmt: skip


def event_object(event: Event) -> dict[str, Any]:
    """The event as the schema says."""
    kind, properties = _properties(event)
    return {"kind": kind, **properties, "text": event.text}


def _properties(event: Event) -> tuple[str, dict[str, Any]]:
    match event:
        case SyscallDone():
            return "syscall", _syscall(event)
        case SignalPosted():
            return "signal", {
                "name": event.name, "reason": event.reason, "fate": event.fate, "process": event.process,
            }  # fmt: skip
        case SignalDelivered():
            return "delivered", {
                "name": event.name,
                "handler": hex(event.action.handler),
                "stack_pointer": hex(event.registers.rsp),
                "alternate_stack": event.on_alternate_stack,
                "frame": [_field(placed) for placed in event.frame],
            }
        case SignalReturned():
            registers = event.registers
            return "sigreturn", {
                "address": hex(registers.rip), "stack_pointer": hex(registers.rsp), "mask": hex(event.mask),
                "frame": [_field(placed) for placed in event.frame],
            }  # fmt: skip
        case SyscallRestarted():
            return "restarted", {"name": event.name}
        case SyscallInterrupted():
            return "interrupted", {"name": event.name}
        case ProcessStopped():
            return "stopped", {"pid": event.pid, "signal": event.signal}
        case ProcessContinued():
            return "continued", {"pid": event.pid}
        case ThreadCreated():
            start = event.registers
            return "thread created", {
                "tid": event.tid, "creator": event.creator, "address": hex(start.rip), "stack_pointer": hex(start.rsp),
            }  # fmt: skip
        case ThreadSwitched():
            return "thread switched", {
                "old": event.old, "new": event.new, "why": event.why, "address": hex(event.registers.rip),
            }  # fmt: skip
        case ThreadExited():
            return "thread ended", {"tid": event.tid}
        case ProcessCreated():
            start = event.registers
            return "process created", {
                "pid": event.pid, "parent": event.parent, "address": hex(start.rip), "stack_pointer": hex(start.rsp),
                "shares_memory": event.shares_memory,
            }  # fmt: skip
        case ProcessSwitched():
            return "process switched", {
                "old": event.old, "new": event.new, "old_thread": event.old_thread, "new_thread": event.new_thread,
                "why": event.why, "address": hex(event.registers.rip),
            }  # fmt: skip
        case ProcessReturned():
            return "process returned", {"pid": event.pid}
        case ProcessLeft():
            return "process left", {"pid": event.pid}
        case ProcessExited():
            return "exit", {"pid": event.pid, "code": event.code, "signal": event.signal, "core": event.core}


def _field(placed: Placement) -> dict[str, Any]:
    """A field of a signal frame; `written` is false where the kernel left the bytes that were there."""
    return {
        "address": hex(placed.address),
        "size": placed.size,
        "name": placed.path,
        "value": hex(placed.value),
        "written": placed.written,
    }


def _syscall(event: SyscallDone) -> dict[str, Any]:
    result = event.result
    return {
        "name": event.name,
        "number": event.number,
        "arguments": [{"name": a.name, "value": hex(a.raw), "text": a.text} for a in event.arguments],
        "result": hex(result.rax),
        "second": hex(result.rdx),
        "carry": result.carry,
        "error": result.name,
        "injected": event.injected,
        "simulated": event.simulated,
    }
