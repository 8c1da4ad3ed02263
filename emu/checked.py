"""Exceptions that the engine doesn't raise, looked for before each instruction while they are possible.

That is while RFLAGS.AC is set, or an exception of SSE or the x87 FPU is unmasked; and once for every instruction
that can bring this about (emu/sites.py). Alignment faults (#AC), misaligned operands of SSE instructions and
reserved bits of MXCSR (#GP) are found here; of SSE exceptions (#XM) emu/sse.py knows, of those of the x87 FPU
(#MF) emu/x87.py. As long as this goes on, MXCSR and the status word get the flags of what is masked, too.
"""

from __future__ import annotations

from typing import Any

from emu import sse, x87
from emu.fpu import MXCSR_MASK, STACK, X87_MASKS, XMM, Fpu
from emu.hardware import decoded, is_canonical
from emu.ieee import BEFORE, ZERO_DIVIDE
from emu.mmu import AddressSpace
from emu.places import Place, effective_address, places, whole
from kernel_stub.cpu import ALIGNMENT_CHECK, INDEX, Fault, Registers

GENERAL_PROTECTION, X87, ALIGNMENT, SIMD = 13, 16, 17, 19
_REGISTER, _MEMORY = 1, 3  # Capstone's kinds of operands
_RFLAGS = INDEX["rflags"]


class Checks:
    """What the processor with these registers would find wrong; `needed` while it must be asked each time."""

    def __init__(self, space: AddressSpace, registers: Registers, fpu: Fpu) -> None:
        self._space, self._registers, self._fpu = space, registers, fpu
        self._raised = 0  # flags that MXCSR gets when the instruction has retired
        self._x87 = 0  # bits that the x87 status word then gets,
        self._divides = False
        self._image = b""  # and what it finds again where one of these exceptions is not masked

    @property
    def needed(self) -> bool:
        """Whether an exception that the engine doesn't know is possible behind the next instruction."""
        return self._fpu.unmasked or bool(self._registers.values[_RFLAGS] & ALIGNMENT_CHECK)

    def before(self) -> Fault | None:
        """The exception of the instruction at RIP, if it raises one that the engine doesn't know."""
        self._raised = self._x87 = 0
        self._divides = False
        registers = self._registers
        code = self._space.code_at(registers.rip)
        instruction = decoded(code)
        if instruction is None:
            return None
        if x87.waits(code, instruction.mnemonic) and self._pending:
            return Fault(X87)
        touched = places(instruction, registers)
        if not all(is_canonical(place.address) for place in touched):
            return None  # the engine reports it
        fault = self._misaligned(touched) or self._reserved(instruction.mnemonic, touched)
        if fault is None and x87.computes(instruction.mnemonic):
            self._note_x87(instruction, code)
        return fault or self._of_sse(instruction, code[instruction.size - 1])

    @property
    def _pending(self) -> int:
        """x87 exceptions that are flagged and not masked."""
        control, status, _ = self._fpu.words
        return status & ~control & X87_MASKS

    def _note_x87(self, instruction: Any, code: bytes) -> None:
        """What an x87 instruction raises; the next one that waits reports it."""
        self._image, self._divides = self._fpu.load(), "div" in instruction.mnemonic
        memory = next((each for each in instruction.operands if each.type == _MEMORY), None)

        def source(size: int) -> bytes:
            return self._operand(instruction, memory, size, b"") if memory else b""

        self._x87 = x87.flags(code, self._image, source)

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

    def _of_sse(self, instruction: Any, immediate: int) -> Fault | None:
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
        if retired:
            self._finish()
        self._fpu.refresh()

    def _finish(self) -> None:
        """The flags of the instruction, and whether the x87 FPU has something pending now. What raises an exception
        that is not masked, and known from the operands, has done nothing else."""
        if self._x87 and self._x87 & BEFORE & ~self._image[0]:
            now = self._fpu.load()
            self._fpu.store(self._image[:6] + now[6:32] + self._image[32:])
        words = control, status, mxcsr = self._fpu.words
        if self._divides and not (self._x87 | self._image[2]) & ZERO_DIVIDE:
            status &= ~ZERO_DIVIDE  # the engine's, for 0/0 and infinity/0 too
        status |= self._x87
        status &= ~(x87.SUMMARY | x87.BUSY)
        if status & ~control & X87_MASKS:
            status |= x87.SUMMARY | x87.BUSY
        if words != (control, status, mxcsr | self._raised):
            self._fpu.words = control, status, mxcsr | self._raised
