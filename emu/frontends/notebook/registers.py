"""Registers as a notebook shows them: values, what they are when read as signed or as flags, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emu.errors import UserError
from emu.frontends.notebook.rich import Block, Column, Prose, Rich, Table, UnknownName, close_to
from emu.frontends.wording import number
from kernel_stub.cpu import MASK64

Naming = Callable[[int], "str | None"]
Setter = Callable[[str, int], None]
_FLAGS = (
    (0x1, "CF", "carry"), (0x4, "PF", "parity"), (0x10, "AF", "adjust"), (0x40, "ZF", "zero"), (0x80, "SF", "sign"),
    (0x100, "TF", "trap"), (0x200, "IF", "interrupts"), (0x400, "DF", "direction"), (0x800, "OF", "overflow"),
    (0x10000, "RF", "resume"), (0x40000, "AC", "alignment check"),
)  # fmt: skip
_RING = 3  # the low two bits of CS: the current privilege level
_COLUMNS = (Column("register"), Column("value", number=True), Column("read as", prose=True))


def nameless(address: int) -> str | None:
    """Where nothing is known of addresses."""
    return None


class Registers(Rich, Mapping[str, int]):
    """Registers by name, as unsigned 64-bit values: `registers.rax` or `registers["rax"]`.

    `registers - others` shows those that differ. Registers of a Session can be set
    (`session.registers.rip = 0x400030`); those of a trace are a record.

    >>> from emu import trace
    >>> step = trace("rawsyscall", "close", 99).find("NEGQ")[0]
    >>> step.after.rax, step.before.signed("rax")
    (9, -9)
    >>> step.changes
    register  value  read as                         changed from
    rax         0x9                                  0xfffffffffffffff7 (-9)
    rflags    0x217  CF carry, PF parity, AF adjust  0x206 PF parity
    """

    __slots__ = ("_before", "_naming", "_only", "_set", "_values")
    _values: dict[str, int]
    _before: Mapping[str, int] | None
    _only: bool
    _naming: Naming
    _set: Setter | None

    def __init__(
        self,
        values: Mapping[str, int],
        *,
        before: Mapping[str, int] | None = None,
        only_changed: bool = False,
        naming: Naming = nameless,
        put: Setter | None = None,
    ) -> None:
        hidden = (
            ("_values", dict(values)), ("_before", before), ("_only", only_changed), ("_naming", naming), ("_set", put),
        )  # fmt: skip
        for name, value in hidden:
            object.__setattr__(self, name, value)

    def __getitem__(self, name: str) -> int:
        """A register's value. Raises UnknownName."""
        self._check(name)
        return self._values[name.lower()]

    def __getattr__(self, name: str) -> int:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __setitem__(self, name: str, value: int) -> None:
        self._check(name)
        if self._set is None:
            raise UserError("these registers are a record of the run; those of a Session can be set: session.registers")
        if not -(1 << 63) <= value < 1 << 64:
            raise UserError(f"{value} does not fit in 64 bits")
        self._set(name.lower(), value & MASK64)
        self._values[name.lower()] = value & MASK64

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __sub__(self, others: Mapping[str, int]) -> Registers:
        """These registers where they differ from the others."""
        return Registers(self._values, before=others, only_changed=True, naming=self._naming)

    @property
    def changed(self) -> dict[str, tuple[int, int]]:
        """Old and new value of each register that differs from what these are compared with."""
        before = self._before or self._values
        return {name: (before[name], new) for name, new in self._values.items() if before.get(name, new) != new}

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of the flags that are set, the lowest bit first: `("CF", "ZF", "IF")`."""
        return tuple(name for bit, name, _ in _FLAGS if self._values["rflags"] & bit)

    def signed(self, name: str) -> int:
        """A register's value as a two's-complement number."""
        value = self[name]
        return value - (1 << 64) if value >> 63 else value

    def blocks(self) -> Iterator[Block]:
        changed = self.changed
        shown = [name for name in self._values if not self._only or name in changed]
        if not shown:
            yield Prose("no register changed")
            return
        compared = self._before is not None
        table = Table("", (*_COLUMNS, Column("changed from")) if compared else _COLUMNS)
        for name in shown:
            cells = [name, f"{self._values[name]:#x}", self._reading(name, self._values[name])]
            if compared:
                cells.append(_was(name, changed[name][0]) if name in changed else "")
            table.add(*cells, marked=name in changed and not self._only)
        yield table

    def _reading(self, name: str, value: int) -> str:
        if name == "rflags":
            return flag_words(value)
        if name == "cs":
            return f"ring {value & _RING}"
        if value >> 63:
            return str(value - (1 << 64))
        return self._naming(value) or (str(value) if value > 9 else "")

    def _check(self, name: str) -> None:
        if name.lower() not in self._values:
            raise UnknownName(f"there is no register {name!r}: {close_to(name, self._values)}")


def flag_words(value: int) -> str:
    """`CF carry, ZF zero`: the flags that are set, spelled out; without IF, which is always set in user mode."""
    return ", ".join(f"{name} {word}" for bit, name, word in _FLAGS if value & bit and name != "IF") or "no flag set"


def _was(name: str, value: int) -> str:
    return f"{value:#x} {flag_words(value)}" if name == "rflags" else number(value)
