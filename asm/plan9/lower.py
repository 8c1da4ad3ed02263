"""One instruction of Plan 9 syntax to one of Intel syntax.

The lowering chooses spellings for which Keystone picks the encoding that Go's assembler picks. Where
no spelling does, fixups change the bytes afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from asm.plan9 import mnemonics
from asm.plan9.conditions import JUMPS
from asm.plan9.diagnostics import Mistake, Place
from asm.plan9.mnemonics import Form, OperandForm
from asm.plan9.operands import (
    Address,
    Global,
    Immediate,
    Memory,
    Operand,
    Real,
    Register,
    Slot,
)
from asm.plan9.pieces import DISPLACEMENT, IMMEDIATE, FixupFields, Fixups, Intel, Reference
from asm.plan9.registers import REGISTERS, TLS, intel_name
from asm.plan9.statements import Instruction
from asm.program import RelocationKind

POINTER = {0: "", 1: "byte ptr ", 2: "word ptr ", 4: "dword ptr ", 8: "qword ptr ", 16: "xmmword ptr "}
ORDINAL = ("first", "second", "third", "fourth")
DIRECTIVES = ("TEXT", "DATA", "GLOBL", "FUNCDATA", "PCDATA", "PCALIGN", "BYTE", "WORD", "LONG", "QUAD")
FRAME_OPERATIONS = ("RET", "ADJSP", "NOP", "UNDEF", "NO_LOCAL_POINTERS")
TLS_SEGMENTS = {"darwin": "gs"}  # the others: fs

_SMALL = {"u": (0, 255), "j": (-128, 127), "t": (0, 3)}
# Instructions for which Go has another encoding than Keystone, and no other spelling gets it.
_SPELLINGS = {"xchg eax, eax": "nop"}

Name = Callable[[Global], str]


def choose(instruction: Instruction) -> Form:
    """The form of the mnemonic that the operands fit. Raises Mistake saying what doesn't fit."""
    forms = mnemonics.forms(instruction.mnemonic)
    if forms is None:
        raise unknown(instruction)
    operands = instruction.operands
    same_count = [form for form in forms if len(form.operands) == len(operands)]
    if not same_count:
        counts = sorted({len(form.operands) for form in forms})
        expected = " or ".join(str(count) for count in counts)
        plural = "s" if counts[-1:] != [1] else ""
        raise Mistake(
            instruction.place,
            f"{instruction.mnemonic} takes {expected} operand{plural}, not {len(operands)}",
        )
    for form in same_count:
        fit = [_fits(operand, spec) for operand, spec in zip(operands, form.operands, strict=True)]
        if all(fit) and sum(isinstance(o, Memory | Global) for o in operands) < 2:
            return form
    raise _misfit(instruction, same_count)


def unknown(instruction: Instruction) -> Mistake:
    """The mistake for a mnemonic that is in no table."""
    name = instruction.mnemonic
    if (name.startswith("V") and mnemonics.forms(name[1:])) or name.startswith(("VP", "VMOV", "VZERO")):
        return Mistake(instruction.place, f"{name}: AVX instructions are not supported")
    every = [*mnemonics.known(), *JUMPS, *DIRECTIVES, *FRAME_OPERATIONS]
    close = get_close_matches(name.upper(), every, 1)
    hint = f": did you mean {close[0]}?" if close else ""
    return Mistake(instruction.place, f"unknown instruction {name}{hint}")


def _fits(operand: Operand, spec: OperandForm) -> bool:
    if isinstance(operand, Register):
        if operand.name == TLS:
            return False
        kind = REGISTERS[operand.name].kind
        if kind == "b":
            return ("r" in spec.kinds and spec.size == 1) or ("c" in spec.kinds and operand.name == "CL")
        return (
            kind in spec.kinds
            or (operand.name == "CX" and "c" in spec.kinds)
            or (operand.name == "X0" and spec.kinds == "0")
        )
    if isinstance(operand, Memory | Global):
        star = isinstance(operand, Global) and operand.indirect
        return ("m" in spec.kinds or "a" in spec.kinds) and not star
    if isinstance(operand, Immediate):
        bounds = _bounds(spec)
        return bounds is not None and bounds[0] <= operand.value <= bounds[1]
    return False


def _bounds(spec: OperandForm) -> tuple[int, int] | None:
    """The immediates that an operand may be, or None."""
    if "I" in spec.kinds:
        return -(1 << 63), (1 << 63) - 1
    if "i" in spec.kinds:
        if spec.size == 8:
            return -(1 << 31), (1 << 31) - 1
        return -(1 << (8 * spec.size - 1)), (1 << 8 * spec.size) - 1
    return next((bounds for kind, bounds in _SMALL.items() if kind in spec.kinds), None)


def _misfit(instruction: Instruction, forms: list[Form]) -> Mistake:
    """Points at the operand that doesn't fit the form that comes nearest."""
    name, operands = instruction.mnemonic, instruction.operands
    misfits = [
        [index for index, spec in enumerate(form.operands) if not _fits(operands[index], spec)]
        for form in forms
    ]
    if not all(misfits):  # each operand fits, but not together
        return Mistake(operands[-1].place, f"{name} can't have two operands in memory")

    def distance(choice: int) -> tuple[int, bool, int]:
        first = misfits[choice][0]
        bounded = _bounds(forms[choice].operands[first]) is not None
        return len(misfits[choice]), not (bounded and isinstance(operands[first], Immediate)), -first

    nearest = min(range(len(forms)), key=distance)
    index = misfits[nearest][0]
    culprit, bounds = operands[index], _bounds(forms[nearest].operands[index])
    if isinstance(culprit, Immediate) and bounds is not None:
        limits = f"{_number(bounds[0])} to {_number(bounds[1])}"
        return Mistake(culprit.place, f"{_number(culprit.value)} is out of range for {name}: {limits}")
    which = f" as its {ORDINAL[index]} operand" if len(operands) > 1 else ""
    return Mistake(culprit.place, f"{name} can't take {_describe(culprit)}{which}")


