"""Statements of the Plan 9 assembler as text."""

from __future__ import annotations

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
from asm.plan9.statements import Instruction


def spell(instruction: Instruction) -> str:
    """`MOVQ 16(SP), DI`."""
    return f"{instruction.mnemonic} {', '.join(map(operand, instruction.operands))}".rstrip()


def operand(of: Operand) -> str:
    """One operand."""
    match of:
        case Register(name):
            return name
        case Immediate(value):
            return f"${value}" if abs(value) < 2048 else f"${value & ((1 << 64) - 1):#x}"
        case Real(value):
            return f"${value}"
        case Text(value):
            return '$"' + value.decode("utf-8", "backslashreplace") + '"'
        case Slot(name, area, offset):
            return f"{name}{offset:+}({area})"
        case Global(name, static, offset, indirect):
            return f"{'*' * indirect}{name}{'<>' * static}{f'{offset:+}' if offset else ''}(SB)"
        case Address(inner):
            return f"${operand(inner)}"
        case Relative(distance):
            return f"{distance}(PC)"
        case Label(name, offset):
            return f"{name}{f'{offset:+}' if offset else ''}"
        case Memory():
            return _memory(of)


def _memory(of: Memory) -> str:
    base = f"({of.base})" if of.base else ""
    index = f"({of.index}*{of.scale})" if of.index else ""
    segment = f"{of.segment}:" if of.segment else ""
    return f"{segment}{of.offset or (0 if base == '(SP)' else '')}{base}{index}"
