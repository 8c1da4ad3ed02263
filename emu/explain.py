"""Why a conditional jump goes where it goes: the compare's two values, the flags, the rule.

What each condition means: Intel's manual, volume 1, appendix B. Explanations are lines of text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from emu.disassembler import Instruction, Operand
from emu.engine import RECORDED
from emu.events import Step
from kernel_stub.cpu import CARRY
from kernel_stub.events import SyscallDone

_INDEX = {name: i for i, name in enumerate(RECORDED)}
_ZERO, _SIGN, _OVERFLOW, _PARITY = 0x40, 0x80, 0x800, 0x4
_ALL_FLAGS = {"CF": CARRY, "ZF": _ZERO, "SF": _SIGN, "OF": _OVERFLOW, "PF": _PARITY}


class _Condition(NamedTuple):
    """`words`: what the jump asks after a compare; `test`: the flags it asks for; `flags`: those it looks at;
    `relation`: between a compare's operands."""

    words: str
    test: str
    flags: tuple[str, ...]
    relation: str = ""
    signed: bool | None = None


_CONDITIONS = {
    "jbe": _Condition("lower or same, unsigned", "CF=1 or ZF=1", ("CF", "ZF"), "<=", False),
    "ja": _Condition("higher, unsigned", "CF=0 and ZF=0", ("CF", "ZF"), ">", False),
    "jb": _Condition("lower, unsigned", "CF=1", ("CF",), "<", False),
    "jae": _Condition("higher or same, unsigned", "CF=0", ("CF",), ">=", False),
    "je": _Condition("equal", "ZF=1", ("ZF",), "==", None),
    "jne": _Condition("not equal", "ZF=0", ("ZF",), "!=", None),
    "jl": _Condition("less, signed", "SF!=OF", ("SF", "OF"), "<", True),
    "jge": _Condition("greater or equal, signed", "SF=OF", ("SF", "OF"), ">=", True),
    "jle": _Condition("less or equal, signed", "ZF=1 or SF!=OF", ("ZF", "SF", "OF"), "<=", True),
    "jg": _Condition("greater, signed", "ZF=0 and SF=OF", ("ZF", "SF", "OF"), ">", True),
    "js": _Condition("negative", "SF=1", ("SF",)),
    "jns": _Condition("not negative", "SF=0", ("SF",)),
    "jo": _Condition("overflow", "OF=1", ("OF",)),
    "jno": _Condition("no overflow", "OF=0", ("OF",)),
    "jp": _Condition("even parity", "PF=1", ("PF",)),
    "jnp": _Condition("odd parity", "PF=0", ("PF",)),
}
_OPPOSITE = {"<=": ">", ">": "<=", "<": ">=", ">=": "<", "==": "!=", "!=": "=="}
_KEEP_FLAGS = frozenset(("mov", "movabs", "movzx", "movsx", "movsxd", "lea", "push", "pop", "nop", "xchg"))


class _Compare(NamedTuple):
    left: int
    right: int
    bits: int
    constant: bool  # the right one is an immediate
    answer: SyscallDone | None  # the left one is this call's answer

    def pair(self, signed: bool | None) -> tuple[int, int]:
        if signed:
            return _signed(self.left, self.bits), _signed(self.right, self.bits)
        return self.left, self.right


