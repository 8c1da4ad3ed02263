"""Where Keystone's encoding is not the one that GNU as makes, or not the instruction at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asm.machine_code import EncodingError

if TYPE_CHECKING:
    from asm.gnu.instructions import Operand

BREAKPOINT = b"\xcc"
OPERAND_SIZE = 0x66
EVEX = 0x62
WIDE_MATTERS = b"\x2a\x2c\x2d\x6e\x7e"  # 0F opcodes whose W chooses a 64-bit general operand

# Without operands, and unknown to Keystone in one syntax or in both.
UNKNOWN = {
    "endbr32": "f30f1efb",
    "endbr64": "f30f1efa",
    "movsd": "a5",
    "cmpsd": "a7",
    "sysretl": "0f07",
    "sysretq": "480f07",
    "lretq": "48cb",
    "lretl": "cb",
    "retfq": "48cb",
    "retq": "c3",
    "leaveq": "c9",
    "pushfq": "9c",
    "popfq": "9d",
}


def other_name(mnemonic: str, operands: list[Operand]) -> str:
    """The name that Keystone knows an instruction by: as takes MOVSX for MOVSXD too."""
    if mnemonic == "movsx" and len(operands) == 2 and 32 in (operands[0].bits, operands[1].bits):
        source_first = operands[0].text.startswith("%") or operands[1].text.startswith("%")
        source = operands[0 if source_first else 1]
        return "movslq" if source.bits == 32 and source_first else "movsxd" if source.bits == 32 else mnemonic
    return mnemonic


def repair(mnemonic: str, operands: list[Operand], data: bytes) -> bytes:
    """The bytes that as makes for an instruction that Keystone encoded as `data`."""
    if mnemonic == "int" and operands[0].immediate == 3:
        return BREAKPOINT
    if mnemonic in ("nop", "nopw", "nopl", "nopq") and operands:
        return _no_operation(data)
    if mnemonic in ("xchg", "xchgq") and data == b"\x48\x90":
        return b"\x90"
    if data[0] == EVEX:
        return _without_evex(operands, data)
    if data[0] == OPERAND_SIZE and _is_segment_move(data):
        return data[1:]
    return data


def _without_evex(operands: list[Operand], data: bytes) -> bytes:
    """VEX for what needs no AVX-512: Keystone takes EVEX for scalars in memory.

    It also cuts displacements to 8 bits where EVEX scales them, so what can't be changed to VEX is
    refused with one. Bits: Intel SDM volume 2, sections 2.3.5 and 2.7.
    """
    _, p0, p1, p2, opcode, modrm = data[:6]
    texts = "".join(operand.text for operand in operands)
    if "zmm" in texts or not p0 & 0x10 or not p2 & 0x08:
        if modrm & 0xC0 == 0x40:
            raise EncodingError("operands", "8-bit displacements of AVX-512 instructions are not supported")
        return data
    opcode_map = p0 & 3
    wide = p1 & 0x80 if opcode_map != 1 or opcode in WIDE_MATTERS else 0
    operand = wide | p1 & 0x7B  # vvvv and pp; L is 0: a scalar
    rest = _with_whole_displacement(operands, data[4:])
    if opcode_map == 1 and not wide and p0 & 0x60 == 0x60:
        return bytes([0xC5, p0 & 0x80 | operand]) + rest
    return bytes([0xC4, p0 & 0xE0 | opcode_map, operand]) + rest


def _with_whole_displacement(operands: list[Operand], rest: bytes) -> bytes:
    """Opcode, ModRM and what follows, with 4 bytes for a displacement that was cut to one."""
    offset = next((operand.offset for operand in operands if operand.offset is not None), 0)
    modrm = rest[1]
    if modrm & 0xC0 != 0x40 or -128 <= offset <= 127:
        return rest
    at = 3 if modrm & 7 == 4 else 2
    whole = offset.to_bytes(4, "little", signed=True)
    return rest[:1] + bytes([modrm ^ 0xC0]) + rest[2:at] + whole + rest[at + 1 :]


def _no_operation(data: bytes) -> bytes:
    """Keystone makes 0f 18 /4, which hints at a prefetch; the no-operation is 0f 1f /0."""
    at = data.find(b"\x0f\x18")
    if at < 0:
        return data
    return data[:at] + bytes([0x0F, 0x1F, data[at + 2] & 0xC7]) + data[at + 3 :]


def _is_segment_move(data: bytes) -> bool:
    """A move into a segment register, or from one to memory, is of 16 bits without the prefix."""
    after = data[1:].lstrip(bytes(range(0x40, 0x50)))
    into, from_one = after[0] == 0x8E, after[0] == 0x8C
    return into or (from_one and after[1] < 0xC0)
