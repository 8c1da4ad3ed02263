"""Which exceptions an x87 instruction raises, from its operands: what the engine keeps only for divisions by zero.

For FADD, FSUB, FMUL, FDIV in all their forms, FSQRT, and the loads. Not here: comparisons, stores, conversions to
integers, remainders and transcendental functions; nor the result of an overflow or underflow that is not masked.
Source: Intel's manual, volume 1, 8.4 to 8.7. tests/oracle/test_x87_flags.py compares with the host's processor.
"""

from __future__ import annotations

from collections.abc import Callable

from emu.fpu import STACK
from emu.hardware import without_prefixes
from emu.ieee import DENORMAL, DOUBLE, INVALID, SINGLE, Format, Number, number, scaled
from emu.sse import ARITHMETIC, Control

STACK_FAULT, SUMMARY, TO_FULL, BUSY = 0x40, 0x80, 0x200, 0x8000  # of the status word: SF, ES, C1, B
NOT_WAITING = frozenset(("fninit", "fnclex", "fnstsw", "fnstcw", "fnstenv", "fnsave"))
_WAIT = 0x9B
_PRECISIONS = (24, 24, 53, 64)  # by the control word's PC; 1 is reserved
_HIGHEST, _INTEGER_BIT = 16383, 1 << 63
_NAMES = ("add", "mul", "", "", "sub", "sub", "div", "div")  # by the opcode extension; odd ones the other way round
# Memory operands by the opcode: format, or none for an integer, and size.
_SOURCES: dict[int, tuple[Format | None, int]] = {
    0xD8: (SINGLE, 4), 0xDC: (DOUBLE, 8), 0xDA: (None, 4), 0xDE: (None, 2)
}  # fmt: skip

Source = Callable[[int], bytes]  # so many bytes of the memory operand


def waits(code: bytes, mnemonic: str) -> bool:
    """Whether the instruction first reports what is pending."""
    opcode = without_prefixes(code)
    return bool(opcode) and (opcode[0] == _WAIT or (0xD8 <= opcode[0] <= 0xDF and mnemonic not in NOT_WAITING))


def computes(mnemonic: str) -> bool:
    """Whether an instruction of this name is one of the x87 FPU."""
    return mnemonic.startswith("f") and not mnemonic.startswith("fx")


def flags(code: bytes, image: bytes, source: Source) -> int:
    """Bits that the status word gets: exceptions, SF and C1. `image` is the FXSAVE image before."""
    opcode = without_prefixes(code).ljust(2, b"\0")
    first, modrm = opcode[0], opcode[1]
    if modrm >= 0xC0:
        return _of_registers(first, modrm, image)
    digit = modrm >> 3 & 7
    if first in _SOURCES and _NAMES[digit]:
        return _arithmetic(digit, _stack(image, 0), _from_memory(*_SOURCES[first], source), image)
    if digit == 0 and first in (0xD9, 0xDD):
        loaded = _from_memory(SINGLE if first == 0xD9 else DOUBLE, 4 if first == 0xD9 else 8, source)
        return _pushed(image) or _loads(loaded)
    pushes = (first, digit) in ((0xDB, 0), (0xDB, 5), (0xDF, 0), (0xDF, 4), (0xDF, 5))
    return _pushed(image) if pushes else 0


def _of_registers(first: int, modrm: int, image: bytes) -> int:
    digit, at = modrm >> 3 & 7, modrm & 7
    if first in (0xD8, 0xDC, 0xDE) and _NAMES[digit]:
        return _arithmetic(digit, _stack(image, 0), _stack(image, at), image)
    if first != 0xD9:
        return 0
    if digit == 0:  # FLD ST(i)
        return _underflow() if _stack(image, at) is None else _pushed(image)
    if digit == 5 and at != 7:  # constants
        return _pushed(image)
    if modrm == 0xFA:
        operand = _stack(image, 0)
        return _underflow() if operand is None else ARITHMETIC["sqrt"](*_control(image), operand, operand)
    return 0


def _arithmetic(digit: int, a: Number | None, b: Number | None, image: bytes) -> int:
    if a is None or b is None:
        return _underflow()
    if digit & 1 and digit > 1:
        a, b = b, a
    return ARITHMETIC[_NAMES[digit]](*_control(image), a, b)


def _control(image: bytes) -> tuple[Control, Format]:
    control = int.from_bytes(image[:2], "little")
    return Control(control >> 10 & 3, control & 0x3F, False, False), Format(10, _PRECISIONS[control >> 8 & 3], _HIGHEST)


def _loads(loaded: Number) -> int:
    return INVALID if loaded.signalling else DENORMAL if loaded.denormal else 0


def _underflow() -> int:
    return INVALID | STACK_FAULT


def _pushed(image: bytes) -> int:
    """A stack fault, where the register that becomes the top is not empty."""
    top = (image[3] >> 3) - 1 & 7
    return INVALID | STACK_FAULT | TO_FULL if image[4] >> top & 1 else 0


def _stack(image: bytes, at: int) -> Number | None:
    """ST(at), None where it is empty."""
    if not image[4] >> ((image[3] >> 3) + at & 7) & 1:
        return None
    start = STACK + 16 * at
    significand = int.from_bytes(image[start : start + 8], "little")
    exponent = int.from_bytes(image[start + 8 : start + 10], "little")
    negative, exponent = bool(exponent >> 15), exponent & 0x7FFF
    if exponent and not significand & _INTEGER_BIT:
        return Number(negative, nan=True, signalling=True)  # an encoding that the processor doesn't support
    if exponent == 0x7FFF:
        fraction = significand & _INTEGER_BIT - 1
        return Number(
            negative, nan=fraction != 0, signalling=0 < fraction < 1 << 62, infinite=fraction == 0
        )
    value = scaled(significand, max(exponent, 1) - _HIGHEST - 63)
    return Number(negative, value, denormal=not exponent and significand != 0)


def _from_memory(form: Format | None, size: int, source: Source) -> Number:
    """The operand; where its page isn't there the instruction will not retire, and zero does."""
    data = source(size).ljust(size, b"\0")
    if form is not None:
        return number(data, form)
    value = int.from_bytes(data, "little", signed=True)
    return Number(value < 0, scaled(abs(value), 0))
