"""Intel text to bytes: one call of Keystone for a whole file, then the fixups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from asm.plan9.pieces import DISPLACEMENT, IMMEDIATE, Encoded, Fixups, Intel, Reference
from asm.program import RelocationKind

# Stands between two instructions of a batch, as data, so that its bytes can be taken apart again.
_MARK = 0x9F1D5C7B3AE8624B
_MARK_BYTES = _MARK.to_bytes(8, "little")
_BATCH = 1024  # instructions in one call; Keystone's time grows faster than its input
_SIB_NO_INDEX = 0x25  # base none, index none, displacement of 4 bytes


@cache
def _keystone() -> Any:
    from keystone import KS_ARCH_X86, KS_MODE_64, Ks

    return Ks(KS_ARCH_X86, KS_MODE_64)


def encode(instructions: Iterable[Intel]) -> dict[Intel, Encoded | str]:
    """The machine code of each instruction, or Keystone's reason why there is none."""
    wanted = list(dict.fromkeys(instructions))
    texts = list(dict.fromkeys(instruction.text for instruction in wanted))
    bytes_of = _batch(texts) if texts else {}
    result: dict[Intel, Encoded | str] = {}
    for instruction in wanted:
        code = bytes_of[instruction.text]
        result[instruction] = code if isinstance(code, str) else _fix(code, instruction.fixups)
    return result


def _batch(texts: Sequence[str]) -> dict[str, bytes | str]:
    """The code of each text. A batch that Keystone rejects is halved until the culprits are alone."""
    if len(texts) <= _BATCH:
        code = _assemble(f"\n.quad {_MARK:#x}\n".join(texts))
        parts = code.split(_MARK_BYTES) if isinstance(code, bytes) else []
        if len(parts) == len(texts):
            return dict(zip(texts, parts, strict=True))
    if len(texts) == 1:
        return {texts[0]: code}
    middle = len(texts) // 2
    return _batch(texts[:middle]) | _batch(texts[middle:])


def _assemble(text: str) -> bytes | str:
    from keystone import KsError

    try:
        code, _count = _keystone().asm(text, as_bytes=True)
    except KsError as error:
        return str(error)
    return code or "no code"


def _fix(code: bytes, fixups: Fixups) -> Encoded:
    fixed = bytearray(code)
    field, reference = 0, None
    if fixups.displacement is not None:
        field = fixed.index(DISPLACEMENT.to_bytes(4, "little"))
        value = 0
        if isinstance(fixups.displacement, Reference):
            reference = _relative(fixups.displacement, len(fixed) - field)
        else:
            value = fixups.displacement
        fixed[field : field + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")
        if fixups.absolute:
            fixed[field - 1] = _SIB_NO_INDEX
    if fixups.immediate is not None:
        value, size = fixups.immediate
        at = fixed.rindex(IMMEDIATE[size].to_bytes(size, "little"))
        fixed[at : at + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
    if fixups.other_direction:
        fixed = _other_direction(fixed)
    if fixups.accumulator:
        fixed[1] &= ~7  # ModRM's register: CL is 1, AL is 0
    return Encoded(bytes(fixed), field, reference)


def _relative(reference: Reference, to_end: int) -> Reference:
    """PC-relative fields count from the end of their instruction, relocations from the field."""
    if reference.kind is not RelocationKind.PCREL:
        return reference
    return Reference(reference.target, reference.kind, reference.addend - to_end)


def _other_direction(code: bytearray) -> bytearray:
    """`op reg, rm` for `op rm, reg` or the other way round: the opcode's bit 1, REX.R and REX.B, ModRM."""
    modrm = code[-1]
    code[-1] = 0xC0 | (modrm & 7) << 3 | (modrm >> 3 & 7)
    code[-2] ^= 2
    if len(code) > 2 and code[-3] & 0xF0 == 0x40:
        rex = code[-3]
        code[-3] = rex & 0xFA | (rex & 4) >> 2 | (rex & 1) << 2
    return code
