"""`ringside mutate`: the table, the page, and what it says of wrong input."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

FEW = ("--answers", "200", "--jobs", "1")


def test_the_table_has_line_mutation_verdict_and_reason(run: Callable[..., Any]):
    ran = run("mutate", "rawsyscall", "--contract", "rawsyscall", *FEW)
    assert ran.status == 0
    assert re.fullmatch(
        r"237 mutants of syscall.RawSyscall under rawsyscall on linux: \d+\.\d s, [\d,]+ a minute", ran.lines[0]
    )
    assert ran.lines[1] == (
        "228 killed, 9 equivalent (0 by the same bytes, 9 by the same effect), 0 survived; 1 could not be assembled"
    )
    (row,) = [line for line in ran.lines if re.search(r"drop\s+NEGQ AX -> nothing", line)]
    assert row.endswith(
        "killed       error: errno is -1 instead of 1: the answer -1 is an error [1, 2, 3, 4; answer -1; garbage 0]"
    )
    assert ran.lines[-1].startswith("Same effect means: on all 200 inputs of the contract's set (seed 1): every system")


def test_some_verdicts_only(run: Callable[..., Any]):
    ran = run("mutate", "rawsyscall", *FEW, "--only", "equivalent")
    assert [line.split()[-2:] for line in ran.lines[3:-2]] == [["same", "effect"]] * 9


def test_survivors_are_shown_and_told_by_the_exit_status(run: Callable[..., Any]):
    ran = run("mutate", "rawsyscall", *FEW, "--without", "number", "--only", "survived")
    assert ran.status == 1
    assert any("MOVQ 8(SP), AX -> MOVL 8(SP), AX" in line and "survived     it differs" in line for line in ran.lines)


def test_json_has_every_mutant(run: Callable[..., Any]):
    ran = run("mutate", "sigreturn", *FEW, "--format", "json")
    found = json.loads(ran.out)
    assert found["counts"] == {"killed": 25, "survived": 0, "same bytes": 1, "same effect": 0}
    assert len(found["mutants"]) == 26
    (number,) = [m for m in found["mutants"] if m["after"] == "MOVL $16, AX"]
    assert (number["line"], number["kind"], number["verdict"], number["clause"], number["seen"]) == (
        found["mutants"][0]["line"], "constant", "killed", "number", "AX is 16 instead of 15",
    )  # fmt: skip


class Page(HTMLParser):
    """The rows of all tables, and whatever the page would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href")]
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["td"]:
            self.rows[-1][-1] += data


def test_the_page_stands_alone_and_has_every_mutant(run: Callable[..., Any], tmp_path: Path):
    path = tmp_path / "page.html"
    ran = run("mutate", "casts", "--contract", "casts", *FEW)
    assert ran.status == 2  # the name of a contract, not of a stub
    ran = run("mutate", "syscall", *FEW, "--without", "hooks", "--html", str(path), "--format", "json")
    assert ran.status == 1
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    rows = [row for row in page.rows if row]
    found = json.loads(ran.out)
    survivors = [m for m in found["mutants"] if m["verdict"] == "survived"]
    assert survivors
    assert len(rows) == len(found["mutants"]) + len(survivors)  # survivors come first, once more
    assert {row[2] for row in rows[: len(survivors)]} == {"survived"}
    assert "CALL sys·entersyscall(SB) -> nothing" in {row[1] for row in rows}
    assert page.loads == [] and "script" not in page.tags and "url(" not in text and "@import" not in text


def test_a_files_routine_is_changed_too(run: Callable[..., Any], source: Callable[..., str]):
    path = source(
        "// dialect: go2008\n#define ARG 8(SP)\nTEXT f<>(SB),7,$0\n\tMOVQ ARG, BX\n\tMOVQ BX, 16(SP)\n\tRET\n"
    )
    ran = run("mutate", f"{path}:f", "--contract", "casts", *FEW, "--format", "json")
    assert ran.status == 0
    assert {mutant["line"] for mutant in json.loads(ran.out)["mutants"]} == {4, 5, 6}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nosuch",), "ringside: no stub nosuch on linux"),
        (("close",), "no contract is known for close: --contract NAME"),
        (("rawsyscall", "--contract", "nosuch"), "no contract nosuch on linux; there are rawsyscall"),
        (("rawsyscall", "--contract", "rawsyscall-strict"), "breaks rawsyscall-strict itself (error: r1 is -4095"),
        (
            ("syscall", "--contract", "rawsyscall", "--os", "darwin"),
            "see `ringside contract rawsyscall syscall --os darwin`",
        ),
        (("rawsyscall", "--without", "nosuch"), "contract rawsyscall has no clause 'nosuch': it has returns, alone"),
        (("rawsyscall", "--html", "no/such/folder.html"), "can't write no/such/folder.html"),
    ],
)
def test_wrong_input_is_told(run: Callable[..., Any], tmp_path: Any, monkeypatch: Any, arguments, message: str):
    monkeypatch.chdir(tmp_path)
    ran = run("mutate", *arguments, *FEW)
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err
