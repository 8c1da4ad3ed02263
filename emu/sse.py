"""Which exceptions an SSE instruction raises, from its operands: what the engine does not compute.

Source: Intel's manual, volume 1, 11.5, and volume 2, "SIMD Floating-Point Exceptions" of each instruction. Not
here: DPPS and DPPD. tests/oracle/test_sse_flags.py compares with the host's processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from operator import add, mul, sub
from typing import NamedTuple

from emu.ieee import (
    BEFORE,
    DENORMAL,
    DOUBLE,
    INVALID,
    PRECISION,
    SINGLE,
    TRUNCATE,
    ZERO_DIVIDE,
    Format,
    Number,
    is_square,
    number,
    rounded,
    to_integer,
)

_DENORMALS_ARE_ZERO, _FLUSH_TO_ZERO = 0x40, 0x8000
_KINDS = {"ps": (SINGLE, 4), "ss": (SINGLE, 1), "pd": (DOUBLE, 2), "sd": (DOUBLE, 1)}  # format, elements


class Control(NamedTuple):
    """What MXCSR asks for: rounding mode, and which exceptions are masked."""

    mode: int
    masked: int
    denormals_are_zero: bool
    flush_to_zero: bool

    def round(self, value: Fraction, form: Format) -> int:
        """Flags of a result."""
        return rounded(value, form, self.mode, masked=self.masked, flush_to_zero=self.flush_to_zero)


def control(mxcsr: int) -> Control:
    """MXCSR's fields."""
    masked = mxcsr >> 7 & 0x3F
    return Control(mxcsr >> 13 & 3, masked, bool(mxcsr & _DENORMALS_ARE_ZERO), bool(mxcsr & _FLUSH_TO_ZERO))


Operation = Callable[[Control, Format, Number, Number], int]  # first operand, second operand: flags


def _sums(operation: Callable[[Fraction, Fraction], Fraction], control: Control, form: Format,
          a: Number, b: Number) -> int:  # fmt: skip
    opposite = a.negative != b.negative if operation is add else a.negative == b.negative
    if a.infinite and b.infinite and opposite:
        return INVALID
    if a.infinite or b.infinite:
        return _denormal(a, b)
    return _denormal(a, b) | control.round(operation(a.value, b.value), form)


def _add(control: Control, form: Format, a: Number, b: Number) -> int:
    return _nan(a, b) if a.nan or b.nan else _sums(add, control, form, a, b)


def _sub(control: Control, form: Format, a: Number, b: Number) -> int:
    return _nan(a, b) if a.nan or b.nan else _sums(sub, control, form, a, b)


def _mul(control: Control, form: Format, a: Number, b: Number) -> int:
    if a.nan or b.nan:
        return _nan(a, b)
    if a.infinite or b.infinite:
        zero = not (a.infinite or a.magnitude) or not (b.infinite or b.magnitude)
        return INVALID if zero else _denormal(a, b)
    return _denormal(a, b) | control.round(mul(a.value, b.value), form)


def _div(control: Control, form: Format, a: Number, b: Number) -> int:
    if a.nan or b.nan:
        return _nan(a, b)
    if a.infinite or b.infinite:
        return INVALID if a.infinite and b.infinite else _denormal(a, b)
    if not b.magnitude:
        return ZERO_DIVIDE if a.magnitude else INVALID
    return _denormal(a, b) | control.round(a.value / b.value, form)


def _sqrt(_control: Control, _form: Format, _a: Number, b: Number) -> int:
    if b.nan:
        return _nan(b)
    if b.negative and (b.infinite or b.magnitude):
        return INVALID
    return _denormal(b) | (0 if b.infinite or is_square(b.magnitude) else PRECISION)


def _ordered(_control: Control, _form: Format, a: Number, b: Number) -> int:
    """A comparison that takes no NaN."""
    return INVALID if a.nan or b.nan else _denormal(a, b)


def _unordered(_control: Control, _form: Format, a: Number, b: Number) -> int:
    """A comparison that takes quiet NaNs."""
    return _nan(a, b) if a.nan or b.nan else _denormal(a, b)


def _nan(*numbers: Number) -> int:
    return INVALID if any(each.signalling for each in numbers) else 0


def _denormal(*numbers: Number) -> int:
    return DENORMAL if any(each.denormal for each in numbers) else 0


