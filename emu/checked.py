"""Exceptions that the engine doesn't raise, looked for before each instruction while they are possible.

That is while RFLAGS.AC is set, or an exception of SSE or the x87 FPU is unmasked; and once for every instruction
that can bring this about (emu/sites.py). Alignment faults (#AC), misaligned operands of SSE instructions and
reserved bits of MXCSR (#GP) are found here.
"""

from __future__ import annotations

from emu.fpu import MXCSR_MASK, Fpu
from emu.hardware import decoded, is_canonical
from emu.mmu import AddressSpace
from emu.places import Place, places
from kernel_stub.cpu import INDEX, Fault, Registers

ALIGNMENT_CHECK = 0x40000  # RFLAGS.AC
GENERAL_PROTECTION, ALIGNMENT = 13, 17
_RFLAGS = INDEX["rflags"]


class Checks:
    """What the processor with these registers would find wrong; `needed` while it must be asked each time."""

    def __init__(self, space: AddressSpace, registers: Registers, fpu: Fpu) -> None:
        self._space, self._registers, self._fpu = space, registers, fpu

    @property
    def needed(self) -> bool:
        """Whether an exception that the engine doesn't know is possible behind the next instruction."""
        return self._fpu.unmasked or bool(self._registers.values[_RFLAGS] & ALIGNMENT_CHECK)

    def before(self) -> Fault | None:
        """The exception of the instruction at RIP, if it raises one that the engine doesn't know."""
        registers = self._registers
        code = self._space.code_at(registers.rip)
        instruction = decoded(code)
        if instruction is None:
            return None
        touched = places(instruction, registers)
        if not all(is_canonical(place.address) for place in touched):
            return None  # the engine reports it
        return self._misaligned(touched) or self._reserved(instruction.mnemonic, touched)

    def _misaligned(self, touched: list[Place]) -> Fault | None:
        """Alignment goes by linear addresses alone: it comes before page faults."""
        if self._registers.values[_RFLAGS] & ALIGNMENT_CHECK:
            for place in touched:
                if place.address % place.natural:
                    return Fault(ALIGNMENT)
        return Fault(GENERAL_PROTECTION) if any(place.address % place.required for place in touched) else None

    def _reserved(self, mnemonic: str, touched: list[Place]) -> Fault | None:
        if mnemonic != "ldmxcsr":
            return None
        value = int.from_bytes(self._space.code_at(touched[0].address, 4), "little")
        return Fault(GENERAL_PROTECTION) if value & ~MXCSR_MASK else None

    def after(self) -> None:
        """Notes what the instruction changed."""
        self._fpu.refresh()
