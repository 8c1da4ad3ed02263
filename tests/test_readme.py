"""README's excerpts are what the commands print, and its Python runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from emu.frontends.cli import ringside

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
EXCERPTS = re.findall(r"```\n\$ ringside ([^\n]+)\n(.*?)```", README, re.DOTALL)
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_there_is_something_to_check():
    assert len(EXCERPTS) >= 2
    assert len(SNIPPETS) >= 2


@pytest.mark.parametrize(("command", "excerpt"), EXCERPTS, ids=[command for command, _ in EXCERPTS])
def test_each_line_of_an_excerpt_is_printed(command: str, excerpt: str):
    printed = {line.rstrip() for line in CliRunner().invoke(ringside, shlex.split(command)).output.splitlines()}
    assert [line for line in excerpt.splitlines() if line.rstrip() not in printed] == []


@pytest.mark.parametrize("code", SNIPPETS, ids=[code.splitlines()[0] for code in SNIPPETS])
def test_the_python_runs(code: str, capsys: pytest.CaptureFixture[str]):
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out