ARITHMETIC: dict[str, Operation] = {
    "add": _add, "sub": _sub, "mul": _mul, "div": _div, "sqrt": _sqrt, "min": _ordered, "max": _ordered,
    "comi": _ordered, "ucomi": _unordered, "addsub": _add, "hadd": _add, "hsub": _sub, "round": _unordered,
}  # fmt: skip
_SIGNALLING = frozenset((1, 2, 5, 6))  # comparison predicates: less than and not, less or equal and not
# Conversions: format or integer size of each element of the source and of the result, and how many.
_CONVERSIONS: dict[str, tuple[Format | None, Format | None, int]] = {
    "cvtss2sd": (SINGLE, DOUBLE, 1), "cvtps2pd": (SINGLE, DOUBLE, 2), "cvtsd2ss": (DOUBLE, SINGLE, 1),
    "cvtpd2ps": (DOUBLE, SINGLE, 2), "cvtsi2ss": (None, SINGLE, 1), "cvtsi2sd": (None, DOUBLE, 1),
    "cvtdq2ps": (None, SINGLE, 4), "cvtpi2ps": (None, SINGLE, 2), "cvtss2si": (SINGLE, None, 1),
    "cvtsd2si": (DOUBLE, None, 1), "cvtps2dq": (SINGLE, None, 4), "cvtpd2dq": (DOUBLE, None, 2),
    "cvtps2pi": (SINGLE, None, 2), "cvtpd2pi": (DOUBLE, None, 2),
}  # fmt: skip


def is_arithmetic(mnemonic: str) -> bool:
    """Whether an instruction of this name may raise an SSE exception."""
    return _plain(mnemonic) in _CONVERSIONS or _operation(mnemonic) is not None


def source_size(mnemonic: str, operand: int) -> int:
    """Bytes of the source operand that count, given its size in bytes."""
    conversion = _CONVERSIONS.get(_plain(mnemonic))
    if conversion is None:
        form, count = _KINDS[mnemonic[-2:]]
        return form.size * count
    form_or_none, _, count = conversion
    return form_or_none.size * count if form_or_none else 4 * count if count > 1 else operand


def flags(mnemonic: str, immediate: int, first: bytes, second: bytes, mxcsr: int) -> int:
    """The exceptions of one instruction, by operands as they lie in memory; for a conversion to an integer the
    first's length is that integer's. Where an exception that is known before the result is not masked, those of
    the results are not found."""
    controls, found = control(mxcsr), 0
    for each in _elements(mnemonic, immediate, first, second, controls):
        found |= each
    before = found & BEFORE
    return before if before & ~controls.masked else found


def _plain(mnemonic: str) -> str:
    return mnemonic.replace("cvtt", "cvt")


def _operation(mnemonic: str) -> tuple[str, str] | None:
    """Name and kind: `add`, `ps`."""
    name, kind = mnemonic[:-2], mnemonic[-2:]
    return (name, kind) if kind in _KINDS and (name in ARITHMETIC or name.startswith("cmp")) else None


def _elements(mnemonic: str, immediate: int, first: bytes, second: bytes, controls: Control) -> Iterable[int]:
    conversion = _CONVERSIONS.get(_plain(mnemonic))
    if conversion is not None:
        bits = 8 * len(first) if mnemonic.endswith("si") else 32
        yield from _converted(mnemonic, conversion, second, controls, bits)
        return
    operation = _operation(mnemonic)
    assert operation is not None
    name, (form, count) = operation[0], _KINDS[operation[1]]
    a, b = (_numbers(data, form, count, controls) for data in (first, second))
    if name in ("hadd", "hsub"):
        a, b = [*a[::2], *b[::2]], [*a[1::2], *b[1::2]]
    for i in range(count):
        if name == "round":
            yield _to_integral(b[i], immediate)
        elif name.startswith("cmp"):
            yield (_ordered if immediate & 7 in _SIGNALLING else _unordered)(controls, form, a[i], b[i])
        elif name == "addsub" and i % 2 == 0:
            yield _sub(controls, form, a[i], b[i])
        else:
            yield ARITHMETIC[name](controls, form, a[i], b[i])


def _numbers(data: bytes, form: Format, count: int, controls: Control) -> list[Number]:
    parts = (data[i * form.size : (i + 1) * form.size] for i in range(count))
    return [number(part, form, denormals_are_zero=controls.denormals_are_zero) for part in parts]


def _to_integral(b: Number, immediate: int) -> int:
    if b.nan:
        return _nan(b)
    return 0 if b.infinite or immediate & 8 or b.magnitude.denominator == 1 else PRECISION


def _converted(mnemonic: str, conversion: tuple[Format | None, Format | None, int], data: bytes,
               controls: Control, bits: int) -> Iterable[int]:  # fmt: skip
    source, target, count = conversion
    if source is None:
        assert target is not None
        size = len(data) // count
        for i in range(count):
            value = int.from_bytes(data[i * size : (i + 1) * size], "little", signed=True)
            yield controls.round(Fraction(value), target)
        return
    for each in _numbers(data, source, count, controls):
        if target is None:
            yield _integer(each, controls.mode if "cvtt" not in mnemonic else TRUNCATE, bits)
        elif each.nan:
            yield _nan(each)
        else:
            yield _denormal(each) | (0 if each.infinite else controls.round(each.value, target))


def _integer(each: Number, mode: int, bits: int) -> int:
    if each.nan or each.infinite:
        return INVALID
    value, exact = to_integer(each.value, mode)
    if not -1 << bits - 1 <= value < 1 << bits - 1:
        return INVALID
    return 0 if exact else PRECISION
