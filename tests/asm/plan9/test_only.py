"""Asking for one symbol: what is broken elsewhere doesn't matter, above all without go_asm.h."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asm.errors import AssemblyErrors
from asm.plan9 import assemble

FILE = """#include "go_asm.h"
TEXT runtime·good(SB), 4, $0
	JMP ·other(SB)
TEXT ·other(SB), 4, $0
	MOVQ table<>(SB), AX
	RET
GLOBL table<>(SB), 16, $8
TEXT runtime·bad(SB), 4, $0
	MOVQ g_m(R14), AX
	RET
TEXT runtime·worse(SB), 4, $0
	JMP runtime·bad(SB)
GLOBL broken(SB), 16, $m__size
"""
MISSING = "g_m is not defined: go_asm.h, which the go command generates, was not found"


def build(only: str | None) -> list[str]:
    return [s.name for s in assemble("a.s", FILE, dialect="go", package="runtime", only=only).symbols]


@pytest.mark.parametrize("name", ["runtime·good", "runtime.good", "·good", "·good<>", "·good<ABIInternal>"])
def test_a_symbol_comes_with_what_it_refers_to(name: str) -> None:
    assert build(name) == ["runtime.good", "runtime.other", "table"]


@pytest.mark.parametrize("name", ["runtime·bad", "runtime·worse"])
def test_a_symbol_that_needs_a_broken_one_is_refused(name: str) -> None:
    with pytest.raises(AssemblyErrors) as caught:
        build(name)
    assert [(e.line, e.message) for e in caught.value.errors] == [(9, MISSING)]


def test_the_whole_file_has_all_mistakes(mistakes: Callable[..., list[str]]) -> None:
    missing = "m__size is not defined: go_asm.h, which the go command generates, was not found"
    assert mistakes(FILE, package="runtime") == [f"9:7: {MISSING}", f"13:24: {missing}"]


def test_a_symbol_that_is_not_there() -> None:
    with pytest.raises(AssemblyErrors, match=r"this file defines no symbol runtime\.none"):
        build("runtime·none")


def test_mistakes_outside_of_any_symbol_always_count() -> None:
    with pytest.raises(AssemblyErrors, match="unknown directive"):
        assemble("a.s", "#nonsense\n" + FILE, dialect="go", package="runtime", only="runtime·good")


def test_a_present_go_asm_h_is_used(tmp_path: object) -> None:
    with open(f"{tmp_path}/go_asm.h", "w") as file:
        file.write("#define g_m 48\n#define m__size 8\n")
    unit = assemble("a.s", FILE, dialect="go", package="runtime", include_dirs=[str(tmp_path)])
    assert len(unit.symbols) == 6
