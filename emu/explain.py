"""Why a conditional jump goes where it goes: the compare's two values, the flags, the rule.

What each condition means: Intel's manual, volume 1, appendix B. Explanations are lines of text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emu.disassembler import Instruction, Operand
from emu.engine import RECORDED
from emu.events import Step
from kernel_stub.cpu import CARRY
from kernel_stub.events import SyscallDone

_INDEX = {name: i for i, name in enumerate(RECORDED)}
_ZERO, _SIGN, _OVERFLOW, _PARITY = 0x40, 0x80, 0x800, 0x4
_ALL_FLAGS = {"CF": CARRY, "ZF": _ZERO, "SF": _SIGN, "OF": _OVERFLOW, "PF": _PARITY}


@dataclass(frozen=True, slots=True)
class _Condition:
    """`words`: what the jump asks; `flags`: what it looks at; `relation`: between a compare's operands."""

    words: str
    flags: tuple[str, ...]
    relation: str = ""
    signed: bool | None = None


_CONDITIONS = {
    "jbe": _Condition("lower or same, unsigned", ("CF", "ZF"), "<=", False),
    "ja": _Condition("higher, unsigned", ("CF", "ZF"), ">", False),
    "jb": _Condition("lower, unsigned: carry set", ("CF",), "<", False),
    "jae": _Condition("higher or same, unsigned: carry clear", ("CF",), ">=", False),
    "je": _Condition("equal: zero", ("ZF",), "==", None),
    "jne": _Condition("not equal: not zero", ("ZF",), "!=", None),
    "jl": _Condition("less, signed", ("SF", "OF"), "<", True),
    "jge": _Condition("greater or equal, signed", ("SF", "OF"), ">=", True),
    "jle": _Condition("less or equal, signed", ("ZF", "SF", "OF"), "<=", True),
    "jg": _Condition("greater, signed", ("ZF", "SF", "OF"), ">", True),
    "js": _Condition("negative", ("SF",)),
    "jns": _Condition("not negative", ("SF",)),
    "jo": _Condition("overflow", ("OF",)),
    "jno": _Condition("no overflow", ("OF",)),
    "jp": _Condition("even parity", ("PF",)),
    "jnp": _Condition("odd parity", ("PF",)),
}
_OPPOSITE = {"<=": ">", ">": "<=", "<": ">=", ">=": "<", "==": "!=", "!=": "=="}
_KEEP_FLAGS = frozenset(("mov", "movabs", "movzx", "movsx", "movsxd", "lea", "push", "pop", "nop", "xchg"))


@dataclass(frozen=True, slots=True)
class _Compare:
    left: int
    right: int
    bits: int
    constant: bool  # the right one is an immediate

    def pair(self, signed: bool | None) -> tuple[int, int]:
        if signed:
            return _signed(self.left, self.bits), _signed(self.right, self.bits)
        return self.left, self.right


