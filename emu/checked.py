"""Exceptions that the engine doesn't raise, looked for before each instruction while they are possible.

That is while RFLAGS.AC is set, or an exception of SSE or the x87 FPU is unmasked; and once for every instruction
that can bring this about (emu/sites.py). Alignment faults (#AC), misaligned operands of SSE instructions and
reserved bits of MXCSR (#GP) are found here; of SSE exceptions (#XM) emu/sse.py knows. As long as this goes on,
MXCSR gets the flags of the exceptions that are masked, too.
"""

from __future__ import annotations

from typing import Any

from emu import sse
from emu.fpu import MXCSR_MASK, STACK, XMM, Fpu
from emu.hardware import decoded, is_canonical
from emu.mmu import AddressSpace
from emu.places import Place, effective_address, places, whole
from kernel_stub.cpu import INDEX, Fault, Registers

ALIGNMENT_CHECK = 0x40000  # RFLAGS.AC
GENERAL_PROTECTION, ALIGNMENT, SIMD = 13, 17, 19
_REGISTER, _MEMORY = 1, 3  # Capstone's kinds of operands
_RFLAGS = INDEX["rflags"]


class Checks:
    """What the processor with these registers would find wrong; `needed` while it must be asked each time."""

    def __init__(self, space: AddressSpace, registers: Registers, fpu: Fpu) -> None:
        self._space, self._registers, self._fpu = space, registers, fpu
        self._raised = 0  # flags that MXCSR gets when the instruction has retired

    @property
    def needed(self) -> bool:
        """Whether an exception that the engine doesn't know is possible behind the next instruction."""
        return self._fpu.unmasked or bool(self._registers.values[_RFLAGS] & ALIGNMENT_CHECK)

    def before(self) -> Fault | None:
        """The exception of the instruction at RIP, if it raises one that the engine doesn't know."""
        self._raised = 0
        registers = self._registers
        code = self._space.code_at(registers.rip)
        instruction = decoded(code)
        if instruction is None:
            return None
        touched = places(instruction, registers)
        if not all(is_canonical(place.address) for place in touched):
            return None  # the engine reports it
        return (
            self._misaligned(touched)
            or self._reserved(instruction.mnemonic, touched)
            or self._inexact(instruction, code[instruction.size - 1])
        )

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

    def _inexact(self, instruction: Any, immediate: int) -> Fault | None:
        """What an SSE instruction's operands and result raise; MXCSR gets the flags."""
        operands = instruction.operands
        if not sse.is_arithmetic(instruction.mnemonic) or operands[0].type != _REGISTER:
            return None
        image = self._fpu.load()
        mxcsr = int.from_bytes(image[24:28], "little")
        first = self._operand(instruction, operands[0], operands[0].size, image)
        size = sse.source_size(instruction.mnemonic, operands[1].size)
        second = self._operand(instruction, operands[1], size, image)
        if len(second) < size:
            return None  # a page fault
        raised = sse.flags(instruction.mnemonic, immediate, first, second, mxcsr)
        if not raised & ~(mxcsr >> 7):
            self._raised = raised
            return None
        self._flag(raised)
        return Fault(SIMD)

    def _operand(self, instruction: Any, operand: Any, size: int, image: bytes) -> bytes:
        """The operand's first bytes, from the register, the image of the FPU, or memory."""
        if operand.type == _MEMORY:
            return self._space.code_at(effective_address(instruction, operand.mem, self._registers), size)
        name = instruction.reg_name(operand.reg)
        if name.startswith("xmm"):
            start = XMM + 16 * int(name[3:])
        elif name.startswith("mm"):
            start = STACK + 16 * (int(name[2:]) - (image[3] >> 3) & 7)
        else:
            return self._registers.values[INDEX[whole(name)]].to_bytes(8, "little")[:size]
        return image[start : start + size]

    def _flag(self, raised: int) -> None:
        control, status, mxcsr = self._fpu.words
        self._fpu.words = control, status, mxcsr | raised

    def after(self, retired: bool) -> None:
        """Notes what the instruction changed, and what it raised if it retired."""
        if retired and self._raised:
            self._flag(self._raised)
        self._fpu.refresh()
