"""The form of a contract: data, and clauses that are small predicates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from emu.contracts.abstract import Binding
from emu.contracts.cases import Answer, Case, Space
from emu.contracts.doubles import Double
from emu.contracts.rig import Outcome
from kernel_stub.cpu import MASK64


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """Which answers are errors. With `carry`, those with the carry flag set, and RAX is the errno; else
    RAX from `first` to -1, and its negative is the errno."""

    text: str
    carry: bool = False
    first: int = 0

    def errno(self, answer: Answer) -> int | None:
        """The errno that the answer means, or None for a result."""
        if self.carry:
            return answer.value & MASK64 if answer.carry else None
        return -answer.value if self.first <= answer.value < 0 else None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a clause judges: a routine's run on a case, under a contract, bound to places."""

    contract: Contract
    binding: Binding
    case: Case
    outcome: Outcome


Predicate: TypeAlias = Callable[[Trial], "str | None"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise: a name, a sentence, and a predicate that says what broke it (None: nothing did)."""

    name: str
    promise: str
    broken: Predicate


@dataclass(frozen=True, slots=True)
class Contract:
    """What a routine promises on one system.

    `signature` (Go's words) names arguments and results and places them on the stack. `number` is what RAX
    holds at the system call: a constant, or with None the first argument plus `base`. `passed` are the
    arguments that go to the kernel, by position, each with the register it goes to. `stubs` are the shipped
    routines that the contract is about, the first one its default.
    """

    name: str
    system: str
    summary: str
    signature: str
    clauses: tuple[Clause, ...]
    space: Space
    stubs: tuple[str, ...] = ()
    rule: ErrorRule | None = None
    base: int = 0
    number: int | None = None
    passed: tuple[tuple[int, str], ...] = ()
    doubles: tuple[Double, ...] = ()
    order: tuple[str, ...] = ("",)  # doubles and system calls ("") as they must come
    entered: tuple[str, ...] = ()  # registers of the arguments, where the kernel enters the routine
    thread: bool = False  # R14 points to m

    def clause(self, name: str) -> Clause:
        """The clause of that name. Raises KeyError."""
        return {clause.name: clause for clause in self.clauses}[name]
