"""One instruction statement to a fragment: prefixes, branches, operands, fields that wait for the layout.

A syntax (asm.gas, asm.intel) turns operand text into `Operand`s; all else is the same for both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from asm.gnu.expressions import Value
from asm.gnu.repairs import UNKNOWN, other_name, repair
from asm.gnu.sections import Branch, Chunk, Fixup
from asm.gnu.statements import Part, Statement, SyntaxMistake, split_operands, strip
from asm.machine_code import (
    PLACEHOLDERS,
    WIDE_PLACEHOLDERS,
    EncodingError,
    absolute_address,
    encode,
    field_offset,
)

PREFIXES = {
    "lock": 0xF0, "rep": 0xF3, "repe": 0xF3, "repz": 0xF3, "repne": 0xF2, "repnz": 0xF2,
    "data16": 0x66, "addr32": 0x67, "bnd": 0xF2, "notrack": 0x3E, "rex64": 0x48, "rex.w": 0x48,
    "cs": 0x2E, "ds": 0x3E, "es": 0x26, "ss": 0x36, "fs": 0x64, "gs": 0x65,
}  # fmt: skip
CONDITIONS = {
    "o": 0, "no": 1, "b": 2, "c": 2, "nae": 2, "nb": 3, "nc": 3, "ae": 3, "e": 4, "z": 4, "ne": 5, "nz": 5,
    "be": 6, "na": 6, "nbe": 7, "a": 7, "s": 8, "ns": 9, "p": 10, "pe": 10, "np": 11, "po": 11,
    "l": 12, "nge": 12, "nl": 13, "ge": 13, "le": 14, "ng": 14, "nle": 15, "g": 15,
}  # fmt: skip
_MNEMONIC = re.compile(r"[a-z][a-z0-9]*$")
_SIZE_AND_SEGMENT = b"\x26\x2e\x36\x3e\x64\x65\x66\x67"
# Opcode before a 1-byte distance, opcode before a 4-byte one; empty where there is no such form.
BRANCHES: dict[str, tuple[str, str]] = {
    **{f"j{name}": (f"{0x70 + code:02x}", f"0f{0x80 + code:02x}") for name, code in CONDITIONS.items()},
    "jmp": ("eb", "e9"),
    "jmpq": ("eb", "e9"),
    "call": ("", "e8"),
    "callq": ("", "e8"),
    "xbegin": ("", "c7f8"),
    "jrcxz": ("e3", ""),
    "jecxz": ("67e3", ""),
    "loop": ("e2", ""),
    "loope": ("e1", ""),
    "loopz": ("e1", ""),
    "loopne": ("e0", ""),
    "loopnz": ("e0", ""),
}
# Instructions whose immediate is as wide as their operand (4 bytes, sign-extended, for 8).
_SIZED_IMMEDIATE = ("mov", "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp", "test", "imul")
# Instructions whose immediates have sizes of their own, in bits, that Keystone cuts them to.
_OWN_IMMEDIATES = {
    **dict.fromkeys(("ret", "retq", "retf", "lret", "lretq", "pushw"), (16,)),
    **dict.fromkeys(("push", "pushq"), (64,)),
    "enter": (16, 8),
}


@dataclass(frozen=True, slots=True)
class Field:
    """Something in an operand that the layout decides; `text` stands for it meanwhile."""

    value: Value
    column: int
    relative: bool = False
    absolute: bool = False  # an address without a base register: see absolute_address


@dataclass(slots=True)
class Operand:
    """An operand for Keystone. `text` has `{}` where its field's placeholder goes."""

    text: str
    column: int
    bits: int | None = None  # of a register, or of memory whose size is written
    immediate: int | None = None
    offset: int | None = None  # displacement that is known
    field: Field | None = None


OperandReader = Callable[[Part, str], Operand]
TargetReader = Callable[[Part], Value | None]


def assemble(statement: Statement, operand: OperandReader, target: TargetReader, att: bool) -> Chunk | Branch:
    """The fragment of an instruction. Raises SyntaxMistake.

    `operand` reads one operand, given the mnemonic; `target` answers what a direct jump's operand
    comes to, or None for an operand that is a register or in memory.
    """
    prefix, head, operands = _without_prefixes(statement)
    if head is None:
        return Chunk(statement.source, prefix, is_code=True)
    mnemonic = head.text.lower()
    if mnemonic in BRANCHES and len(operands) == 1:
        value = target(operands[0])
        if value is not None:
            return _branch(statement, prefix, mnemonic, operands[0], value)
    if not _MNEMONIC.match(mnemonic):  # Keystone may not return from what is no name
        raise SyntaxMistake(head.column, f"unknown instruction {mnemonic}")
    read = [operand(part, mnemonic) for part in operands]
    _check_immediates(mnemonic, read)
    try:
        data, fixups = _encode(mnemonic, read, att)
    except EncodingError as error:
        raise _refused(error, head, read) from None
    shift = len(prefix)
    moved = [
        Fixup(f.offset + shift, f.length, f.value, f.relative, f.end + shift, f.column) for f in fixups
    ]
    return Chunk(statement.source, _with_prefix(prefix, data), moved, is_code=True)


def _with_prefix(prefix: bytes, data: bytes) -> bytes:
    """as puts LOCK and REP behind the segment, address and operand size prefixes of the instruction."""
    own = len(data) - len(data.lstrip(_SIZE_AND_SEGMENT))
    early = bytes(byte for byte in prefix if byte in _SIZE_AND_SEGMENT)
    late = bytes(byte for byte in prefix if byte not in _SIZE_AND_SEGMENT)
    return early + data[:own] + late + data[own:]


