"""GNU (AT&T) syntax: `movq $-1, 40(%rsp)`. Comments: `#`, `//` and `/* */`; `;` separates statements.

Numbers are read here, as GNU as reads them, and reach Keystone in hexadecimal: by itself Keystone
takes AT&T decimals for hexadecimal ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

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
from asm.gnu.statements import Comments, Part, SyntaxMistake, split_operands
from asm.gnu.unit import Evaluate, Unit
from asm.program import Object

COMMENTS = Comments(line=("#", "//"), separator=";")
_REGISTER = re.compile(r"%(?P<name>[A-Za-z][A-Za-z0-9]*\s*(?:\(\s*\d\s*\))?)$")
_SEGMENT = re.compile(r"%(?P<name>[A-Za-z]+)\s*:\s*")
_BASED = re.compile(r"(?P<disp>.*?)\((?P<inner>\s*[%,][^()]*)\)\s*$")


def assemble(
    path: str, text: str, *, include_dirs: Sequence[str] = (), defines: Mapping[str, str] | None = None
) -> Object:
    """Assemble an AT&T source; `defines` are symbols with a value. Raises AssemblyErrors."""
    return Unit(path, AttSyntax, include_dirs, defines or {}, COMMENTS).assemble(text)


class AttSyntax:
    """How AT&T operands read; `evaluate` gives the value of an expression at this point of the file."""

    att = True

    def __init__(self, evaluate: Evaluate, is_number: object = None) -> None:
        self._evaluate = evaluate

    def target(self, part: Part) -> Value | None:
        """What a direct jump's operand comes to; None for `*operand` and registers."""
        if part.text.startswith(("*", "%", "$")) or _BASED.match(part.text):
            return None
        return self._evaluate(part)

    def operand(self, part: Part, mnemonic: str) -> Operand:
        """One operand in Keystone's terms. Raises SyntaxMistake."""
        if not part.text:
            raise SyntaxMistake(part.column, "an operand is missing here")
        if part.text.startswith("$"):
            return self._immediate(Part(part.text[1:], part.column + 1), part.column)
        if "{" in part.text:
            raise no_masks(part)
        star = "*" if part.text.startswith("*") else ""
        lead = len(part.text) - len(part.text[len(star) :].lstrip())
        body = Part(part.text[lead:], part.column + lead)
        register = _REGISTER.match(body.text)
        if register:
            name = _register(register["name"], body.column)
            return Operand(f"{star}%{name}", part.column, REGISTERS[name])
        return self._memory(body, part.column, star, mnemonic)

    def _immediate(self, part: Part, column: int) -> Operand:
        value = self._evaluate(part)
        if value.terms:
            return Operand("${}", column, field=Field(value, part.column))
        return Operand(f"${number_text(signed(value.constant))}", column, immediate=value.constant)

    def _memory(self, part: Part, column: int, star: str, mnemonic: str) -> Operand:
        segment = _SEGMENT.match(part.text)
        prefix = star
        if segment:
            if segment["name"].lower() not in SEGMENTS:
                raise SyntaxMistake(part.column, f"%{segment['name']} is not a segment register")
            prefix += f"%{segment['name'].lower()}:"
            part = Part(part.text[segment.end() :], part.column + segment.end())
        based = _BASED.match(part.text)
        if based is None:
            return self._absolute(part, column, prefix, mnemonic)
        base = self._base(Part(based["inner"], part.column + based.start("inner")))
        tail = f"({base})"
        if not based["disp"].strip():
            return Operand(prefix + tail, column)
        value = self._evaluate(Part(based["disp"], part.column))
        if value.terms:
            field = Field(value, part.column, relative="%rip" in base or "%eip" in base)
            return Operand(f"{prefix}{{}}{tail}", column, field=field)
        offset = displacement(value.constant, part.column)
        return Operand(prefix + number_text(offset) + tail, column, offset=offset)

    def _absolute(self, part: Part, column: int, prefix: str, mnemonic: str) -> Operand:
        value = self._evaluate(part)
        if mnemonic.startswith("movabs"):
            if value.terms:
                return Operand(f"{prefix}{{}}", column, field=Field(value, part.column))
            return Operand(prefix + number_text(value.constant & ((1 << 64) - 1)), column)
        if not value.terms:
            value = Value(displacement(value.constant, part.column))
        return Operand(f"{prefix}{{}}(%rsp)", column, field=Field(value, part.column, absolute=True))

    def _base(self, part: Part) -> str:
        """`%base,%index,scale` with the scale as one digit."""
        pieces = split_operands(part)
        if len(pieces) > 3:
            raise SyntaxMistake(pieces[3].column, "an address has at most a base, an index and a scale")
        texts = []
        for position, piece in enumerate(pieces[:2]):
            register = _REGISTER.match(piece.text)
            if register and position == 1:
                check_index(register["name"].lower(), piece.column)
            if piece.text and not register:
                raise SyntaxMistake(piece.column, f"{piece.text} is not a register")
            texts.append(f"%{_register(register['name'], piece.column)}" if register else "")
        if len(pieces) == 3 and pieces[2].text:
            scale = self._evaluate(pieces[2])
            if scale.terms or scale.constant not in (1, 2, 4, 8):
                raise SyntaxMistake(pieces[2].column, "a scale is 1, 2, 4 or 8")
            texts.append(str(scale.constant))
        return ",".join(texts)


def _register(written: str, column: int) -> str:
    name = "".join(written.split()).lower()
    if name not in REGISTERS:
        raise SyntaxMistake(column, f"unknown register %{name}")
    return name
