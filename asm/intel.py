"""Intel syntax: `mov qword ptr [rsp + 40], -1`. Comments: `;`, `#`, `//` and `/* */`.

Directives are GNU as's, without `noprefix` games: names are registers where they can be. As in GNU as
a bare `foo` is what lies at foo, `[rip + foo]` the same by way of RIP, `offset foo` its address; a
name that some `NAME = VALUE` of the file defines is its value. `[rel foo]` means `[rip + foo]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from asm.gnu.expressions import Value
from asm.gnu.instructions import (
    Field,
    Operand,
    check_index,
    displacement,
    no_masks,
    number_text,
    signed,
)
from asm.gnu.registers import REGISTERS, SEGMENTS
from asm.gnu.statements import Comments, Part, SyntaxMistake, strip
from asm.gnu.unit import Evaluate, Unit
from asm.program import Object

COMMENTS = Comments(line=(";", "#", "//"))
SIZES = {
    "byte": 8, "word": 16, "dword": 32, "fword": 48, "qword": 64, "mmword": 64, "tbyte": 80,
    "oword": 128, "xmmword": 128, "ymmword": 256, "zmmword": 512,
}  # fmt: skip
_SIZE = re.compile(rf"(?P<size>{'|'.join(SIZES)})\b\s*(?:ptr\b)?\s*", re.IGNORECASE)
_BOXED_SIZE = re.compile(rf"\[\s*(?=(?:{'|'.join(SIZES)})\s+ptr\b.*\]$)", re.IGNORECASE)
_OFFSET = re.compile(r"offset\b\s*(?:flat\s*:)?", re.IGNORECASE)
_SHORT = re.compile(r"short\s+(?=\S)", re.IGNORECASE)
_SEGMENT = re.compile(rf"(?P<name>{'|'.join(SEGMENTS)})\s*:\s*", re.IGNORECASE)
_REGISTER = re.compile(r"(?P<name>[a-z][a-z0-9]*(?:\(\d\))?)$", re.IGNORECASE)
_TERM = re.compile(r"(?P<sign>[+-]?)(?P<body>(?:\([^()]*\)|'\\?.'?|[^+\-()])+)")
_SCALED = re.compile(r"(?P<a>\w+)\s*\*\s*(?P<b>\w+)$")
_REL = re.compile(r"rel\s+(?=\S)", re.IGNORECASE)


def assemble(
    path: str, text: str, *, include_dirs: Sequence[str] = (), defines: Mapping[str, str] | None = None
) -> Object:
    """Assemble an Intel-syntax source; `defines` are symbols with a value. Raises AssemblyErrors."""
    return Unit(path, IntelSyntax, include_dirs, defines or {}, COMMENTS).assemble(text)


class IntelSyntax:
    """How Intel operands read. `evaluate` gives an expression's value at this point of the file;
    `is_number` tells whether a value is a number (perhaps not known yet) rather than an address."""

    att = False

    def __init__(self, evaluate: Evaluate, is_number: Callable[[Value], bool]) -> None:
        self._evaluate, self._is_number = evaluate, is_number

    def target(self, part: Part) -> Value | None:
        """What a direct jump's operand comes to; None for registers and memory."""
        short = _SHORT.match(part.text)
        if short:
            part = Part(part.text[short.end() :], part.column + short.end())
        is_memory = "[" in part.text or _SIZE.match(part.text) or _SEGMENT.match(part.text)
        if is_memory or part.text.lower() in REGISTERS:
            return None
        return self._evaluate(part)

    def operand(self, part: Part, mnemonic: str) -> Operand:
        """One operand in Keystone's terms. Raises SyntaxMistake."""
        if not part.text:
            raise SyntaxMistake(part.column, "an operand is missing here")
        register = _REGISTER.match(part.text)
        if register and register["name"].lower() in REGISTERS:
            name = register["name"].lower()
            return Operand(name, part.column, REGISTERS[name])
        if "{" in part.text:
            raise no_masks(part)
        offset = _OFFSET.match(part.text)
        if offset:
            value = self._evaluate(Part(part.text[offset.end() :], part.column + offset.end()))
            return self._immediate(value, part.column)
        return self._memory_or_number(part, mnemonic)

    def _memory_or_number(self, part: Part, mnemonic: str) -> Operand:
        column, prefix, bits = part.column, "", None
        boxed = _BOXED_SIZE.match(part.text)
        if boxed:  # gcc writes `jmp [QWORD PTR table[0+rdi*8]]`
            part = Part(part.text[boxed.end() : -1].rstrip(), part.column + boxed.end())
        size = _SIZE.match(part.text)
        if size:
            bits = SIZES[size["size"].lower()]
            prefix = f"{size['size'].lower()} ptr "
            part = Part(part.text[size.end() :], part.column + size.end())
        segment = _SEGMENT.match(part.text)
        if segment:
            prefix += f"{segment['name'].lower()}:"
            part = Part(part.text[segment.end() :], part.column + segment.end())
        if "[" in part.text:
            return self._memory(part, column, prefix, bits, mnemonic)
        value = self._evaluate(part)
        if not segment and self._is_number(value) and not bits:
            return self._immediate(value, column)
        return self._absolute(value, Operand(prefix, column, bits), part.column, mnemonic)

    def _immediate(self, value: Value, column: int) -> Operand:
        if value.terms:
            return Operand("{}", column, field=Field(value, column))
        return Operand(number_text(signed(value.constant)), column, immediate=value.constant)

    def _absolute(self, value: Value, so_far: Operand, column: int, mnemonic: str) -> Operand:
        if mnemonic.startswith("movabs"):
            so_far.text += "[{}]"
            so_far.field = Field(value, column)
            return so_far
        if not value.terms:
            value = Value(displacement(value.constant, column))
        so_far.text += "[rsp + {}]"
        so_far.field = Field(value, column, absolute=True)
        return so_far

    def _memory(self, part: Part, column: int, prefix: str, bits: int | None, mnemonic: str) -> Operand:
        registers, rest = _split_address(part)
        value = self._evaluate(rest) if rest.text.strip() else Value()
        so_far = Operand(prefix, column, bits)
        if not registers:
            so_far = self._absolute(value, so_far, rest.column, mnemonic)
        elif value.terms:
            relative = registers[0] in ("rip", "eip")
            so_far.text += f"[{' + '.join(registers)} + {{}}]"
            so_far.field = Field(value, rest.column, relative=relative)
        else:
            offset = so_far.offset = displacement(value.constant, rest.column)
            disp = f" {'-' if offset < 0 else '+'} {abs(offset):#x}" if offset else ""
            so_far.text += f"[{' + '.join(registers)}{disp}]"
        return so_far