def _without_prefixes(statement: Statement) -> tuple[bytes, Part | None, list[Part]]:
    """The prefix bytes, then the mnemonic (None when prefixes stand alone) and its operands."""
    prefix, head, rest = b"", statement.head, statement.rest or Part("", 1)
    while head is not None and head.text.lower() in PREFIXES:
        prefix += bytes([PREFIXES[head.text.lower()]])
        word = rest.text.split(None, 1)
        head = Part(word[0], rest.column) if word else None
        skip = len(word[0]) if word else 0
        rest = strip(Part(rest.text[skip:], rest.column + skip))
    return prefix, head, split_operands(rest)


def _branch(statement: Statement, prefix: bytes, mnemonic: str, part: Part, target: Value) -> Branch:
    if not target.terms:
        raise SyntaxMistake(part.column, f"{mnemonic} needs a label: an address is not known before linking")
    short, long = (bytes.fromhex(opcode) for opcode in BRANCHES[mnemonic])
    wide = prefix + long if long else b""
    return Branch(statement.source, prefix + short, wide, target, part.column, grown=not short)


def _refused(error: EncodingError, head: Part, operands: list[Operand]) -> SyntaxMistake:
    """Keystone's refusal, at the mnemonic or at the first operand."""
    if error.about == "mnemonic":
        return SyntaxMistake(head.column, error.message)
    if not operands:
        return SyntaxMistake(head.column, f"{head.text} needs operands")
    if len(operands) == 1 and not operands[0].field:
        return SyntaxMistake(operands[0].column, f"{head.text} doesn't take this operand alone")
    return SyntaxMistake(operands[0].column, error.message)


def _encode(mnemonic: str, operands: list[Operand], att: bool) -> tuple[bytes, list[Fixup]]:
    wide = mnemonic.startswith("movabs")
    placeholders = WIDE_PLACEHOLDERS if wide else PLACEHOLDERS
    length = 8 if wide else 4
    texts, fields = [], []
    for operand, placeholder in zip(operands, placeholders, strict=False):
        texts.append(operand.text.replace("{}", f"{placeholder:#x}") if operand.field else operand.text)
        if operand.field:
            fields.append((operand.field, placeholder))
    texts += [operand.text for operand in operands[len(placeholders) :]]
    if not operands and mnemonic in UNKNOWN:
        return bytes.fromhex(UNKNOWN[mnemonic]), []
    mnemonic = other_name(mnemonic, operands)
    data = repair(mnemonic, operands, encode(f"{mnemonic} {', '.join(texts)}".strip(), att))
    fixups = []
    for field, placeholder in fields:
        offset = field_offset(data, placeholder, length)
        if offset is None:
            raise EncodingError("operands", f"{mnemonic} has no room for an address in this operand")
        if field.absolute:
            data = absolute_address(data, offset)
        fixups.append(Fixup(offset, length, field.value, field.relative, len(data), field.column))
    for fixup in fixups:
        data = data[: fixup.offset] + bytes(length) + data[fixup.offset + length :]
    return data, fixups


def _check_immediates(mnemonic: str, operands: list[Operand]) -> None:
    """Refuse an immediate that Keystone would cut to its operand's size."""
    own = _OWN_IMMEDIATES.get(mnemonic, ())
    sized = _immediate_bits(mnemonic, operands)
    for index, operand in enumerate(operands):
        bits = own[index] if index < len(own) else sized
        if operand.immediate is None or bits is None:
            continue
        value = operand.immediate
        if not -(1 << (bits - 1)) <= value < 1 << bits:
            raise _out_of_range(operand, bits)
        moves_anything = mnemonic.startswith("mov") and operands[-1 if operand is operands[0] else 0].bits
        if bits == 64 and not moves_anything and not -(1 << 31) <= signed(value) < 1 << 31:
            raise _out_of_range(operand, 32)


def _immediate_bits(mnemonic: str, operands: list[Operand]) -> int | None:
    stem = mnemonic[:-1] if mnemonic[-1] in "bwlq" and mnemonic[:-1] in _SIZED_IMMEDIATE else mnemonic
    if stem not in _SIZED_IMMEDIATE:
        return None
    if stem != mnemonic:
        return {"b": 8, "w": 16, "l": 32, "q": 64}[mnemonic[-1]]
    return next((operand.bits for operand in operands if operand.bits), None)


def _out_of_range(operand: Operand, bits: int) -> SyntaxMistake:
    return SyntaxMistake(
        operand.column, f"immediate {operand.immediate:#x} is out of range: it doesn't fit {bits} bits"
    )


def no_masks(part: Part) -> SyntaxMistake:
    """What to raise for `{k1}` and the like: Keystone may not return from them."""
    column = part.column + part.text.find("{")
    return SyntaxMistake(column, "AVX-512 masks and rounding are not supported")


def check_index(name: str, column: int) -> None:
    """Refuse what no address has as its index: Keystone leaves it out without a word."""
    if name in ("rsp", "esp", "rip", "eip"):
        raise SyntaxMistake(column, f"{name} can't be an index")


def signed(value: int) -> int:
    """A number of up to 64 bits as the signed one with the same bits."""
    return value - (1 << 64) if 1 << 63 <= value < 1 << 64 else value


def number_text(value: int) -> str:
    """A number as Keystone reads it right in both syntaxes."""
    return f"{value:#x}"


def displacement(value: int, column: int) -> int:
    """A displacement as a signed 32-bit number. Raises SyntaxMistake where it doesn't fit."""
    plain = signed(value)
    if not -(1 << 31) <= plain < 1 << 31:
        raise SyntaxMistake(column, f"displacement {value:#x} is out of range: it doesn't fit 32 bits")
    return plain
