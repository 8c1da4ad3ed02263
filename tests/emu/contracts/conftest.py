"""Shipped stubs with one thing changed, under their contract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from asm import stubs
from emu.contracts import catalogue
from emu.contracts.check import Broken, Checker
from emu.contracts.subject import Subject, bind
from emu.target import sources

FEW = 400  # inputs: all edges, and some of everything


def text_of(name: str, system: str) -> str:
    """The TEXT of a shipped stub, alone."""
    stub = stubs.find(name, system)
    source = stubs.read(stub.files[0])
    start = source.index(f"TEXT {stub.symbol.replace('.', '·')}(SB)")
    following = source.find("\nTEXT", start)
    return source[start : following if following >= 0 else len(source)]


def bound(contract: str, system: str, text: str, folder: Path, dialect: str = "go2008") -> Subject:
    """The first routine of a text under a contract."""
    path = folder / "file.s"
    path.write_text(f"// dialect: {dialect}\n{text}", encoding="utf-8")
    symbol = text.split("TEXT", 1)[1].split("(", 1)[0].split("<", 1)[0].strip()
    return bind(catalogue.find(contract, system), sources(f"{path}:{symbol}", system))


@pytest.fixture
def broken(tmp_path: Path) -> Callable[..., dict[str, Broken]]:
    """`broken("rawsyscall", "linux", text)`: the clauses that a few hundred inputs break."""

    def run(contract: str, system: str, text: str, dialect: str = "go2008") -> dict[str, Broken]:
        subject = bound(contract, system, text, tmp_path, dialect)
        return Checker(subject).sweep(subject.contract.space.cases(FEW, 1))[1]

    return run


@pytest.fixture(scope="session")
def shipped() -> Callable[[str, str], str]:
    """`shipped("rawsyscall", "linux")`: the TEXT of a shipped stub."""
    return text_of


@pytest.fixture
def subject(tmp_path: Path) -> Callable[..., Subject]:
    """`subject("rawsyscall", "linux", text)`: the first routine of a text, bound to the contract."""

    def make(contract: str, system: str, text: str, dialect: str = "go2008") -> Subject:
        return bound(contract, system, text, tmp_path, dialect)

    return make
