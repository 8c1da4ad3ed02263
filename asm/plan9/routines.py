"""A routine's statements to pieces: frame, slots, jumps, and everything else by the mnemonic tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from asm.plan9.branches import find_target, jump
from asm.plan9.conditions import JUMPS
from asm.plan9.constants import with_constant
from asm.plan9.diagnostics import Mistake, Place
from asm.plan9.dialects import Dialect
from asm.plan9.frames import Depth, Frame, adjust_stack, adjustment, plan_frame
from asm.plan9.lower import choose, lower
from asm.plan9.mnemonics import Form, OperandForm
from asm.plan9.operands import (
    Address,
    Global,
    Immediate,
    Label,
    Memory,
    Operand,
    Register,
    Relative,
    Slot,
)
from asm.plan9.pieces import Align, Encoded, Fixups, Intel, Jump, Piece, Reference
from asm.plan9.registers import REGISTERS, TLS
from asm.plan9.slots import SlotUses
from asm.plan9.statements import Instruction, Routine
from asm.program import RelocationKind

WIDTHS = {"BYTE": 1, "WORD": 2, "LONG": 4, "QUAD": 8}
NO_CODE = frozenset(
    ("NOP", "FUNCDATA", "PCDATA", "NO_LOCAL_POINTERS", "GO_ARGS", "GO_RESULTS_INITIALIZED")
)
ALIGNMENTS = (8, 16, 32, 64, 128, 256, 512, 1024, 2048)
_LEA = {"MOVQ": "LEAQ", "MOVL": "LEAL"}
_POINTER = (OperandForm("rm", 8, True, False),)
_CALL = Form("call", _POINTER, (0,), False)
_JMP = Form("jmp", _POINTER, (0,), False)


@dataclass(slots=True)
class Expanded:
    """A routine as pieces; `starts` has the first piece of each statement. `constants`: name -> bytes."""

    pieces: list[Piece] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    frame: Frame = field(default_factory=lambda: Frame(0, 0))
    align: int = 16
    slots: SlotUses = field(default_factory=SlotUses)
    constants: dict[str, bytes] = field(default_factory=dict)


def expand(
    routine: Routine, dialect: Dialect, system: str | None, symbol: Callable[[Global], str]
) -> Expanded:
    """All pieces of a routine. Mistakes go to its report; what is wrong then has no piece."""
    return _Expansion(routine, dialect, system, symbol).run()


class _Expansion:
    def __init__(
        self, routine: Routine, dialect: Dialect, system: str | None, symbol: Callable[[Global], str]
    ) -> None:
        self._routine = routine
        self._dialect = dialect
        self._system = system
        self._symbol = symbol
        self._result = Expanded()
        self._frame = Frame(max(routine.frame, 0), 0)

    def run(self) -> Expanded:
        try:
            self._frame = plan_frame(self._routine, self._dialect)
        except Mistake as mistake:
            self._routine.report.record(mistake)
        self._result.frame = self._frame
        self._depth = Depth(self._frame)
        self._prologue()
        for index, instruction in enumerate(self._routine.body):
            self._result.starts.append(len(self._result.pieces))
            try:
                self._statement(index, instruction)
                self._depth.step(instruction)
            except Mistake as mistake:
                self._routine.report.record(mistake)
        return self._result

    def _add(self, content: Encoded | Intel | Jump | Align, place: Place) -> None:
        self._result.pieces.append(Piece(content, place))

    def _prologue(self) -> None:
        place = self._routine.place
        if self._frame.saved:
            self._add(Intel("push rbp", Fixups()), place)
            self._add(Intel("mov rbp, rsp", Fixups()), place)
        self._adjust(self._frame.locals, self._routine)

    def _adjust(self, size: int, where: Routine | Instruction) -> None:
        instruction = adjust_stack(size, where, self._dialect)
        if instruction is not None:
            self._machine(instruction)

    def _statement(self, index: int, instruction: Instruction) -> None:
        name = instruction.mnemonic
        if name in NO_CODE:
            return
        if name == "RET":
            self._return(instruction)
        elif name in JUMPS:
            self._branch(index, instruction)
        elif name in WIDTHS:
            self._literal(instruction)
        elif name == "ADJSP":
            self._adjust(adjustment(instruction), instruction)
        elif name == "PCALIGN":
            self._align(instruction)
        elif not self._thread_base(instruction):
            self._machine(with_constant(_address_of(instruction), self._result.constants))

    def _return(self, instruction: Instruction) -> None:
        """RET, behind what undoes the prologue; with a target it is a jump there."""
        self._adjust(-self._frame.locals, instruction)
        if self._frame.saved:
            self._add(Intel("pop rbp", Fixups()), instruction.place)
        if not instruction.operands:
            self._add(Encoded(b"\xc3"), instruction.place)
            return
        if len(instruction.operands) > 1 or not isinstance(instruction.operands[0], Global | Register):
            raise Mistake(instruction.operands[0].place, "RET can only go to a symbol or a register")
        self._go(Instruction("JMP", instruction.operands, instruction.place), instruction.operands[0])

    def _branch(self, index: int, instruction: Instruction) -> None:
        name, operands = instruction.mnemonic, instruction.operands
        if len(operands) != 1:
            raise Mistake(instruction.place, f"{name} takes 1 operand, not {len(operands)}")
        target = operands[0]
        if isinstance(target, Label | Relative) and name != "CALL":
            self._add(jump(name, find_target(self._routine, index, name, target)), instruction.place)
        elif name in ("JMP", "CALL") and not isinstance(target, Label | Relative):
            self._go(instruction, target)
        elif name == "CALL" and isinstance(target, Label):
            raise Mistake(target.place, f"CALL can't go to a label; a symbol is written {target.name}(SB)")
        else:
            raise Mistake(target.place, f"{name} can't go there: only to a label or n(PC) of its TEXT")

    def _go(self, instruction: Instruction, target: Operand) -> None:
        """JMP or CALL to a symbol, or to the address that a register or memory holds."""
        call = instruction.mnemonic == "CALL"
        if isinstance(target, Global) and not target.indirect:
            reference = Reference(self._symbol(target), RelocationKind.PCREL, target.offset - 4)
            code = (b"\xe8" if call else b"\xe9") + bytes(4)
            self._add(Encoded(code, 1, reference), instruction.place)
            return
        if isinstance(target, Slot):
            self._result.slots.use(target, 8, True, False)
            target = self._depth.memory(target)
        if isinstance(target, Global):
            target = target._replace(indirect=False)
        wide = isinstance(target, Register) and _is_general(target)
        if not wide and not isinstance(target, Memory | Global):
            raise Mistake(
                target.place, f"{instruction.mnemonic} can only go to a symbol, a register or through memory"
            )
        self._lower(instruction._replace(operands=(target,)), _CALL if call else _JMP)

    def _lower(self, instruction: Instruction, form: Form) -> None:
        self._add(lower(instruction, form, self._symbol, self._system), instruction.place)

    def _literal(self, instruction: Instruction) -> None:
        """BYTE, WORD, LONG, QUAD: bytes among the instructions."""
        width = WIDTHS[instruction.mnemonic]
        value = instruction.operands[0] if len(instruction.operands) == 1 else None
        if isinstance(value, Address) and isinstance(value.of, Global) and width == 8:
            reference = Reference(self._symbol(value.of), RelocationKind.ABSOLUTE, value.of.offset)
            self._add(Encoded(bytes(8), 0, reference), instruction.place)
            return
        if not isinstance(value, Immediate):
            raise Mistake(instruction.place, f"{instruction.mnemonic} takes one constant, such as $0x90")
        bits = 8 * width
        if not -(1 << (bits - 1)) <= value.value < 1 << bits:
            raise Mistake(value.place, f"{value.value:#x} does not fit in {instruction.mnemonic}")
        self._add(Encoded((value.value & ((1 << bits) - 1)).to_bytes(width, "little")), instruction.place)

    def _align(self, instruction: Instruction) -> None:
        to = instruction.operands[0] if len(instruction.operands) == 1 else None
        if not isinstance(to, Immediate) or to.value not in ALIGNMENTS:
            raise Mistake(instruction.place, "PCALIGN takes a power of two from $8 to $2048")
        self._result.align = max(self._result.align, to.value)
        self._add(Align(to.value), instruction.place)

    def _thread_base(self, instruction: Instruction) -> bool:
        """`MOVQ TLS, R`: no code, because 0(R)(TLS*1) addresses the segment itself on both systems."""
        operands = instruction.operands
        for operand in operands:
            if _uses_thread(operand) and not self._dialect.thread_storage:
                raise Mistake(operand.place, f"dialect {self._dialect.name} has no TLS")
        if not any(isinstance(operand, Register) and operand.name == TLS for operand in operands):
            return False
        source, target = operands if len(operands) == 2 else (None, None)
        moved = isinstance(source, Register) and source.name == TLS and instruction.mnemonic in _LEA
        if not moved or not isinstance(target, Register) or not _is_general(target):
            raise Mistake(operands[0].place, "TLS can only be moved to a register, by MOVQ")
        return True

    def _machine(self, instruction: Instruction) -> None:
        """Everything that the mnemonic tables know."""
        plain = instruction._replace(
            operands=tuple(
                self._depth.memory(operand) if isinstance(operand, Slot) else operand
                for operand in instruction.operands
            ),
        )
        form = choose(plain)
        for operand, spec in zip(instruction.operands, form.operands, strict=True):
            if isinstance(operand, Slot):
                address = "a" in spec.kinds
                self._result.slots.use(
                    operand, 8 if address else spec.size, address or spec.reads, address or spec.writes
                )
        self._lower(plain, form)


def _is_general(register: Register) -> bool:
    return register.name in REGISTERS and REGISTERS[register.name].kind == "r"


def _uses_thread(operand: Operand) -> bool:
    if isinstance(operand, Register):
        return operand.name == TLS
    return isinstance(operand, Memory) and operand.segment == TLS


def _address_of(instruction: Instruction) -> Instruction:
    """MOVQ of an address, `MOVQ $name(SB), AX`, is LEAQ."""
    operands = instruction.operands
    if instruction.mnemonic in _LEA and operands and isinstance(operands[0], Address):
        return instruction._replace(
            mnemonic=_LEA[instruction.mnemonic], operands=(operands[0].of, *operands[1:])
        )
    return instruction
