"""Running the commands: in this process for speed, and as the installed script where start-up or pipes matter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emu.frontends.cli import ringside

SCRIPT = Path(sys.executable).with_name("ringside")


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The lines of JSON."""
        return [json.loads(line) for line in self.lines]


def run_here(*arguments: str) -> Ran:
    """The command in this process. An exception that is no exit fails the test."""
    done = CliRunner().invoke(ringside, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def run_script(*arguments: str, **options: Any) -> Ran:
    """The installed script, as a person starts it; options are those of subprocess.run."""
    environment = {**os.environ, **options.pop("env", {})}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    done = subprocess.run([SCRIPT, *arguments], text=True, timeout=60, env=environment, **pipes)
    return Ran(done.returncode, done.stdout or "", done.stderr or "")


@pytest.fixture(scope="session")
def run() -> Callable[..., Ran]:
    """`run("trace", "rawsyscall", "close", "99")` in this process."""
    return run_here


@pytest.fixture(scope="session")
def script() -> Callable[..., Ran]:
    """`script("list")` as a process of its own."""
    assert SCRIPT.exists(), "the project is not installed: pip install --editable ."
    return run_script


@pytest.fixture(scope="session")
def script_path() -> Path:
    """The installed script, for what run_script can't do."""
    assert SCRIPT.exists(), "the project is not installed: pip install --editable ."
    return SCRIPT


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., str]:
    """`source("TEXT ·f(SB),4,$0\\n\\tRET\\n")` writes a file and gives its path."""

    def write(text: str | bytes, name: str = "file.s") -> str:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return write
