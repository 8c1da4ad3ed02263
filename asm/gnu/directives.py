"""The directives of GNU as that both syntaxes know: one row each in DIRECTIVES."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from asm.errors import AssemblyErrors
from asm.gnu.sections import Chunk, Fixup, Padding
from asm.gnu.statements import Part, Statement, SyntaxMistake
from asm.program import Symbol, SymbolKind

if TYPE_CHECKING:
    from asm.gnu.unit import Unit

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"$')
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]+)|(.))")
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
MOST_SPACE = 1 << 30  # bytes that one directive may ask for
MOST_FILL = 1 << 24  # the same for bytes that are not zero in .bss
_SECTION_KINDS = (
    (".text", SymbolKind.TEXT),
    (".init", SymbolKind.TEXT),
    (".fini", SymbolKind.TEXT),
    (".rodata", SymbolKind.RODATA),
    (".data", SymbolKind.DATA),
    (".bss", SymbolKind.BSS),
)

Directive = Callable[["Unit", Statement], None]


def run(unit: Unit, statement: Statement) -> None:
    """Do what a directive says. Raises SyntaxMistake."""
    assert statement.head is not None
    name = statement.head.text.lower()
    if name.startswith(".cfi_"):
        return
    action = DIRECTIVES.get(name)
    if action is None:
        raise SyntaxMistake(statement.head.column, f"unknown directive {name}")
    action(unit, statement)


def _ignore(unit: Unit, statement: Statement) -> None:
    """What concerns debuggers, linkers of shared libraries and the like."""


def _operands(statement: Statement, least: int, most: int) -> list[Part]:
    assert statement.head is not None
    count = len(statement.operands)
    if not least <= count <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        plural = "operand" if wanted == "1" else "operands"
        message = f"{statement.head.text} takes {wanted} {plural}, not {count}"
        raise SyntaxMistake(statement.head.column, message)
    return statement.operands


def _numbers(size: int, unit: Unit, statement: Statement) -> None:
    bits = 8 * size
    for part in statement.operands:  # one at a time: `.` moves along
        if part.text.startswith('"'):
            raise SyntaxMistake(part.column, "a string needs .ascii or .asciz")
        value = unit.evaluate(part)
        if value.terms:
            unit.add(Chunk(unit.source, bytes(size), [Fixup(0, size, value, False, size, part.column)]))
        elif not -(1 << (bits - 1)) <= value.constant < 1 << bits:
            message = f"{value.constant:#x} is out of range: it doesn't fit {bits} bits"
            raise SyntaxMistake(part.column, message)
        else:
            unit.emit((value.constant & ((1 << bits) - 1)).to_bytes(size, "little"))


def _floats(layout: str, unit: Unit, statement: Statement) -> None:
    for part in statement.operands:
        try:
            unit.emit(struct.pack(layout, float(part.text)))
        except (ValueError, OverflowError):
            raise SyntaxMistake(part.column, f"{part.text} is not a number of this size") from None


def _strings(end: bytes, unit: Unit, statement: Statement) -> None:
    for part in statement.operands:
        unit.emit(_string(part) + end)


def _string(part: Part) -> bytes:
    found = _STRING.match(part.text)
    if found is None:
        raise SyntaxMistake(part.column, 'a string in "double quotes" is missing here')
    data, at, text = bytearray(), 0, found[1]
    for escape in _ESCAPE.finditer(text):
        data += text[at : escape.start()].encode()
        octal, hexadecimal, char = escape.groups()
        if octal or hexadecimal:
            data.append((int(octal, 8) if octal else int(hexadecimal, 16)) & 0xFF)
        else:
            data += _CONTROL.get(char, char).encode()
        at = escape.end()
    return bytes(data + text[at:].encode())


def _space(unit: Unit, statement: Statement) -> None:
    parts = _operands(statement, 1, 2)
    size = unit.number(parts[0], "the size")
    fill = unit.number(parts[1], "the filling") if len(parts) > 1 else 0
    _check_size(unit, size, parts[0])
    unit.emit(bytes([fill & 0xFF]) * size)


def _check_size(unit: Unit, size: int, part: Part) -> None:
    most = MOST_SPACE if unit.section.kind is SymbolKind.BSS else MOST_FILL
    if not 0 <= size <= most:
        raise SyntaxMistake(part.column, f"a size of {size:#x} is out of range: 0 to {most:#x}")


def _fill(unit: Unit, statement: Statement) -> None:
    """`.fill repeat, size, value`: size at most 8, and at most the value's lower 4 bytes count."""
    parts = _operands(statement, 1, 3)
    repeat = unit.number(parts[0], "the count")
    size = unit.number(parts[1], "the size") if len(parts) > 1 else 1
    value = unit.number(parts[2], "the value") if len(parts) > 2 else 0
    if not 0 <= size <= 8:
        raise SyntaxMistake(parts[1].column, f"a size of {size} is out of range: 0 to 8")
    _check_size(unit, repeat * size, parts[0])
    unit.emit(((value & 0xFFFFFFFF).to_bytes(8, "little"))[:size] * repeat)


def _align(power: bool, unit: Unit, statement: Statement) -> None:
    """`.balign bytes, fill, most`; with `power` the first operand is a power of two."""
    parts = _operands(statement, 1, 3)
    number = unit.number(parts[0], "the alignment")
    align = 1 << number if power and 0 <= number <= 12 else number
    if align == 0 and not power:
        return
    if align < 1 or align & (align - 1) or align > 4096:
        raise SyntaxMistake(parts[0].column, f"an alignment of {number} is not a power of two up to 4096")
    filled = len(parts) > 1 and parts[1].text
    fill = unit.number(parts[1], "the filling") & 0xFF if filled else None
    most = unit.number(parts[2], "the limit") if len(parts) > 2 else 0
    unit.section.align = max(unit.section.align, align)
    unit.add(Padding(unit.source, align, fill, most))


