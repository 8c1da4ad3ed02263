"""Where a Go signature puts its arguments and results: the calling convention on the stack.

Arguments lie above the return address in the order of the signature, each at its natural alignment;
results follow them, the first aligned to 8 bytes. (Go's ABI0: the stack layout has not changed since
2008, though what counts as `int` has; here it is 64 bit.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asm.program import Slot

WORD = 8
SIZES = {
    "bool": 1, "byte": 1, "int8": 1, "uint8": 1,
    "int16": 2, "uint16": 2,
    "int32": 4, "uint32": 4, "float32": 4, "rune": 4,
    "int64": 8, "uint64": 8, "uintptr": 8, "float64": 8, "int": 8, "uint": 8, "unsafe.Pointer": 8,
}  # fmt: skip
SIGNATURE = re.compile(r"func\s+[\w.·]*\s*\(([^()]*)\)\s*(?:\(([^()]*)\)|([^()\s]+))?")
PARAMETER = re.compile(r"(?:(\w+)\s+)?(\S+)")


def slots(signature: str) -> list[Slot]:
    """The slots of `func NAME(PARAMETERS) (RESULTS)`, arguments first.

    Offsets count from the first argument, which lies 8 bytes above SP at entry. A string takes two
    slots (`name_base`, `name_len`), a slice three (`name_cap` too); a result without a name is `ret`.
    Raises ValueError for what is not a signature, and for a type whose size its name doesn't tell.
    """
    match = SIGNATURE.fullmatch(signature.strip())
    if match is None:
        raise ValueError(f"not a Go signature: {signature}")
    parameters, results, single = match.groups()
    arguments, end = _place(_pairs(parameters), 0, written=False)
    returned = results if results is not None else single or ""
    return arguments + _place(_pairs(returned), _align(end, WORD), written=True)[0]


def _align(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


def _pairs(text: str) -> list[tuple[str, str]]:
    """Name and type of each item of a list such as `trap, a1 int64, name *byte`, or `int64`."""
    items = [item.strip() for item in text.split(",")] if text.strip() else []
    matches = [PARAMETER.fullmatch(item) for item in items]
    if not all(matches):
        raise ValueError(f"not a list of names and types: {text}")
    groups = [match.groups() for match in matches if match is not None]
    if not any(name for name, _ in groups):
        return [(f"ret{index}" if index else "ret", kind) for index, (_, kind) in enumerate(groups)]
    pairs: list[tuple[str, str]] = []
    kind = ""
    for name, last in reversed(groups):  # a name without a type has that of the next one
        kind = last if name else kind
        if not kind:
            raise ValueError(f"no type after {last}")
        pairs.append((name or last, kind))
    return pairs[::-1]


def _place(pairs: list[tuple[str, str]], offset: int, *, written: bool) -> tuple[list[Slot], int]:
    placed: list[Slot] = []
    for name, kind in pairs:
        for part, size in _parts(name, kind):
            offset = _align(offset, size)
            placed.append(Slot(part, offset, size, read=not written, written=written))
            offset += size
    return placed, offset


def _parts(name: str, kind: str) -> Iterator[tuple[str, int]]:
    """The words of one value, each with its size in bytes."""
    if kind == "string":
        yield from ((f"{name}_base", WORD), (f"{name}_len", WORD))
    elif kind.startswith("[]"):
        yield from ((f"{name}_base", WORD), (f"{name}_len", WORD), (f"{name}_cap", WORD))
    elif kind.startswith(("*", "map[", "chan ")):
        yield name, WORD
    elif kind in SIZES:
        yield name, SIZES[kind]
    else:
        raise ValueError(f"{name} is a {kind}, whose size is not known here")
