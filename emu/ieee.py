"""Floating-point numbers taken apart, and which exceptions a result raises: exact, in integers and fractions.

Source: Intel's manual, volume 1, 4.8 and 4.9. Flags are bits of MXCSR and of the x87 status word alike.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import NamedTuple

INVALID, DENORMAL, ZERO_DIVIDE, OVERFLOW, UNDERFLOW, PRECISION = 1, 2, 4, 8, 16, 32
BEFORE = INVALID | DENORMAL | ZERO_DIVIDE  # known from the operands alone
NEAREST, DOWN, UP, TRUNCATE = range(4)


class Format(NamedTuple):
    """`precision` counts the leading one; `highest` and `lowest` are exponents of normal numbers."""

    size: int  # bytes
    precision: int
    highest: int

    @property
    def lowest(self) -> int:
        return 1 - self.highest


SINGLE, DOUBLE = Format(4, 24, 127), Format(8, 53, 1023)


class Number(NamedTuple):
    """`magnitude` of a finite number; `nan` and `infinite` say that it is none."""

    negative: bool
    magnitude: Fraction = Fraction(0)
    nan: bool = False
    signalling: bool = False
    infinite: bool = False
    denormal: bool = False

    @property
    def value(self) -> Fraction:
        return -self.magnitude if self.negative else self.magnitude


def number(data: bytes, form: Format, *, denormals_are_zero: bool = False) -> Number:
    """The number whose bytes these are."""
    bits = int.from_bytes(data, "little")
    fraction_bits = form.precision - 1
    fraction, exponent = bits & (1 << fraction_bits) - 1, bits >> fraction_bits & 2 * form.highest + 1
    negative = bool(bits >> 8 * form.size - 1)
    if exponent == 2 * form.highest + 1:
        quiet = fraction >> fraction_bits - 1
        return Number(negative, nan=fraction != 0, signalling=fraction != 0 and not quiet, infinite=fraction == 0)
    if exponent:
        return Number(negative, scaled(fraction | 1 << fraction_bits, exponent - form.highest - fraction_bits))
    if not fraction or denormals_are_zero:
        return Number(negative)
    return Number(negative, scaled(fraction, form.lowest - fraction_bits), denormal=True)


def scaled(value: int | Fraction, exponent: int) -> Fraction:
    """value * 2**exponent."""
    return Fraction(value) * (1 << exponent) if exponent >= 0 else Fraction(value) / (1 << -exponent)


def to_integer(value: Fraction, mode: int) -> tuple[int, bool]:
    """A number rounded to an integer, and whether it was one."""
    whole, rest = divmod(value.numerator, value.denominator)
    twice = 2 * rest
    nearer = twice > value.denominator or (twice == value.denominator and bool(whole & 1))
    up = {NEAREST: nearer, DOWN: False, UP: rest > 0, TRUNCATE: rest > 0 and value < 0}[mode]
    return whole + up, rest == 0


def rounded(value: Fraction, form: Format, mode: int, *, masked: int, flush_to_zero: bool = False) -> int:
    """The flags of a result that is exactly `value` and has to fit into the format.

    Tininess is found after rounding; an underflow that is not masked is one even where the result is exact.
    """
    if not value:
        return 0
    exponent = _exponent(abs(value))
    significand, exact = to_integer(scaled(value, form.precision - 1 - exponent), mode)
    exponent += abs(significand) >> form.precision
    if exponent > form.highest:
        return OVERFLOW | (0 if exact and not masked & OVERFLOW else PRECISION)
    if exponent >= form.lowest:
        return 0 if exact else PRECISION
    if not masked & UNDERFLOW:
        return UNDERFLOW | (0 if exact else PRECISION)
    fits = to_integer(scaled(value, form.precision - 1 - form.lowest), mode)[1]
    return UNDERFLOW | PRECISION if flush_to_zero or not fits else 0


def _exponent(value: Fraction) -> int:
    """The binary logarithm of a positive number, rounded down."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    return exponent if value >= scaled(1, exponent) else exponent - 1


def is_square(value: Fraction) -> bool:
    """Whether the square root of a floating-point number is exact: it then needs no more bits than that has."""
    # A dyadic fraction in lowest terms: a square only where numerator and denominator are.
    return isqrt(value.numerator) ** 2 == value.numerator and isqrt(value.denominator) ** 2 == value.denominator
