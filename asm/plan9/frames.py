"""Stack frames: what a TEXT line's frame size makes of SP, BP, `name+0(FP)` and `name-8(SP)`."""

from __future__ import annotations

from typing import NamedTuple

from asm.plan9.diagnostics import Mistake
from asm.plan9.dialects import Dialect
from asm.plan9.operands import Global, Immediate, Memory, Register, Slot
from asm.plan9.statements import Instruction, Routine

NOSPLIT = 4
NOFRAME = 512
WORD = 8  # a return address, a saved BP

# Bytes that an instruction takes from the stack; POP gives them back.
PUSHES = {"PUSHQ": 8, "PUSHFQ": 8, "PUSHW": 2, "PUSHFW": 2}
POPS = {"POPQ": 8, "POPFQ": 8, "POPW": 2, "POPFW": 2}

# The runtime's panics that Go's assembler doesn't count as calls when it looks for leaves.
_NO_CALLS = ("panicdivide", "panicwrap", "panicshift", "panicBounds", "panicExtend")


class Frame(NamedTuple):
    """`locals` bytes below the saved BP (`saved` is 8 or 0), which lies below the return address."""

    locals: int
    saved: int

    @property
    def size(self) -> int:
        """Bytes between SP in the body and the return address."""
        return self.locals + self.saved


def plan_frame(routine: Routine, dialect: Dialect) -> Frame:
    """The routine's frame. Raises Mistake when its size is not possible, or it would need a stack check."""
    size = max(routine.frame, 0)  # $-8 means: no frame
    if size % dialect.frame_multiple:
        raise Mistake(routine.place, f"frame size {size} is not a multiple of {dialect.frame_multiple}")
    calls = any(instruction.mnemonic == "CALL" for instruction in routine.body)
    saves = dialect.frame_pointer and not routine.flags & NOFRAME and (size > 0 or calls)
    frame = Frame(size, WORD if saves else 0)
    if not routine.flags & NOSPLIT and not _small_leaf(routine, frame, dialect):
        raise Mistake(
            routine.place,
            f"{routine.name} needs a stack-split check, which Ringside can't make: add NOSPLIT ({NOSPLIT})",
        )
    return frame


def _small_leaf(routine: Routine, frame: Frame, dialect: Dialect) -> bool:
    """Whether the routine runs in the bytes that every stack keeps below its guard."""
    if frame.size >= dialect.small_leaf:
        return False
    for instruction in routine.body:
        if instruction.mnemonic == "CALL" and not (
            _harmless(instruction) and frame.size < dialect.small_leaf - WORD
        ):
            return False
    return True


def _harmless(instruction: Instruction) -> bool:
    target = instruction.operands[0] if instruction.operands else None
    names = {f"runtime{dot}{name}" for name in _NO_CALLS for dot in "\u00b7."}
    return isinstance(target, Global) and target.name in names


class Depth:
    """How far SP lies below the return address, statement by statement in source order."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._depth = frame.size

    def memory(self, slot: Slot) -> Memory:
        """A slot as memory relative to SP, as SP stands before the statement at hand."""
        if slot.area == "FP":
            offset = slot.offset + self._depth + WORD
        else:
            offset = slot.offset + self._depth - self._frame.saved
        if not -(1 << 31) <= offset < 1 << 31:
            raise Mistake(slot.place, f"offset of {slot.name} does not fit in 32 bits")
        return Memory("SP", None, 0, offset, None, slot.place)

    def step(self, instruction: Instruction) -> None:
        """Follow a statement. Raises Mistake at a RET that would not find its return address."""
        name = instruction.mnemonic
        self._depth += PUSHES.get(name, 0) - POPS.get(name, 0)
        if name == "ADJSP":
            self._depth += adjustment(instruction)
        if name == "RET" and self._depth != self._frame.size:
            off = self._depth - self._frame.size
            way = "low" if off > 0 else "high"
            raise Mistake(
                instruction.place, f"RET with unbalanced PUSH and POP: SP is {abs(off)} bytes too {way}"
            )


def adjustment(instruction: Instruction) -> int:
    """The bytes that an ADJSP takes from the stack."""
    operands = instruction.operands
    if len(operands) != 1 or not isinstance(operands[0], Immediate):
        raise Mistake(instruction.place, "ADJSP takes one constant, such as $8")
    if not -(1 << 31) < operands[0].value < 1 << 31:
        raise Mistake(operands[0].place, f"{operands[0].value:#x} is out of range for ADJSP")
    return operands[0].value


def adjust_stack(size: int, routine: Routine | Instruction, dialect: Dialect) -> Instruction | None:
    """The instruction that takes `size` bytes from the stack (gives back, if negative), or None for 0."""
    if size == 0:
        return None
    # -128 fits in a signed byte, 128 does not
    grow = size > 0 if not dialect.short_adjust or abs(size) != 128 else size < 0
    value = abs(size) if grow == (size > 0) else -abs(size)
    operands = (Immediate(value, routine.place), Register("SP", routine.place))
    return Instruction("SUBQ" if grow else "ADDQ", operands, routine.place)
