"""Argument kinds for pointers to structs: the trace line shows the fields, `{tv_sec=1, tv_nsec=0}`, as strace does."""

from __future__ import annotations

from dataclasses import dataclass

from kernel_stub.cpu import Memory
from kernel_stub.kinds import Kind, Values, peek, pointer_text
from kernel_stub.layout import Layout


@dataclass(frozen=True, slots=True)
class InStruct(Kind):
    """A struct that the kernel reads."""

    layout: Layout | None = None

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        assert self.layout is not None
        return spell(self.layout, data) if value and data else pointer_text(value)

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        assert self.layout is not None
        return peek(memory, value, self.layout.size, self.layout.size)


class OutStruct(InStruct):
    """A struct that the kernel fills, if the call succeeds."""

    __slots__ = ()

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        return None

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return InStruct.before(self, memory, value, values)


def spell(layout: Layout, data: bytes) -> str:
    """A struct's integer fields by name, nested ones in braces of their own."""
    text, inside = "", ""
    for field in layout.fields.values():
        outer, _, name = field.path.rpartition(".")
        number = int.from_bytes(data[field.offset : field.offset + field.size], "little", signed=field.signed)
        if outer != inside:
            text += ("}" if inside else "") + (", " if text else "") + f"{outer}={{" * bool(outer)
            inside = outer
        elif text:
            text += ", "
        text += f"{name}={number}"
    return "{" + text + ("}" if inside else "") + "}"
