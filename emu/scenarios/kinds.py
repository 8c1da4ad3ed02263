"""Kinds of values in a file: each checks a value, and gives its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from emu.scenarios.lines import Path


class Problem(NamedTuple):
    """Something wrong with a file, at a path in the document."""

    path: Path
    message: str


class Kind(Protocol):
    """A kind of value. `noun` completes "this has to be"."""

    @property
    def noun(self) -> str: ...

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """What is wrong with the value."""
        ...

    def schema(self) -> dict[str, Any]:
        """JSON Schema (draft 2020-12) of the values."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string, of one form where `pattern` is given."""

    noun: str = "a string"
    pattern: str = ""

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, str) or (self.pattern and re.fullmatch(self.pattern, value, re.DOTALL) is None):
            yield wrong(self, value, path)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"} if self.pattern else {"type": "string"}


@dataclass(frozen=True, slots=True)
class Number:
    """An integer with bounds."""

    least: int
    most: int = (1 << 64) - 1

    @property
    def noun(self) -> str:
        return f"an integer of at least {self.least}" if self.least >= 0 else "an integer of up to 64 bits"

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            yield wrong(self, value, path)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    noun: str = "true or false"

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield wrong(self, value, path)

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    @property
    def noun(self) -> str:
        return f"one of {', '.join(self.words)}"

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        if value not in self.words:
            yield wrong(self, value, path)

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Either:
    """Any of several kinds. What is wrong inside an array or a table is told by the kind that takes one."""

    kinds: tuple[Kind, ...]

    @property
    def noun(self) -> str:
        return " or ".join(kind.noun for kind in self.kinds)

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        containers: tuple[type, ...] = ()
        if isinstance(value, (dict, list)):
            containers = (Table, TableOf) if isinstance(value, dict) else (ListOf,)
        found = [(kind, list(kind.problems(value, path))) for kind in self.kinds]
        if all(problems for _, problems in found):
            inside = [problems for kind, problems in found if isinstance(kind, containers)]
            yield from inside[0] if inside else [wrong(self, value, path)]

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [kind.schema() for kind in self.kinds]}


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array of values of one kind, with at least `least` elements."""

    kind: Kind
    least: int = 0

    @property
    def noun(self) -> str:
        return "an array"

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, list) or len(value) < self.least:
            yield wrong(self, value, path)
            return
        for index, element in enumerate(value):
            yield from self.kind.problems(element, (*path, index))

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.kind.schema(), "minItems": self.least}


@dataclass(frozen=True, slots=True)
class TableOf:
    """A table with keys of the writer's choice."""

    kind: Kind

    @property
    def noun(self) -> str:
        return "a table"

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield wrong(self, value, path)
            return
        for key, element in value.items():
            yield from self.kind.problems(element, (*path, key))

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.kind.schema()}


class Field(NamedTuple):
    """One key of a table: its name, what it takes, and what it is for."""

    name: str
    kind: Kind
    about: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with these keys, all of them optional but those in `required`."""

    fields: tuple[Field, ...]
    required: Sequence[str] = ()

    @property
    def noun(self) -> str:
        return "a table"

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield wrong(self, value, path)
            return
        kinds = {field.name: field.kind for field in self.fields}
        for key, element in value.items():
            if key in kinds:
                yield from kinds[key].problems(element, (*path, key))
            else:
                yield Problem((*path, key), _unknown(key, list(kinds)))
        for name in self.required:
            if name not in value:
                yield Problem(path, f"{name} is missing")

    def schema(self) -> dict[str, Any]:
        properties = {field.name: {"description": field.about, **field.kind.schema()} for field in self.fields}
        required = {"required": list(self.required)} if self.required else {}
        return {"type": "object", "properties": properties, "additionalProperties": False, **required}


def wrong(kind: Kind, value: Any, path: Path) -> Problem:
    """The value is of another kind."""
    what = str(path[-1]) if path and isinstance(path[-1], str) else "this"
    shown = repr(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else _noun(value)
    return Problem(path, f"{what} has to be {kind.noun}, not {shown}")


def _noun(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return "an array" if isinstance(value, list) else "a table"
    return type(value).__name__


def _unknown(key: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key, known, n=1)
    return f"unknown key {key!r}; " + (f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}")
