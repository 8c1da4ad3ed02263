"""`ringside asm` as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from emu.frontends.asm_command import command

HELLO = "# dialect: att\n.globl go\nfirst: nop\ngo: movl $VALUE, %edi\nmovl $60, %eax\nsyscall\n"


@pytest.fixture
def ringside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.s").write_text(HELLO)

    def run(*arguments):
        return CliRunner().invoke(command, list(arguments))

    return run


def test_the_listing_goes_to_stdout(ringside):
    result = ringside("x.s", "-D", "VALUE=7")
    assert result.exit_code == 0
    assert "  400001  bf 07 00 00 00               4  go: movl $VALUE, %edi\n" in result.stdout
    assert result.stderr == ""


def test_the_listing_as_json(ringside):
    result = ringside("x.s", "-D", "VALUE=7", "--format", "json")
    symbols = json.loads(result.stdout)["symbols"]
    assert symbols["first"] == {"address": 0x400000, "size": 1, "bytes": "90", "relocations": []}
    assert list(symbols) == ["first", "go"]


def test_undefined_symbols_can_be_listed_but_not_written(ringside, tmp_path):
    assert ringside("x.s").exit_code == 0
    relocations = json.loads(ringside("x.s", "--format", "json").stdout)["symbols"]["go"]["relocations"]
    assert relocations == [[1, 4, "VALUE"]]
    result = ringside("x.s", "-o", "out.elf")
    assert result.exit_code == 2
    assert result.stderr == "x.s:4:11: undefined symbol VALUE\ngo: movl $VALUE, %edi\n          ^\n"
    assert not (tmp_path / "out.elf").exists()


@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine != "x86_64", reason="needs x86-64 Linux")
def test_the_executable_starts_at_its_entry(ringside, tmp_path):
    result = ringside("x.s", "-D", "VALUE=7", "-o", "out.elf", "--entry", "go")
    assert result.exit_code == 0
    assert subprocess.run([tmp_path / "out.elf"]).returncode == 7


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["none.s"], "none.s:1:1: can't read this file: No such file or directory\n"),
        (["x.s", "-o", "no/such/folder"], "ringside: can't write no/such/folder: No such file or directory\n"),
        (["x.s", "-o", "."], "ringside: can't write .: Is a directory\n"),
        (["x.s", "-o", "out", "--entry", "gone"], "ringside: --entry: no symbol 'gone'"),
        (["x.s", "--dialect", "intel"], "x.s:4:"),
    ],
)
def test_mistakes_go_to_stderr_with_status_2(ringside, arguments, message):
    result = ringside(*arguments, "-D", "VALUE")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(message)


@pytest.mark.parametrize(
    "option",
    [["--entry", "go"], ["-I", "no"], ["-D", "=5"], ["-D", "a b=1"], ["--dialect", "nasm"], ["--format", "xml"]],
)
def test_options_that_mean_nothing(ringside, option):
    result = ringside("x.s", *option)
    assert result.exit_code == 2
    assert "Usage" in result.stderr


def test_a_reader_that_goes_away_is_no_mistake(tmp_path):
    source = tmp_path / "long.s"
    source.write_text("# dialect: att\n" + "nop\n" * 50_000)
    script = "from emu.frontends.asm_command import command; command()"
    with subprocess.Popen(
        [sys.executable, "-c", script, source], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_nothing_heavy_is_imported_before_it_is_needed():
    script = (
        "import sys, emu.frontends.asm_command; "
        "print([m for m in ('keystone', 'unicorn', 'capstone', 'rich', 'difflib') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"