def _set(unit: Unit, statement: Statement) -> None:
    name, value = _operands(statement, 2, 2)
    if name.text == ".":
        raise SyntaxMistake(name.column, "the location counter can't be set: use .space or .balign")
    unit.assign(name, unit.evaluate(value))


def _globals(unit: Unit, statement: Statement) -> None:
    unit.globals.update(part.text for part in statement.operands)


def _enter(name: str, kind: SymbolKind, unit: Unit, statement: Statement) -> None:
    unit.enter(name, kind)


def _section(unit: Unit, statement: Statement) -> None:
    """`.section NAME, "FLAGS"`: the kind follows from the name, or else from the flags."""
    parts = _operands(statement, 1, 5)
    name = parts[0].text.strip('"')
    kind = next(
        (kind for start, kind in _SECTION_KINDS if name == start or name.startswith(start + ".")), None
    )
    flags = parts[1].text.strip('"') if len(parts) > 1 else ""
    if kind is None and "a" in flags:
        kind = SymbolKind.TEXT if "x" in flags else SymbolKind.DATA if "w" in flags else SymbolKind.RODATA
        if len(parts) > 2 and parts[2].text.lstrip("@%") == "nobits":
            kind = SymbolKind.BSS
    unit.enter(name, kind)


def _common(static: bool, unit: Unit, statement: Statement) -> None:
    """`.comm NAME, SIZE, ALIGN`: zeros, one copy however many files ask for it."""
    parts = _operands(statement, 2, 3)
    size = unit.number(parts[1], "the size")
    align = unit.number(parts[2], "the alignment") if len(parts) > 2 else 16
    if not 0 < size <= MOST_SPACE:
        raise SyntaxMistake(parts[1].column, f"a size of {size:#x} is out of range: 1 to {MOST_SPACE:#x}")
    if align < 1 or align & (align - 1) or align > 4096:
        raise SyntaxMistake(parts[2].column, f"an alignment of {align} is not a power of two up to 4096")
    if any(common.name == parts[0].text for common in unit.commons) or parts[0].text in unit.labels:
        raise SyntaxMistake(parts[0].column, f"{parts[0].text} is already defined")
    common = Symbol(parts[0].text, SymbolKind.BSS, b"", size, unit.source, align)
    common.static, common.duplicates_ok = static, not static
    unit.commons.append(common)


def _include(unit: Unit, statement: Statement) -> None:
    from asm.sources import read_source

    (part,) = _operands(statement, 1, 1)
    wanted = _string(part).decode("utf-8", "replace")
    folders = ["", os.path.dirname(unit.source.file), *unit.include_dirs]
    candidates = [os.path.join(folder, wanted) for folder in folders]
    path = next((path for path in candidates if os.path.isfile(path)), None)
    if path is None:
        raise SyntaxMistake(part.column, f"{wanted}: no such file here or in the include folders")
    try:
        text = read_source(path)
    except AssemblyErrors as errors:
        unit.errors += errors.errors
        return
    unit.include(path, text, part.column)


def _syntax(att: bool, unit: Unit, statement: Statement) -> None:
    from asm.gas import AttSyntax
    from asm.intel import IntelSyntax

    operand = statement.operands[0] if statement.operands else None
    usual = "prefix" if att else "noprefix"
    if operand and operand.text != usual:
        raise SyntaxMistake(operand.column, f"only {usual} is supported here")
    unit.use_syntax(AttSyntax if att else IntelSyntax)


DIRECTIVES: dict[str, Directive] = {
    ".byte": partial(_numbers, 1),
    ".2byte": partial(_numbers, 2),
    ".short": partial(_numbers, 2),
    ".word": partial(_numbers, 2),
    ".value": partial(_numbers, 2),
    ".hword": partial(_numbers, 2),
    ".4byte": partial(_numbers, 4),
    ".long": partial(_numbers, 4),
    ".int": partial(_numbers, 4),
    ".8byte": partial(_numbers, 8),
    ".quad": partial(_numbers, 8),
    ".octa": partial(_numbers, 16),
    ".float": partial(_floats, "<f"),
    ".single": partial(_floats, "<f"),
    ".double": partial(_floats, "<d"),
    ".ascii": partial(_strings, b""),
    ".asciz": partial(_strings, b"\0"),
    ".string": partial(_strings, b"\0"),
    ".zero": _space,
    ".skip": _space,
    ".space": _space,
    ".fill": _fill,
    ".align": partial(_align, False),
    ".balign": partial(_align, False),
    ".p2align": partial(_align, True),
    ".set": _set,
    ".equ": _set,
    ".equiv": _set,
    ".globl": _globals,
    ".global": _globals,
    ".text": partial(_enter, ".text", SymbolKind.TEXT),
    ".rodata": partial(_enter, ".rodata", SymbolKind.RODATA),
    ".data": partial(_enter, ".data", SymbolKind.DATA),
    ".bss": partial(_enter, ".bss", SymbolKind.BSS),
    ".section": _section,
    ".comm": partial(_common, False),
    ".lcomm": partial(_common, True),
    ".include": _include,
    ".att_syntax": partial(_syntax, True),
    ".intel_syntax": partial(_syntax, False),
    ".code64": _ignore,
    ".extern": _ignore,
    ".file": _ignore,
    ".hidden": _ignore,
    ".ident": _ignore,
    ".loc": _ignore,
    ".local": _ignore,
    ".size": _ignore,
    ".type": _ignore,
}
