"""Tokens to operands: what may stand between the commas of an instruction.

    operand   = register | immediate | address | memory | slot | global | branch
    immediate = "$" expression | "$" float | "$" string
    address   = "$" ( memory | slot | global )
    memory    = [expression] [ "(" register ")" ] [ "(" register "*" scale ")" ]
    slot      = name [("+" | "-") expression] "(" ("FP" | "SP") ")"
    global    = ["*"] name ["<>" | "<ABI>"] [("+" | "-") expression] "(SB)"
    branch    = label | expression "(PC)"
"""

from __future__ import annotations

import re

from asm.plan9.cursor import Cursor, expression
from asm.plan9.diagnostics import Mistake, Place
from asm.plan9.lexer import Kind, Token
from asm.plan9.operands import (
    Address,
    Global,
    Immediate,
    Label,
    Memory,
    Operand,
    Real,
    Register,
    Relative,
    Slot,
    Text,
)
from asm.plan9.registers import PSEUDO, REGISTERS, SEGMENTS, TLS, UNSUPPORTED

ABIS = ("ABI0", "ABIInternal")
_LIKE_REGISTER = re.compile(r"[ER]?(?:[ABCD]X|SI|DI|BP|SP|IP)|R\d+[BDWL]?|X\d+|[XYZ]MM\d+|[CD]R\d+|[A-D][HL]")


def parse_operand(cursor: Cursor, jump: bool) -> Operand:
    """One operand; a bare name is a label where `jump` is set. Raises Mistake."""
    first = cursor.peek()
    if first is None:
        raise cursor.unexpected("expected an operand")
    prefix = ""
    if first.kind is Kind.PUNCTUATION and first.text in "$*":
        prefix = cursor.next("$").text
    operand = _operand(cursor, prefix, jump, first.place)
    cursor.finish()
    return operand


def _operand(cursor: Cursor, prefix: str, jump: bool, place: Place) -> Operand:
    token = cursor.peek()
    if token is None:
        raise cursor.unexpected("expected an operand")
    if token.kind is Kind.NAME:
        alone = cursor.peek(1) is None
        if is_register(token) and (alone or token.text != "g"):  # g(SB) is a symbol
            cursor.next("a register")
            if prefix == "$":
                raise Mistake(place, f"$ can't stand before register {token.text}")
            return Register(token.text, token.place)
        return _named(cursor, prefix, jump, place)
    if prefix == "$" and token.kind is Kind.STRING and isinstance(token.value, bytes):
        cursor.next("a string")
        return Text(token.value, place)
    if (real := _real(cursor)) is not None:
        if prefix != "$":
            raise Mistake(place, "a floating-point constant needs a $")
        return Real(real, place)
    offset = 0 if _at_register(cursor) else expression(cursor)
    if not cursor.at("("):
        if prefix == "$":
            return Immediate(offset, place)
        return Memory(None, None, 0, offset, None, place)
    return _indirect(cursor, prefix, offset, place)


def is_register(token: Token) -> bool:
    """Whether the name is a hardware register's. Raises Mistake for one that no emulated CPU has."""
    if token.text in UNSUPPORTED:
        reason = UNSUPPORTED[token.text]
        raise Mistake(token.place, f"{token.text} is {reason}, which is not supported")
    return token.text in REGISTERS or token.text == TLS


def unknown_register(token: Token) -> Mistake:
    """The mistake for a name that stands where only a register can."""
    hint = ""
    plain = token.text.upper().lstrip("ER") if not re.fullmatch(r"R\d+\w?", token.text.upper()) else ""
    if token.text not in REGISTERS:
        for candidate in (token.text.upper(), plain, token.text.upper().rstrip("DWL")):
            if candidate in REGISTERS:
                hint = f": Plan 9 syntax calls it {candidate}"
                break
    return Mistake(token.place, f"unknown register {token.text}{hint}")


def _real(cursor: Cursor) -> float | None:
    """[-] float, also in parentheses, if that comes next."""
    ahead = 0
    while (token := cursor.peek(ahead)) is not None and token.text in ("(", "-", "+"):
        ahead += 1
    if token is None or token.kind is not Kind.FLOAT or not isinstance(token.value, float):
        return None
    sign, opened = 1.0, 0
    while (step := cursor.next("a number")).kind is not Kind.FLOAT:
        sign = -sign if step.text == "-" else sign
        opened += step.text == "("
    for _ in range(opened):
        cursor.expect(")")
    return sign * token.value


