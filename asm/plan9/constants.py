"""Floating-point constants of instructions: they lie in read-only data."""

from __future__ import annotations

import struct

from asm.plan9.diagnostics import Mistake
from asm.plan9.operands import Global, Real
from asm.plan9.statements import Instruction

_SCALAR = {"SS": ("f", 4), "SD": ("d", 8)}
_WITH_CONSTANT = frozenset(
    operation + kind for operation in ["MOV", "ADD", "SUB", "MUL", "DIV", "COMI", "UCOMI"] for kind in _SCALAR
)


def with_constant(instruction: Instruction, constants: dict[str, bytes]) -> Instruction:
    """A scalar instruction on `$1.5` reads it from a symbol, which is added to `constants`.

    MOVSS and MOVSD of zero clear the register instead. Raises Mistake for what a single can't hold.
    """
    operands = instruction.operands
    if instruction.mnemonic not in _WITH_CONSTANT or not operands or not isinstance(operands[0], Real):
        return instruction
    real, rest = operands[0], operands[1:]
    code, size = _SCALAR[instruction.mnemonic[-2:]]
    try:
        data = struct.pack(f"<{code}", real.value)
    except OverflowError:
        raise Mistake(real.place, f"{real.value} does not fit in {size} bytes") from None
    if instruction.mnemonic.startswith("MOV") and not any(data) and len(rest) == 1:
        return instruction._replace(mnemonic="XORPS", operands=(rest[0], rest[0]))
    name = f"$f{8 * size}.{data[::-1].hex()}"
    constants[name] = data
    return instruction._replace(operands=(Global(name, False, 0, False, real.place), *rest))
