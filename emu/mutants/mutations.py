"""The mistakes: each makes one change to one statement of a routine (a swap, to two neighbours)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from asm.plan9.conditions import CONDITIONAL, CONDITIONS
from asm.plan9.mnemonics import forms
from asm.plan9.operands import Immediate, Label, Memory, Operand, Register, Relative, Slot
from asm.plan9.statements import Instruction
from emu.mutants.spelling import spell

Body = Sequence[Instruction]
NOTHING = "NOP"  # keeps the count of n(PC) and makes no code
_SILENT = frozenset((NOTHING, "FUNCDATA", "PCDATA", "NO_LOCAL_POINTERS", "GO_ARGS", "GO_RESULTS_INITIALIZED"))
_REGISTERS = ("AX", "CX", "DX", "BX", "BP", "SI", "DI", *(f"R{n}" for n in range(8, 16)))
_SUFFIXES = "BWLQ"
_WORD = 8
_SPELLED = {number: f"J{suffix}" for suffix, number, _, _ in CONDITIONS}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A routine with one mistake. `index` is the statement's, `line` its source line; before and after as text."""

    kind: str
    index: int
    line: int
    before: str
    after: str
    body: tuple[Instruction, ...]


def mutants(body: Body) -> Iterator[Mutant]:
    """All mistakes of every kind, statement by statement. Not all of them can be assembled."""
    for index, instruction in enumerate(body):
        if instruction.mnemonic in _SILENT:
            continue
        for kind, change in KINDS:
            for changed in change(instruction):
                after = "" if changed.mnemonic == NOTHING else spell(changed)
                yield _mutant(kind, body, index, {index: changed}, after)
        if index + 1 < len(body) and body[index + 1].mnemonic not in _SILENT:
            following = body[index + 1]
            after = f"{spell(following)}; {spell(instruction)}"
            yield _mutant("swap", body, index, {index: following, index + 1: instruction}, after)


def _mutant(kind: str, body: Body, index: int, changed: dict[int, Instruction], after: str) -> Mutant:
    before = "; ".join(spell(body[number]) for number in sorted(changed))
    new = tuple(changed.get(number, instruction) for number, instruction in enumerate(body))
    return Mutant(kind, index, body[index].place.line, before, after, new)


def _drop(instruction: Instruction) -> Iterator[Instruction]:
    yield Instruction(NOTHING, (), instruction.place)


def _condition(instruction: Instruction) -> Iterator[Instruction]:
    """Every other condition of a jump."""
    number = CONDITIONAL.get(instruction.mnemonic)
    if number is not None:
        yield from (instruction._replace(mnemonic=name) for other, name in _SPELLED.items() if other != number)


def _size(instruction: Instruction) -> Iterator[Instruction]:
    """The same operation on other sizes."""
    name = instruction.mnemonic
    if forms(name) is None or name[-1] not in _SUFFIXES:
        return
    for suffix in _SUFFIXES:
        other = name[:-1] + suffix
        if other != name and forms(other) is not None:
            yield instruction._replace(mnemonic=other)


def _constant(instruction: Instruction) -> Iterator[Instruction]:
    """A constant, and the distance of a jump, one more and one less."""
    for number, operand in enumerate(instruction.operands):
        for step in (-1, 1):
            if isinstance(operand, Immediate):
                yield _with(instruction, number, operand._replace(value=operand.value + step))
            elif isinstance(operand, Relative):
                yield _with(instruction, number, operand._replace(distance=operand.distance + step))
            elif isinstance(operand, Label):
                yield _with(instruction, number, operand._replace(offset=operand.offset + step))


def _register(instruction: Instruction) -> Iterator[Instruction]:
    """Every other general register for an operand; for the base or index of one in memory, the neighbours."""
    for number, operand in enumerate(instruction.operands):
        if isinstance(operand, Register) and operand.name in _REGISTERS:
            for name in _REGISTERS:
                if name != operand.name:
                    yield _with(instruction, number, operand._replace(name=name))
        elif isinstance(operand, Memory):
            yield from (_with(instruction, number, changed) for changed in _other_base(operand))


def _other_base(memory: Memory) -> Iterator[Memory]:
    for part in ("base", "index"):
        name = memory.base if part == "base" else memory.index
        if name in _REGISTERS:
            at = _REGISTERS.index(name)
            for other in (_REGISTERS[at - 1], _REGISTERS[(at + 1) % len(_REGISTERS)]):
                base, index = (other, memory.index) if part == "base" else (memory.base, other)
                yield Memory(base, index, memory.scale, memory.offset, memory.segment, memory.place)


def _slot(instruction: Instruction) -> Iterator[Instruction]:
    """The word above and the word below in memory."""
    for number, operand in enumerate(instruction.operands):
        for step in (-_WORD, _WORD):
            if isinstance(operand, Slot):
                yield _with(instruction, number, operand._replace(offset=operand.offset + step))
            elif isinstance(operand, Memory):
                moved = Memory(
                    operand.base, operand.index, operand.scale, operand.offset + step, operand.segment, operand.place
                )
                yield _with(instruction, number, moved)


def _with(instruction: Instruction, number: int, operand: Operand) -> Instruction:
    operands = instruction.operands
    return instruction._replace(operands=(*operands[:number], operand, *operands[number + 1 :]))


KINDS: tuple[tuple[str, Callable[[Instruction], Iterator[Instruction]]], ...] = (
    ("drop", _drop),
    ("condition", _condition),
    ("constant", _constant),
    ("register", _register),
    ("size", _size),
    ("slot", _slot),
)
