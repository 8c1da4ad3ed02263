"""Where Keystone's encoding is not the one that GNU as makes, or not the instruction at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asm.gnu.instructions import Operand


def repair(mnemonic: str, operands: list[Operand], data: bytes) -> bytes:
    """The bytes that as makes for an instruction that Keystone encoded as `data`."""
    return data
