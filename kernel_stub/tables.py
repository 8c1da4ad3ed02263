"""Rows of the number tables: errno values and signals. The tables are in linux/ and darwin/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol, TypeVar

Action = Literal["term", "core", "ignore", "stop", "continue"]


class ErrnoRow(NamedTuple):
    """An errno value: its number (positive), its name, and the text that strerror gives for it."""

    number: int
    name: str
    message: str


class SignalRow(NamedTuple):
    """A signal: its number, its name, its default action, and the text that strsignal gives for it."""

    number: int
    name: str
    action: Action
    description: str


class Row(Protocol):
    """What the two kinds of row share."""

    @property
    def number(self) -> int: ...

    @property
    def name(self) -> str: ...


R = TypeVar("R", bound=Row)


def by_number(rows: tuple[R, ...]) -> dict[int, R]:
    """The rows by number."""
    return {row.number: row for row in rows}


def by_name(rows: tuple[R, ...], aliases: Mapping[str, str]) -> dict[str, R]:
    """The rows by name; an alias leads to the row of the name that it stands for."""
    names = {row.name: row for row in rows}
    return names | {alias: names[name] for alias, name in aliases.items()}
