"""Exceptions as the hardware reports them, where the engine names another vector or another instruction.

tests/oracle/test_single_step.py holds the results against the host's CPU.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from kernel_stub.cpu import INDEX, MASK64, Registers

_PREFIXES = bytes((0x26, 0x2E, 0x36, 0x3E, *range(0x40, 0x50), 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3))
# Capstone says that they only read, or only write.
_MISJUDGED = frozenset(("cmpxchg", "cmpxchg8b", "cmpxchg16b", "rcl", "rcr", "rol", "ror"))
_CALL, _CALL_INDIRECT, _RETURN, _RETURN_AND_POP = 0xE8, 0xFF, 0xC3, 0xC2


def is_canonical(address: int) -> bool:
    """Whether bits 47 to 63 of a 64-bit address are equal."""
    return address >> 47 in (0, 0x1FFFF)


def without_prefixes(code: bytes) -> bytes:
    """An instruction from its opcode on, without legacy prefixes and REX."""
    return code.lstrip(_PREFIXES)


def stack_pointer_before(branch: bytes, after: int) -> int:
    """RSP before a near jump, call or return, given the branch's bytes and RSP after it."""
    code, moved = without_prefixes(branch), 0
    if code[0] == _CALL or (code[0] == _CALL_INDIRECT and code[1] >> 3 & 7 == 2):
        moved = -8
    elif code[0] == _RETURN:
        moved = 8
    elif code[0] == _RETURN_AND_POP:
        moved = 8 + int.from_bytes(code[1:3], "little")
    return (after - moved) & MASK64


def uses_stack_segment(code: bytes, registers: Registers) -> bool:
    """Whether the instruction goes to a non-canonical address by way of SS, which is vector 12 and not 13.

    PUSH, POP, CALL, RET, ENTER and LEAVE do by themselves; so does an address whose base is RSP or RBP,
    unless FS or GS override it (the other overrides mean nothing in 64-bit mode).
    """
    found = decoded(code)
    if found is None:
        return False
    for operand in found.operands:
        memory = operand.mem
        if found.reg_name(memory.base) in ("rsp", "rbp") and found.reg_name(memory.segment) not in ("fs", "gs"):
            return not is_canonical(_effective_address(found, memory, registers))
    if "rsp" not in (found.reg_name(register) for register in found.regs_write):
        return False
    return not is_canonical(registers.rbp if found.mnemonic == "leave" else registers.rsp)


def writes_what_it_reads(code: bytes) -> bool:
    """Whether the instruction reads a place in memory and then writes it.

    The hardware asks for write access at once; the engine reads first, and reports a fault of that.
    """
    from capstone import CS_AC_READ, CS_AC_WRITE
    from capstone.x86 import X86_OP_MEM

    found = decoded(code)
    if found is None:
        return False
    both = CS_AC_READ | CS_AC_WRITE
    memory = [operand for operand in found.operands if operand.type == X86_OP_MEM]
    misjudged = found.mnemonic.rpartition(" ")[2] in _MISJUDGED
    return any(operand.access & both == both or misjudged for operand in memory)


def decoded(code: bytes) -> Any:
    """Capstone's instruction at the start of the code, with details; None where there is none."""
    return next(_disassembler().disasm(code, 0, 1), None)


@cache
def _disassembler() -> Any:
    from capstone import CS_ARCH_X86, CS_MODE_64, Cs

    engine = Cs(CS_ARCH_X86, CS_MODE_64)
    engine.detail = True
    return engine


def _effective_address(found: Any, memory: Any, registers: Registers) -> int:
    values = registers.values
    base = values[INDEX[found.reg_name(memory.base)]]
    index = values[INDEX[found.reg_name(memory.index)]] if found.reg_name(memory.index) in INDEX else 0
    return int(base + index * memory.scale + memory.disp) & MASK64
