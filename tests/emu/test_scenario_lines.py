"""Each key and each element of an array is found on its line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emu.scenarios.lines import line_of, lines_of

TEXT = '''a = 1  # b = 2
[t.u]
list = [1,
  "]#",  # [not a table]
  { x = 2, y.z = """
"quoted" [no]
""" }, [
  3] ]
[[case]]
"q\\"k" = 3
'l k' = 'C:\\'
expect.r = { s = 1 }
[[case]]
text = \'\'\'
[[case]]
it's\'\'\'\'
[case.expect]
dot . ted = -4.5e3
[[case.expect.signals]]
n = 1979-05-27T07:32:00Z
[[case.expect.signals]]
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1),
        (("t", "u"), 2),
        (("t", "u", "list", 0), 3),
        (("t", "u", "list", 1), 4),
        (("t", "u", "list", 2, "y", "z"), 5),
        (("t", "u", "list", 3), 7),
        (("t", "u", "list", 3, 0), 8),
        (("case", 0), 9),
        (("case", 0, 'q"k'), 10),
        (("case", 0, "l k"), 11),
        (("case", 0, "expect", "r", "s"), 12),
        (("case", 1), 13),
        (("case", 1, "text"), 14),
        (("case", 1, "expect", "dot", "ted"), 18),
        (("case", 1, "expect", "signals", 0, "n"), 20),
        (("case", 1, "expect", "signals", 1), 21),
    ],
)
def test_a_path_is_on_its_line(path: tuple[str | int, ...], line: int):
    assert lines_of(TEXT)[path] == line


def test_what_is_not_in_the_file_is_where_its_table_is():
    assert line_of(lines_of(TEXT), ("case", 1, "expect", "nothing", 3)) == 17


def test_line_ends_of_windows_count_once():
    assert lines_of("a = 1\r\nb = [\r\n2]\r\n")[("b", 0)] == 3


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


QUOTES = '"""'
ODD = [
    "a=[]\nb={}\n",
    "a = [ # c ] \n [1,2,],# x\n [ ],\n]",
    '3.14 = 1\n"" = 2\n',
    f'a = {QUOTES}x{QUOTES}"\n',
    f'a = {QUOTES}\\"""{QUOTES}\nb = 1',
    f"a = {QUOTES}{QUOTES}\nb = 1",
    "a = '''x'''''\nb = 2",
    "d = 1979-05-27 07:32:00 # t\ne = inf\n",
    '[ a . "b.c" ]\nx = 1\n[a]\ny = 2\n[[ z ]]\n[[z.w]]\nq = {a={b=[{c=1},{c=2}]}}\n[[z.w]]\n[z.w.k]\nm = 1',
    'a = {b."c d" = 1, e = [1, [2]]}\n',
    "",
    "# only\n",
    'a = "\\\\"\nb = "#"',
    f"a = [\n{QUOTES}\nx\n{QUOTES},\n2]",
    "a.b.c = 1\na.b.d = 2\n[q.w.e]\n",
]


@pytest.mark.parametrize("text", ODD)
def test_every_path_of_odd_documents_has_a_line(text: str):
    assert set(paths(tomllib.loads(text))) == set(lines_of(text))


FILES = sorted((Path(__file__).parents[1] / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_every_path_of_the_shipped_scenarios_has_a_line(file: Path):
    text = file.read_text(encoding="utf-8")
    assert set(paths(tomllib.loads(text))) == set(lines_of(text))