def _split_address(part: Part) -> tuple[list[str], Part]:
    """The base and index of `disp[base + index*scale + disp]`, and the rest with those blanked out."""
    if part.text.count("[") != part.text.count("]") or not part.text.endswith("]"):
        raise SyntaxMistake(part.column, "this bracket is not closed")
    text = list(part.text.replace("[", "+").replace("]", " "))
    if part.text.startswith("["):
        text[0] = " "
    flat = "".join(text)
    registers: list[str] = []
    for term in _TERM.finditer(flat):
        body = strip(Part(term["body"], part.column + term.start("body")))
        named = "rip" if _REL.match(body.text) else _register_term(body)
        if named is None:
            continue
        if term["sign"] == "-":
            raise SyntaxMistake(body.column, "a register can't be subtracted from an address")
        registers.append(named)
        keep = _REL.match(body.text)
        start = term.start("sign")
        stop = body.column - part.column + keep.end() if keep else term.end()
        text[start:stop] = " " * (stop - start)
    if len(registers) > 2:
        raise SyntaxMistake(part.column, "an address has at most a base and an index")
    if len(registers) == 2 and ("*" in registers[0] or registers[1] in ("rsp", "esp")):
        registers.reverse()
    if len(registers) == 2 or (registers and "*" in registers[0]):
        check_index(registers[-1].partition("*")[0], part.column)
    return registers, Part("".join(text).rstrip(), part.column)


def _register_term(body: Part) -> str | None:
    """`reg` or `reg*scale` (either way round) in lower case; None for another term."""
    name = body.text.lower()
    if name in REGISTERS:
        return name
    scaled = _SCALED.match(name)
    if scaled is None or not {scaled["a"], scaled["b"]} & REGISTERS.keys():
        return None
    register, scale = (scaled["a"], scaled["b"]) if scaled["a"] in REGISTERS else (scaled["b"], scaled["a"])
    if scale not in ("1", "2", "4", "8"):
        raise SyntaxMistake(body.column, "a scale is 1, 2, 4 or 8")
    return f"{register}*{scale}"