class Explainer:
    """Explains one run, step after step. `spelling(name)` is how the source's syntax writes a register."""

    def __init__(self, spelling: Callable[[str], str] = str.upper) -> None:
        self._spelling = spelling
        self._compare: _Compare | None = None
        self._called: SyscallDone | None = None  # the last call
        self._from_kernel = False  # the flags are those that SYSCALL came back with

    def lines(self, step: Step, instruction: Instruction) -> list[str]:
        """What there is to say about the step; nothing for most."""
        if instruction.mnemonic in _CONDITIONS:
            return self._jump(step, _CONDITIONS[instruction.mnemonic], jumps(instruction.mnemonic, _flags(step)))
        if instruction.mnemonic == "cmp":
            return self._compared(step, instruction)
        if instruction.mnemonic == "syscall":
            calls = [event for event in step.events if isinstance(event, SyscallDone)]
            self._called = calls[-1] if calls else None
            self._compare, self._from_kernel = None, bool(calls)
        elif instruction.mnemonic not in _KEEP_FLAGS:
            self._compare, self._from_kernel = None, False
        return []

    def _compared(self, step: Step, instruction: Instruction) -> list[str]:
        left, right = instruction.operands
        bits = 8 * left.size
        values = [_value(operand, step, bits) for operand in (left, right)]
        called = self._called
        answered = called is not None and left.register == "rax" and values[0] == called.result.rax
        constant = right.immediate is not None
        self._compare = _Compare(values[0], values[1], bits, constant, called if answered else None)
        self._from_kernel = False
        names = [self._name(operand) for operand in (left, right)]
        shown = [f"{value:#x}" for value in values]
        signs = [str(_signed(value, bits)) for value in values]
        name_width, width, sign_width = (max(map(len, column)) for column in (names, shown, signs))
        return [
            f"{name:<{name_width}}  {text:>{width}}  signed {sign:>{sign_width}}  unsigned {value}"
            for name, text, sign, value in zip(names, shown, signs, values, strict=True)
        ]

    def _name(self, operand: Operand) -> str:
        if operand.register:
            return self._spelling(operand.register)
        return "constant" if operand.immediate is not None else "memory"

    def _jump(self, step: Step, condition: _Condition, taken: bool) -> list[str]:
        flags = _flags(step)
        now = " ".join(f"{name}={int(bool(flags & _ALL_FLAGS[name]))}" for name in condition.flags)
        head, now = ("jump", f"and {now}") if taken else ("no jump", f"but {now}")
        if self._compare is not None and condition.relation:
            asked = f"{head}: {condition.words}, asks for {condition.test}, {now}"
            return [asked, self._relation(self._compare, condition, taken), *_boundary(self._compare, condition)]
        asked = f"{head}: asks for {condition.test}, {now}"
        return [asked, self._reason(condition)] if self._from_kernel else [asked]

    def _relation(self, compare: _Compare, condition: _Condition, taken: bool) -> str:
        left, right = compare.pair(condition.signed)
        relation = condition.relation if taken else _OPPOSITE[condition.relation]
        if left == right and condition.signed is not None:
            relation = "=="
        return f"{left} {relation} {right}"

    def _reason(self, condition: _Condition) -> str:
        """Who made the flags that a jump looks at right behind a SYSCALL."""
        call = self._called
        assert call is not None
        if condition.flags != ("CF",) or not call.result.carry_tells:
            return "no compare made these flags: SYSCALL brought back, from R11, those from before the call"
        if call.result.carry:
            return f"the kernel set the carry flag: {self._spelling('rax')} holds an errno, as a positive number"
        return f"the kernel cleared the carry flag: {self._spelling('rax')} holds the result"


def _flags(step: Step) -> int:
    return step.before[_INDEX["rflags"]]


def _boundary(compare: _Compare, condition: _Condition) -> list[str]:
    """An unsigned compare with a small negative constant: which numbers lie above it, and is this one of them?"""
    limit = _signed(compare.right, compare.bits)
    if not compare.constant or condition.relation not in ("<=", ">") or condition.signed or not -65536 <= limit < -1:
        return []
    value = _signed(compare.left, compare.bits)
    above = f"unsigned, only {limit + 1}..-1 lie above {limit}"
    if compare.answer is None:
        return [above]
    taken = "an error" if limit < value < 0 else "a result"
    means = "a result" if compare.answer.result.error is None else "an error"
    but = "" if taken == means else f", but the kernel means {means}"
    return [f"{above}: {value}{' itself' if value == limit else ''} counts as {taken}{but}"]


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
