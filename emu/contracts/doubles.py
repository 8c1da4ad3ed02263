"""Routines that the one under test calls, played by the contract.

A double traps into the contract, which looks at the call and then does all that a routine of the
convention may do: it leaves garbage in every register that it need not preserve, in the flags, and in
the memory below the stack pointer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from asm import assemble_text
from asm.program import Object

FILE = "contract's double"


@dataclass(frozen=True, slots=True)
class Double:
    """A routine that may be called, by any of `symbols`; `arguments` are (offset, size) in its frame."""

    name: str
    symbols: tuple[str, ...]
    arguments: tuple[tuple[int, int], ...] = ()


ENTER = Double("entersyscall", ("sys.entersyscall", "runtime.entersyscall"))
EXIT = Double("exitsyscall", ("sys.exitsyscall", "runtime.exitsyscall"))
LINUX_HANDLER = Double("sighandler", ("sighandler",), ((0, 8), (8, 8), (16, 8)))
DARWIN_HANDLER = Double("sighandler", ("sighandler",), ((0, 4), (8, 8), (16, 8)))


@cache
def assemble(doubles: tuple[Double, ...]) -> Object:
    """The doubles' code. SYSCALL is how they trap: behind it the contract knows them by their address."""
    texts = [
        f"TEXT {symbol}(SB),4,$0\n\tSYSCALL\t// not a system call: here the contract plays {double.name}\n\tRET\n"
        for double in doubles
        for symbol in double.symbols
    ]
    return assemble_text("".join(texts).replace(".", "·"), FILE, dialect="go2008")


def without(source: Object, doubles: Iterable[Double]) -> Object:
    """The object without its own routines of these names."""
    played = {symbol for double in doubles for symbol in double.symbols}
    kept = [symbol for symbol in source.symbols if symbol.name not in played]
    return Object(source.file, kept, dict(source.references))
