"""Short ways to assemble a few lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asm.errors import AssemblyErrors
from asm.plan9 import assemble
from asm.program import Symbol


@pytest.fixture
def symbols() -> Callable[..., dict[str, Symbol]]:
    """The symbols of a whole file's text, by name."""

    def build(text: str, dialect: str = "go", path: str = "a.s", **options: object) -> dict[str, Symbol]:
        unit = assemble(path, text, dialect=dialect, **options)  # type: ignore[arg-type]
        return {symbol.name: symbol for symbol in unit.symbols}

    return build


@pytest.fixture
def code(symbols: Callable[..., dict[str, Symbol]]) -> Callable[..., str]:
    """The bytes, in hex, of instructions put into a routine; `text` is what stands on its TEXT line."""

    def build(instructions: str, dialect: str = "go", text: str = "4, $0", **options: object) -> str:
        return symbols(f"TEXT f(SB), {text}\n{instructions}\n", dialect, **options)["f"].data.hex(" ")

    return build


@pytest.fixture
def mistakes() -> Callable[..., list[str]]:
    """What is wrong with a file's text, as `line:column: message`."""

    def find(text: str, dialect: str = "go", **options: object) -> list[str]:
        with pytest.raises(AssemblyErrors) as caught:
            assemble("a.s", text, dialect=dialect, **options)  # type: ignore[arg-type]
        return [f"{e.line}:{e.column}: {e.message}" for e in caught.value.errors]

    return find