def _number(value: int) -> str:
    return f"{value:#x}" if abs(value) > 4095 else str(value)


def _describe(operand: Operand) -> str:
    if isinstance(operand, Register):
        return f"register {operand.name}"
    if isinstance(operand, Immediate):
        return "an immediate"
    if isinstance(operand, Real):
        return "a floating-point constant"
    if isinstance(operand, Address):
        return "an address with $"
    return "an operand in memory" if isinstance(operand, Memory | Global | Slot) else "this operand"


def lower(instruction: Instruction, form: Form, symbol: Name, system: str | None) -> Intel:
    """The instruction as Intel text; its slots are memory by now. `symbol` gives the linker's name."""
    wide = _move_quad(instruction, form)
    if wide is not None:
        return wide
    texts: list[str] = []
    fixups = FixupFields()
    for operand, spec in zip(instruction.operands, form.operands, strict=True):
        texts.append(_operand(operand, spec, instruction.place, symbol, system, fixups))
    if form.other_direction and all(isinstance(o, Register) for o in instruction.operands):
        fixups["other_direction"] = True
    if _is_long_accumulator(instruction, form):
        fixups["accumulator"] = True
        texts = ["cl" if text == "al" else text for text in texts]
    ordered = ", ".join(texts[index] for index in form.order)
    text = f"{form.intel} {ordered}".rstrip()
    return Intel(_SPELLINGS.get(text, text), Fixups(**fixups))


def _is_long_accumulator(instruction: Instruction, form: Form) -> bool:
    """ADDB $1, AX is not ADDB $1, AL for Go: only the latter has the short form for the accumulator."""
    names = [operand.name for operand in instruction.operands if isinstance(operand, Register)]
    immediate = any(isinstance(operand, Immediate) for operand in instruction.operands)
    byte = any("i" in spec.kinds and spec.size == 1 for spec in form.operands)
    return byte and immediate and names == ["AX"] and form.intel != "mov"


def _move_quad(instruction: Instruction, form: Form) -> Intel | None:
    """MOVQ of a constant below 2**32 to a register is Go's 5-byte MOV to its lower half."""
    if instruction.mnemonic not in ("MOVQ", "MOVD"):
        return None
    source, target = instruction.operands
    if isinstance(source, Immediate) and isinstance(target, Register) and 0 <= source.value < 1 << 32:
        return Intel(f"mov {intel_name(target.name, 4)}, {source.value:#x}", Fixups())
    return None


def _operand(
    operand: Operand,
    spec: OperandForm,
    place: Place,
    symbol: Name,
    system: str | None,
    fixups: FixupFields,
) -> str:
    if isinstance(operand, Register):
        if "c" in spec.kinds and "r" not in spec.kinds:
            return "cl"
        return intel_name(operand.name, spec.size) or operand.name
    if isinstance(operand, Immediate):
        return _immediate(operand.value, spec, fixups)
    pointer = "" if "a" in spec.kinds else POINTER[spec.size]
    if isinstance(operand, Global):
        fixups["displacement"] = Reference(symbol(operand), RelocationKind.PCREL, operand.offset)
        return f"{pointer}[rip + {DISPLACEMENT:#x}]"
    if isinstance(operand, Memory):
        return pointer + _memory(operand, system, fixups)
    raise Mistake(place, "operand not supported")


def _immediate(value: int, spec: OperandForm, fixups: FixupFields) -> str:
    """As text. Keystone shortens 0xffffffff to a sign-extended byte, Go does not: that needs a marker."""
    bits = 8 * spec.size
    if "i" in spec.kinds and spec.size in IMMEDIATE and value >= (1 << bits) - 128:
        fixups["immediate"] = (value, spec.size)
        value = IMMEDIATE[spec.size]
    return f"{value:#x}"


def _memory(operand: Memory, system: str | None, fixups: FixupFields) -> str:
    """`[base + index*scale + offset]`.

    An address without registers gets an index, because Keystone would choose other encodings than Go.
    `0(CX)(TLS*1)` needs no base: both systems have a segment that starts at the thread's storage.
    """
    segment = f"{operand.segment.lower()}:" if operand.segment else ""
    if operand.segment == TLS:
        segment = TLS_SEGMENTS.get(system or "", "fs") + ":"
        fixups["displacement"] = Reference(TLS, RelocationKind.TLS, operand.offset)
    if operand.segment == TLS or (operand.base is None and operand.index is None):
        fixups["absolute"] = True
        fixups.setdefault("displacement", operand.offset)
        return f"{segment}[rcx*1 + {DISPLACEMENT:#x}]"
    parts = []
    if operand.base:
        parts.append(REGISTERS[operand.base].intel[8])
    if operand.index:
        parts.append(f"{REGISTERS[operand.index].intel[8]}*{operand.scale}")
    sign = "-" if operand.offset < 0 else "+"
    offset = f" {sign} {abs(operand.offset):#x}" if operand.offset else ""
    return f"{segment}[{' + '.join(parts)}{offset}]"
