"""Guest structs, declared once: the kernel writes them, reads them, and labels their bytes.

A layout is laid out by C's rules for x86-64 (a member lies at a multiple of its alignment) or with the
offsets that a declaration gives. Members may be scalars, arrays of bytes or words, and other layouts;
a nested layout under the name "" adds nothing to its fields' paths.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}


class Member(NamedTuple):
    """A member before it has a place: `size` bytes in items of `item` bytes, or a nested layout."""

    name: str
    size: int
    item: int
    signed: bool = False
    layout: Layout | None = None
    offset: int | None = None


def u8(name: str, count: int = 1) -> Member:
    """Unsigned bytes; more than one are an array and read as bytes."""
    return Member(name, count, 1)


def u16(name: str) -> Member:
    """unsigned short"""
    return Member(name, 2, 2)


def u32(name: str) -> Member:
    """unsigned int"""
    return Member(name, 4, 4)


def i32(name: str) -> Member:
    """int"""
    return Member(name, 4, 4, signed=True)


def u64(name: str) -> Member:
    """unsigned long, or a pointer"""
    return Member(name, 8, 8)


def i64(name: str) -> Member:
    """long"""
    return Member(name, 8, 8, signed=True)


def words(name: str, count: int) -> Member:
    """An array of unsigned longs."""
    return Member(name, 8 * count, 8)


def nested(name: str, layout: Layout, offset: int | None = None) -> Member:
    """A struct within the struct, at an offset of its own if one is given."""
    return Member(name, layout.size, layout.alignment, layout=layout, offset=offset)


class Field(NamedTuple):
    """A leaf of a layout: its path (`uc_mcontext.rip`), where it lies, how many bytes, and how they read."""

    path: str
    offset: int
    size: int
    item: int
    signed: bool = False

    @property
    def code(self) -> str:
        """Its piece of a struct format: an integer, or bytes for an array."""
        if self.size != self.item:
            return f"{self.size}s"
        return CODES[self.size].lower() if self.signed else CODES[self.size]


class Placement(NamedTuple):
    """A field of a struct at an address of guest memory. `written` is False where the kernel left the bytes
    that were there."""

    address: int
    size: int
    path: str
    data: bytes
    written: bool = True

    @property
    def value(self) -> int:
        """The bytes as an unsigned little-endian integer."""
        return int.from_bytes(self.data, "little")


class Span:
    """Consecutive fields of a layout as one precompiled format: `offset` and `size` say where they lie."""

    __slots__ = ("codec", "names", "offset", "size")

    def __init__(self, fields: list[Field]) -> None:
        parts, at = ["<"], fields[0].offset
        for field in fields:
            parts.append("x" * (field.offset - at) + field.code)
            at = field.offset + field.size
        self.codec = struct.Struct("".join(parts))
        self.names = [field.path for field in fields]
        self.offset, self.size = fields[0].offset, self.codec.size

    def __deepcopy__(self, memo: dict[int, object]) -> Span:
        return self


class Layout:
    """A struct: `size`, `alignment`, and `fields` by path in the order of their offsets."""

    def __init__(self, name: str, *members: Member, size: int | None = None) -> None:
        self.name = name
        self.alignment = max((member.item for member in members), default=1)
        self.fields: dict[str, Field] = {}
        end = 0
        for member in members:
            offset = member.offset if member.offset is not None else -(-end // member.item) * member.item
            for field in _leaves(member, offset):
                self.fields[field.path] = field
            end = offset + member.size
        self.size = size if size is not None else -(-end // self.alignment) * self.alignment

    def span(self, first: str, last: str) -> Span:
        """The fields from one path to another, for packing and unpacking in one go."""
        paths = list(self.fields)
        chosen = paths[paths.index(first) : paths.index(last) + 1]
        return Span([self.fields[path] for path in chosen])

    @property
    def whole(self) -> Span:
        """All fields. Its size may be less than the struct's, which can end in padding."""
        paths = list(self.fields)
        return self.span(paths[0], paths[-1])

    def place(self, address: int, data: bytes) -> Iterator[Placement]:
        """The fields of a struct that lies at `address` and has these bytes."""
        for field in self.fields.values():
            yield Placement(
                address + field.offset, field.size, field.path, data[field.offset : field.offset + field.size]
            )


def _leaves(member: Member, offset: int) -> Iterator[Field]:
    if member.layout is None:
        yield Field(member.name, offset, member.size, member.item, member.signed)
        return
    prefix = f"{member.name}." if member.name else ""
    for field in member.layout.fields.values():
        yield Field(prefix + field.path, offset + field.offset, field.size, field.item, field.signed)
