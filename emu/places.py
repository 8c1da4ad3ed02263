"""Where in memory an instruction goes, before it does, and how its operands have to be aligned.

Source: Intel's manual, volume 3, 6.15, "Interrupt 17"; where it leaves the choice to the processor, this is what
an AMD Zen does. tests/oracle/test_alignment.py compares with the host's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kernel_stub.cpu import INDEX, MASK64, Registers

_NO_ACCESS = frozenset(("lea", "nop", "invlpg", "clflush", "prefetchnta", "prefetcht0", "prefetcht1", "prefetcht2",
                        "prefetch", "prefetchw"))  # fmt: skip
_UNALIGNED = frozenset(("movups", "movupd", "movdqu", "lddqu",
                        "pcmpestri", "pcmpestrm", "pcmpistri", "pcmpistrm"))  # fmt: skip
_STATE = {"fxsave": 16, "fxsave64": 16, "fxrstor": 16, "fxrstor64": 16,
          "xsave": 64, "xsave64": 64, "xsaveopt": 64, "xsaveopt64": 64, "xrstor": 64, "xrstor64": 64}  # fmt: skip
_MASKED = frozenset(("maskmovdqu", "maskmovq"))
_ENVIRONMENT = frozenset(("fnstenv", "fldenv", "fnsave", "frstor"))  # aligned as their words


class Place(NamedTuple):
    """An address. `required`: the alignment without which it is a protection fault; `natural`: the
    one without which it is an alignment fault while those are on."""

    address: int
    required: int
    natural: int


def places(instruction: Any, registers: Registers) -> list[Place]:
    """What this decoded instruction at RIP reads and writes; nothing for those that don't matter."""
    mnemonic = instruction.mnemonic
    if mnemonic in _NO_ACCESS:
        return []
    if mnemonic.startswith("rep") and not _count(instruction, registers):
        return []
    return [*_named(instruction, registers), *_implied(instruction, registers)]


def _count(instruction: Any, registers: Registers) -> int:
    return registers.rcx & (0xFFFF_FFFF if instruction.addr_size == 4 else MASK64)


def _named(instruction: Any, registers: Registers) -> list[Place]:
    found = []
    name = instruction.mnemonic
    for operand in instruction.operands:
        if operand.type != 3:  # X86_OP_MEM
            continue
        size = operand.size
        required, natural = _alignment(name, size)
        address = effective_address(instruction, operand.mem, registers)
        found.append(Place(address, required, natural))
    return found


def _alignment(name: str, size: int) -> tuple[int, int]:
    """What is required of an operand of this size, and its natural alignment."""
    if name in _STATE:
        return _STATE[name], 4
    if name in _ENVIRONMENT:
        return 1, 4
    if name in _UNALIGNED:
        return 1, size
    if size == 16:
        return 16, 1  # SSE, CMPXCHG16B
    if size == 10:
        return 1, 8
    return 1, size if size in (1, 2, 4, 8) else 1


def _implied(instruction: Any, registers: Registers) -> list[Place]:
    """The words that PUSH, POP, CALL, RET, ENTER and LEAVE move, and what masked moves go to."""
    name = instruction.mnemonic.rpartition(" ")[2]
    word = 2 if 0x66 in instruction.prefix else 8
    if name.startswith(("push", "call", "enter")):
        return [Place(registers.rsp - word & MASK64, 1, word)]
    if name.startswith(("pop", "ret")):
        return [Place(registers.rsp, 1, word)]
    if name == "leave":
        return [Place(registers.rbp, 1, word)]
    if name in _MASKED:
        return [Place(registers.rdi, 1, 8)]
    return []


def effective_address(instruction: Any, memory: Any, registers: Registers) -> int:
    """The linear address of a memory operand of the instruction at RIP."""
    values = registers.values
    total = memory.disp
    for register, scale in ((memory.base, 1), (memory.index, memory.scale)):
        name = instruction.reg_name(register) if register else None
        if name in ("rip", "eip"):
            total += registers.rip + instruction.size
        elif name in ("riz", "eiz", None):
            continue
        else:
            assert name is not None
            total += values[INDEX[whole(name)]] * scale
    if instruction.addr_size == 4:
        total &= 0xFFFF_FFFF
    segment = instruction.reg_name(memory.segment) if memory.segment else None
    if segment in ("fs", "gs"):
        total += values[INDEX[f"{segment}_base"]]
    return int(total) & MASK64


def whole(name: str) -> str:
    """The 64-bit register of which this is the low 64 or 32 bits."""
    if name.startswith("e"):
        return "r" + name[1:]
    return name.removesuffix("d") if name[1:2].isdigit() else name