def _at_register(cursor: Cursor) -> bool:
    """Whether `(NAME` comes next: an address without offset."""
    after = cursor.peek(1)
    return cursor.at("(") and after is not None and after.kind is Kind.NAME and _may_be_register(after)


def _may_be_register(token: Token) -> bool:
    known = token.text in REGISTERS or token.text in PSEUDO or token.text in UNSUPPORTED or token.text == TLS
    return known or bool(_LIKE_REGISTER.fullmatch(token.text))


def _named(cursor: Cursor, prefix: str, jump: bool, place: Place) -> Operand:
    """An operand that begins with a name: a slot, a global or a label."""
    name = cursor.next("a name")
    static = _static(cursor, name)
    offset = expression(cursor) if cursor.at("+") or cursor.at("-") else 0
    if cursor.peek() is None:
        if jump and not prefix and not static:
            return Label(name.text, offset, place)
        if _LIKE_REGISTER.fullmatch(name.text.upper()):
            raise unknown_register(name)
        raise cursor.undefined(name)
    cursor.expect("(")
    area = cursor.next("SB, FP or SP")
    if area.text not in ("SB", "FP", "SP"):
        raise cursor.undefined(name)
    cursor.expect(")")
    if area.text == "SB":
        found: Global | Slot = Global(name.text, static, offset, prefix == "*", place)
    elif static or prefix == "*":
        raise Mistake(place, f"{name.text}({area.text}) can't be static or indirect")
    else:
        found = Slot(name.text, area.text, offset, place)
    return Address(found, place) if prefix == "$" else found


def _static(cursor: Cursor, name: Token) -> bool:
    """`<>` after a name; an ABI selector says nothing that the machine code depends on."""
    if not cursor.accept("<"):
        return False
    if cursor.accept(">"):
        return True
    selector = cursor.next("an ABI")
    if selector.text not in ABIS:
        raise Mistake(selector.place, f"unknown ABI {selector.text} of {name.text}: one of {', '.join(ABIS)}")
    cursor.expect(">")
    return False


def _indirect(cursor: Cursor, prefix: str, offset: int, place: Place) -> Operand:
    """`(base)`, `(base)(index*scale)`, `(index*scale)`, `(PC)` after an offset."""
    cursor.expect("(")
    token = cursor.next("a register")
    if token.text == "PC":
        cursor.expect(")")
        if prefix:
            raise Mistake(place, f"{prefix} can't stand before a branch target")
        return Relative(offset, place)
    if token.text in PSEUDO:
        raise Mistake(token.place, f"({token.text}) needs a name before it, as in name+8({token.text})")
    base: str | None = _register(token)
    index, scale = None, 0
    if cursor.accept("*"):
        base, index, scale = None, base, _scale(cursor)
    cursor.expect(")")
    if index is None and cursor.accept("("):
        index = _register(cursor.next("a register"))
        if not cursor.accept("*"):
            raise cursor.unexpected(f"index {index} needs a scale, as in ({index}*1)")
        scale = _scale(cursor)
        cursor.expect(")")
    memory = _memory(base, index, scale, offset, place)
    return Address(memory, place) if prefix == "$" else memory


def _register(token: Token) -> str:
    if token.kind is not Kind.NAME or not is_register(token):
        raise unknown_register(token)
    return token.text


def _scale(cursor: Cursor) -> int:
    token = cursor.next("a scale")
    if token.value not in (1, 2, 4, 8) or token.kind is not Kind.INTEGER:
        raise Mistake(token.place, f"bad scale {token.text}: one of 1, 2, 4, 8")
    return int(token.text, 0)


def _memory(base: str | None, index: str | None, scale: int, offset: int, place: Place) -> Memory:
    """Sorts segment registers out: `0x30(GS)`, `(AX)(GS*1)`, `0(CX)(TLS*1)`."""
    segment = None
    if base in SEGMENTS or base == TLS:
        base, segment = None, base
    if index in SEGMENTS or index == TLS:
        if segment or scale != 1:
            raise Mistake(place, f"({index}*{scale}) can't be used here")
        index, scale, segment = None, 0, index
    for name in (base, index):
        if name is not None and REGISTERS[name].kind != "r":
            raise Mistake(place, f"{name} can't address memory")
    if index == "SP":
        raise Mistake(place, "SP can't be an index")
    if not -(1 << 31) <= offset < 1 << 31:
        raise Mistake(place, f"offset {offset:#x} does not fit in 32 bits")
    return Memory(base, index, scale, offset, segment, place)
