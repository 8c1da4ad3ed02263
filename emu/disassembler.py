"""Machine code as text (Capstone), with what the explanations need of the operands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

LONGEST = 15  # bytes of an x86 instruction


# No tuple: those have a method `index`.
@dataclass(frozen=True, slots=True)
class Operand:
    """A register by name, an immediate (sign-extended to 64 bits, unsigned), or memory: base + index * scale
    + displacement."""

    size: int
    register: str = ""
    immediate: int | None = None
    base: str = ""
    index: str = ""
    scale: int = 1
    displacement: int = 0


class Instruction(NamedTuple):
    """Length in bytes, Intel text, mnemonic, and operands, destination first."""

    size: int
    text: str
    mnemonic: str
    operands: tuple[Operand, ...]


class Disassembler:
    """Decodes x86-64 instructions, and remembers them by address and bytes."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, bytes], Instruction] = {}

    def decode(self, address: int, code: bytes) -> Instruction:
        """The instruction at the start of `code`; `(bad)` of one byte where there is none."""
        known = self._known.get((address, code))
        if known is None:
            known = self._known[address, code] = self._decode(address, code)
        return known

    @cached_property
    def _engine(self) -> Any:
        import capstone

        engine = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
        engine.detail = True
        return engine

    def _decode(self, address: int, code: bytes) -> Instruction:
        for found in self._engine.disasm(code, address, 1):
            operands = tuple(_operand(found, operand) for operand in found.operands)
            return Instruction(found.size, f"{found.mnemonic} {found.op_str}".rstrip(), found.mnemonic, operands)
        return Instruction(1, "(bad)", "(bad)", ())


def _operand(instruction: Any, operand: Any) -> Operand:
    from capstone import x86

    if operand.type == x86.X86_OP_REG:
        return Operand(operand.size, register=instruction.reg_name(operand.reg))
    if operand.type == x86.X86_OP_IMM:
        return Operand(operand.size, immediate=operand.imm & (1 << 64) - 1)
    memory = operand.mem
    return Operand(
        operand.size,
        base=instruction.reg_name(memory.base) or "",
        index=instruction.reg_name(memory.index) or "",
        scale=memory.scale,
        displacement=memory.disp,
    )
