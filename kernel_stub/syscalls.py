"""A system call's table row: from one annotated handler come decoding, dispatch, trace line and docs.

A handler is `def write(kernel: Kernel, fd: Fd, buf: Buffer, count: Size) -> Size`: each parameter's
annotation is `Annotated[int, kind]`, and the kind (kernel_stub.kinds) says how the register becomes a
C value and how that value reads. Names of the parameters are those of the manual page.
"""

from __future__ import annotations

import inspect
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, NamedTuple, get_args, get_origin

from kernel_stub.cpu import INDEX
from kernel_stub.kinds import Kind
from kernel_stub.outcomes import Outcome

# Both systems take arguments in these registers: the C convention with R10 for RCX, which SYSCALL destroys.
ARGUMENTS = tuple(INDEX[name] for name in ("rdi", "rsi", "rdx", "r10", "r8", "r9"))

Handler = Callable[..., Outcome]


class Parameter(NamedTuple):
    """One argument of a call: the manual page's name, and its kind."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Row:
    """One system call of one system.

    `manual` is the page that describes it, `source` the kernel's function; `errno` is False where the answer has
    codes of its own, which say nothing through errno and flags (Mach traps). The rest comes from the handler,
    when it is asked for: a run makes few of the calls.
    """

    number: int
    name: str
    handler: Handler
    manual: str
    source: str
    errno: bool = True

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The arguments. Raises TypeError if one has no kind: the row is wrong, not the guest."""
        hints = inspect.get_annotations(self.handler, eval_str=True)
        names = [name for name in hints if name not in ("kernel", "return")]
        return tuple(Parameter(name, kind_of(self.name, name, hints[name])) for name in names)

    @cached_property
    def result(self) -> Kind:
        """How the result reads. Raises TypeError if it has no kind."""
        hints = inspect.get_annotations(self.handler, eval_str=True)
        return kind_of(self.name, "return", hints.get("return"))

    def decode(self, values: array[int], registers: tuple[int, ...] = ARGUMENTS) -> list[int]:
        """The C values of the arguments, from a trapframe's register values."""
        return [
            parameter.kind.decode(values[index])
            for parameter, index in zip(self.parameters, registers, strict=False)
        ]

    @property
    def signature(self) -> str:
        """The call as its manual page declares it: `write(int fd, const void *buf, size_t count)`."""
        return f"{self.name}({', '.join(p.kind.c(p.name) for p in self.parameters) or 'void'})"

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().partition("\n")[0]


def kind_of(call: str, name: str, hint: object) -> Kind:
    """The kind in an annotation. Raises TypeError if there is none: the row is wrong, not the guest."""
    if get_origin(hint) is Annotated:
        for extra in get_args(hint)[1:]:
            if isinstance(extra, Kind):
                return extra
    raise TypeError(f"{call}: {name} has no argument kind")


def table(*rows: Row) -> dict[int, Row]:
    """Rows by number. Raises ValueError for a number that appears twice."""
    by_number = {row.number: row for row in rows}
    if len(by_number) != len(rows):
        raise ValueError("two rows with one number")
    return by_number
