"""A call apart from where its words lie: the same contract binds stack slots and registers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asm.program import Slot

REGISTERS = ("rax", "rbx", "rcx", "rdi", "rsi", "r8", "r9", "r10", "r11")  # ABIInternal's integers, in order


@dataclass(frozen=True, slots=True)
class Convention:
    """How a routine is called.

    `preserved` are the registers that it, and every routine that it calls, must leave as they were,
    besides SP. With `in_registers`, arguments and results are in REGISTERS, else on the stack.
    """

    name: str
    preserved: tuple[str, ...]
    in_registers: bool = False


GO2008 = Convention("Go of 2008 (no callee-saved registers; R14 is m, R15 is g)", ("r14", "r15"))
ABI0 = Convention("Go's ABI0 (no callee-saved registers; BP is the frame pointer)", ("rbp",))
ABI_INTERNAL = Convention(
    "Go's ABIInternal (no callee-saved registers; BP is the frame pointer, R14 is g)", ("rbp", "r14"), True
)
KERNEL_ENTRY = Convention("entered by the kernel, which has saved every register", ())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word of the call lies: a register, or `offset` bytes from the first argument on the stack."""

    name: str
    register: str = ""
    offset: int = 0
    size: int = 8


@dataclass(frozen=True, slots=True)
class Binding:
    """A contract's arguments and results, bound to places."""

    convention: Convention
    arguments: tuple[Place, ...]
    results: tuple[Place, ...]


def on_stack(convention: Convention, slots: Sequence[Slot]) -> Binding:
    """Arguments and results as the slots of a signature say."""
    arguments, results = (
        tuple(Place(slot.name, "", slot.offset, slot.size) for slot in slots if slot.written == written)
        for written in (False, True)
    )
    return Binding(convention, arguments, results)


def in_registers(
    convention: Convention, arguments: Sequence[str], results: Sequence[str], registers: Sequence[str] = REGISTERS
) -> Binding:
    """Arguments and results in registers, each counted from the first."""
    return Binding(
        convention,
        tuple(Place(name, register) for name, register in zip(arguments, registers, strict=False)),
        tuple(Place(name, register) for name, register in zip(results, registers, strict=False)),
    )
