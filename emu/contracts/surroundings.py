"""What the world around a routine does: the kernel that answers, and what a called routine may leave behind."""

from __future__ import annotations

from array import array

from emu.contracts.cases import ARITHMETIC, CARRY, GARBAGE_REGISTERS, VARIANTS, Case, Garbage, garbage
from emu.contracts.doubles import Double
from emu.cpu import FLAGS_AT_START
from kernel_stub.cpu import INDEX, MASK64

_RAX, _RDX, _RFLAGS = INDEX["rax"], INDEX["rdx"], INDEX["rflags"]
_GARBAGE = tuple(INDEX[name] for name in GARBAGE_REGISTERS)


def answer(values: array[int], case: Case, *, second: bool) -> None:
    """The kernel's answer in the registers. With `second`, it sets RDX, the carry flag and the other flags too."""
    values[_RAX] = case.answer.value & MASK64
    if second:
        values[_RDX] = case.answer.second
        flags = garbage((case.garbage + 7) % VARIANTS).flags & ~CARRY
        values[_RFLAGS] = FLAGS_AT_START | flags | (CARRY if case.answer.carry else 0)


def clobber(values: array[int], preserved: tuple[str, ...], lying: Garbage) -> None:
    """Garbage in all that a called routine need not keep."""
    kept = {INDEX[name] for name in preserved}
    for index, value in zip(_GARBAGE, lying.registers, strict=True):
        if index not in kept:
            values[index] = value
    values[_RFLAGS] = values[_RFLAGS] & ~ARITHMETIC | lying.flags


def own_arguments(double: Double, pointer: int, lying: Garbage) -> list[tuple[int, bytes]]:
    """What a double writes over its arguments, which lie above the return address at `pointer`."""
    return [(pointer + 8 + offset, lying.memory[128 + offset :][:size]) for offset, size in double.arguments]