class Explainer:
    """Explains one run, step after step. `spelling(name)` is how the source's syntax writes a register."""

    def __init__(self, spelling: Callable[[str], str] = str.upper) -> None:
        self._spelling = spelling
        self._compare: _Compare | None = None
        self._kernel: SyscallDone | None = None  # the call that set the flags last, if one did

    def lines(self, step: Step, instruction: Instruction) -> list[str]:
        """What there is to say about the step; nothing for most."""
        if instruction.mnemonic in _CONDITIONS:
            return self._jump(step, instruction)
        calls = [event for event in step.events if isinstance(event, SyscallDone)]
        if calls or instruction.mnemonic == "syscall":
            self._kernel, self._compare = calls[-1] if calls else None, None
            return []
        if instruction.mnemonic == "cmp":
            return self._compared(step, instruction)
        if instruction.mnemonic not in _KEEP_FLAGS:
            self._compare = self._kernel = None
        return []

    def _compared(self, step: Step, instruction: Instruction) -> list[str]:
        self._kernel = None
        left, right = instruction.operands
        bits = 8 * left.size
        values = [_value(operand, step, bits) for operand in (left, right)]
        self._compare = _Compare(values[0], values[1], bits, right.immediate is not None)
        names = [self._name(operand) for operand in (left, right)]
        width = max(map(len, names))
        return [
            f"{name.ljust(width)} = {value:#x}: signed {_signed(value, bits)}, unsigned {value}"
            for name, value in zip(names, values, strict=True)
        ]

    def _name(self, operand: Operand) -> str:
        if operand.register:
            return self._spelling(operand.register)
        return "constant" if operand.immediate is not None else "memory"

    def _jump(self, step: Step, instruction: Instruction) -> list[str]:
        condition = _CONDITIONS[instruction.mnemonic]
        flags = step.before[_INDEX["rflags"]]
        shown = " ".join(f"{name}={int(bool(flags & _ALL_FLAGS[name]))}" for name in condition.flags)
        taken = jumps(instruction.mnemonic, flags)
        head = f"{'taken' if taken else 'not taken'} ({condition.words}): {shown}"
        if self._compare is not None and condition.relation:
            return [f"{head}, {self._relation(condition, taken)}", *self._boundary(condition)]
        if self._kernel is not None:
            return [f"{head}, {self._from_kernel(condition)}"]
        return [head]

    def _relation(self, condition: _Condition, taken: bool) -> str:
        assert self._compare is not None
        left, right = self._compare.pair(condition.signed)
        return f"{left} {condition.relation if taken else _OPPOSITE[condition.relation]} {right}"

    def _boundary(self, condition: _Condition) -> list[str]:
        """A small negative constant in an unsigned compare: which answers lie above it?"""
        compare = self._compare
        assert compare is not None
        limit = _signed(compare.right, compare.bits)
        if not compare.constant or condition.signed is not False or not -65536 <= limit < -1:
            return []
        if condition.relation not in ("<=", ">"):
            return []
        value = _signed(compare.left, compare.bits)
        if value == limit:
            return [f"{value} is the constant itself: 'same' counts as a result, not as an error"]
        kind = f"one of {limit + 1}..-1: an error" if limit < value < 0 else "a result"
        return [f"only {limit + 1}..-1 are higher than {limit} when read without sign; {value} is {kind}"]

    def _from_kernel(self, condition: _Condition) -> str:
        call = self._kernel
        assert call is not None
        if "CF" in condition.flags and len(condition.flags) == 1:
            if call.result.error is not None:
                return "set by the kernel: RAX is an errno, as it is"
            return "cleared by the kernel: RAX is the result"
        return "flags that no compare set: SYSCALL brought them back from R11"


def jumps(mnemonic: str, flags: int) -> bool:
    """Whether a conditional jump (Intel mnemonic) is taken under these RFLAGS."""
    carry, zero = bool(flags & CARRY), bool(flags & _ZERO)
    sign, overflow = bool(flags & _SIGN), bool(flags & _OVERFLOW)
    positive = {
        "jbe": carry or zero, "jb": carry, "je": zero, "jl": sign != overflow,
        "jle": zero or sign != overflow, "js": sign, "jo": overflow, "jp": bool(flags & _PARITY),
    }  # fmt: skip
    if mnemonic in positive:
        return positive[mnemonic]
    negated = {"ja": "jbe", "jae": "jb", "jne": "je", "jge": "jl", "jg": "jle", "jns": "js", "jno": "jo", "jnp": "jp"}
    return not positive[negated[mnemonic]]


def _value(operand: Operand, step: Step, bits: int) -> int:
    mask = (1 << bits) - 1
    if operand.immediate is not None:
        return operand.immediate & mask
    if operand.register:
        full, shift = _WHERE[operand.register]
        return step.before[_INDEX[full]] >> shift & mask
    return step.reads[-1].value & mask if step.reads else 0


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def _parts() -> dict[str, tuple[str, int]]:
    """Each general register's parts: the 64-bit register they lie in, and the shift."""
    parts = {}
    for letter in "abcd":
        full = f"r{letter}x"
        parts.update({full: (full, 0), f"e{letter}x": (full, 0), f"{letter}x": (full, 0)})
        parts.update({f"{letter}l": (full, 0), f"{letter}h": (full, 8)})
    for name in ("si", "di", "bp", "sp"):
        parts.update({f"{prefix}{name}": (f"r{name}", 0) for prefix in ("r", "e", "")})
        parts[f"{name}l"] = (f"r{name}", 0)
    for number in range(8, 16):
        parts.update({f"r{number}{suffix}": (f"r{number}", 0) for suffix in ("", "d", "w", "b")})
    return parts


_WHERE = _parts()
