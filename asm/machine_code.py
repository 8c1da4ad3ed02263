"""One instruction to bytes, through Keystone, with its traps fenced.

Keystone reads AT&T decimals as hexadecimal, so every number must arrive here as `0x...`. It truncates
numbers that don't fit and takes an absolute address for a RIP-relative one, so the front ends check
ranges and let addresses be filled in: a field that isn't known yet is written as one of PLACEHOLDERS
and found again in the bytes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

# Positive as 32-bit numbers, so that no sign extension changes them; bytes that no opcode pairs with.
PLACEHOLDERS = (0x5BD1E995, 0x61C88647, 0x45D9F3B3)
WIDE_PLACEHOLDERS = (0x5BD1E9955BD1E996, 0x61C8864761C88648, 0x45D9F3B345D9F3B4)


class EncodingError(Exception):
    """No such instruction, or not with these operands; `about` is "mnemonic" or "operands"."""

    def __init__(self, about: str, message: str) -> None:
        super().__init__(message)
        self.about, self.message = about, message


@cache
def _engine(att: bool) -> Any:
    import keystone

    engine = keystone.Ks(keystone.KS_ARCH_X86, keystone.KS_MODE_64)
    if att:
        engine.syntax = keystone.KS_OPT_SYNTAX_ATT
    return engine


@cache
def encode(text: str, att: bool = False) -> bytes:
    """The bytes of one instruction at address 0. Raises EncodingError."""
    from keystone import KS_ERR_ASM_INVALIDOPERAND, KS_ERR_ASM_MNEMONICFAIL, KsError

    mnemonic = text.split(None, 1)[0]
    try:
        encoding, _ = _engine(att).asm(text, 0)
    except KsError as error:
        if error.errno == KS_ERR_ASM_MNEMONICFAIL:
            raise EncodingError("mnemonic", f"unknown instruction {mnemonic}") from None
        if error.errno == KS_ERR_ASM_INVALIDOPERAND:
            raise EncodingError("operands", f"{mnemonic} doesn't take these operands") from None
        reason = str(error).partition(" (KS_ERR")[0].lower()
        raise EncodingError("operands", f"{mnemonic}: {reason}") from None
    if not encoding:
        raise EncodingError("operands", f"{mnemonic} doesn't take these operands")
    return bytes(encoding)


def field_offset(data: bytes, placeholder: int, length: int) -> int | None:
    """Where a placeholder stands in the bytes; None if it doesn't, or more than once."""
    pattern = placeholder.to_bytes(length, "little")
    at = data.find(pattern)
    return at if at >= 0 and data.find(pattern, at + 1) < 0 else None


def absolute_address(data: bytes, offset: int) -> bytes:
    """Turn `[rsp + disp32]` into `[disp32]`, for the displacement at `offset`.

    ModRM's mod goes from 10 to 00 and SIB's base from RSP to none: the form without a base register,
    which 64-bit mode encodes with a SIB byte, since the one without means RIP-relative.
    """
    modrm, sib = data[offset - 2], data[offset - 1]
    if modrm & 0xC7 != 0x84 or sib != 0x24:
        raise EncodingError("operands", "this operand can't be an absolute address")
    return data[: offset - 2] + bytes([modrm & 0x3F, 0x25]) + data[offset:]
