"""Inputs: what the caller passes, what the kernel answers, and all that nobody promised anything about."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from kernel_stub.cpu import GENERAL, MASK64

NEAR = 4200  # every answer from -NEAR to NEAR is in the complete set
VARIANTS = 16  # of garbage
BELOW, ABOVE = 192, 64  # bytes of garbage around the call's frame
ARITHMETIC = 0x8D5  # CF PF AF ZF SF OF
CARRY = 0x1
LOW, HIGH = -(1 << 63), (1 << 63) - 1
FILLED = 0xA5  # what the plainest variant has in memory
GARBAGE_REGISTERS = tuple(name for name in GENERAL if name not in ("rsp", "rip", "rflags"))
_EDGES = (0, 1, -1, -4094, -4095, -4096, -4093, -2, 2, LOW, HIGH, -(1 << 32), 1 << 31, 1 << 32, -(1 << 31), 0xFFFFF001)
_WORDS = (0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, 1 << 63, MASK64)


class Answer(NamedTuple):
    """What the kernel leaves behind: RAX as a signed number, the carry flag and RDX.

    Where the system has no such thing (Linux: neither), the last two are not used.
    """

    value: int
    carry: bool = False
    second: int = 0


class Case(NamedTuple):
    """One input: the arguments as unsigned words, each call's answer, and which garbage lies about."""

    arguments: tuple[int, ...]
    answer: Answer
    garbage: int


@dataclass(frozen=True, slots=True)
class Garbage:
    """Values of GARBAGE_REGISTERS, of the arithmetic flags, and of memory around the frame."""

    registers: tuple[int, ...]
    flags: int
    memory: bytes


@cache
def garbage(variant: int) -> Garbage:
    """Variant 0 is as plain as can be; the others leave no two words alike."""
    count, size = len(GARBAGE_REGISTERS), BELOW + ABOVE + 256
    if variant == 0:
        return Garbage((0,) * count, 0, bytes((FILLED,)) * size)
    source = random.Random(f"garbage {variant}")
    flags = ARITHMETIC if variant == 1 else source.getrandbits(12) & ARITHMETIC
    return Garbage(tuple(source.getrandbits(64) for _ in range(count)), flags, source.randbytes(size))


@dataclass(frozen=True, slots=True)
class Space:
    """The inputs that a contract is about.

    `widths`: bits of each argument. `carries`: what the carry flag may be behind a call. `answers` is False
    where the routine makes no call: then only arguments vary. `most` is how many inputs the set has at most,
    where words are only passed on, and answers decide nothing.
    """

    widths: tuple[int, ...]
    carries: tuple[bool, ...] = (False,)
    answers: bool = True
    most: int = 1_000_000

    def cases(self, count: int, seed: int) -> Iterator[Case]:
        """`count` inputs, always the same for a seed: the edges with plain arguments first, then with arguments that
        use all their bits, then as far as the count goes every answer from -NEAR to NEAR, powers of two, and answers
        at random; each with every value of the carry flag."""
        count = min(count, self.most)
        source = random.Random(seed)
        values = _values(source) if self.answers else iter(lambda: 0, None)
        made = 0
        while made < count:
            value = next(values)
            for carry in self.carries[: count - made]:
                yield self._case(made, value, carry, source)
                made += 1

    def _case(self, number: int, value: int, carry: bool, source: random.Random) -> Case:
        """Arguments that differ from each other; but for the first cases, now and then an edge among them."""
        count = len(self.widths)
        if number < len(_EDGES) * len(self.carries):
            return Case(tuple(range(1, count + 1)), Answer(value, carry, count + 1), 0)
        words = [source.getrandbits(bits) for bits in self.widths]
        if words and number % 4 == 3:
            index = number // 4 % count
            words[index] = _WORDS[number // 4 // count % len(_WORDS)] & (1 << self.widths[index]) - 1
        return Case(tuple(words), Answer(value, carry, source.getrandbits(64)), (number + 1) % VARIANTS)


def _values(source: random.Random) -> Iterator[int]:
    """Answers, the ones that tell most first; but for the edges, which come twice, each once."""
    yield from _EDGES
    seen = set()
    for value in (*_EDGES, *_near(), *_powers()):
        if value not in seen:
            seen.add(value)
            yield value
    while True:
        yield source.randint(LOW, HIGH)


def _near() -> Iterator[int]:
    for distance in range(1, NEAR + 1):
        yield from (-distance, distance)


def _powers() -> Sequence[int]:
    around = [sign * (1 << bit) + off for bit in range(13, 63) for sign in (1, -1) for off in (-1, 0, 1)]
    return [*around, *range(LOW, LOW + 16), *range(HIGH - 15, HIGH + 1)]
