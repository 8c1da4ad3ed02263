"""What every test may ask for: a tool or a module that the machine may lack.

On a developer's machine a missing one skips the test and says which command installs it. In CI
(`CI=true`) it fails the test instead, so that no comparison can silently drop out there.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

# No deadlines: how long an example takes says more about the machine than about the code. With CI=true
# Hypothesis itself chooses its profile "ci", whose examples are the same in every run.
settings.register_profile("ringside", deadline=None)
if not os.environ.get("CI"):
    settings.load_profile("ringside")



def pytest_configure() -> None:
    """Signals as a fresh login has them: what a job runner ignores or blocks (nohup, a background shell), the
    programs that the tests start would inherit."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:  # Python itself ignores these two
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


INSTALL = {
    "cc": "apt-get install gcc libc6-dev",
    "gcc": "apt-get install gcc libc6-dev",
    "objdump": "apt-get install binutils",
    "readelf": "apt-get install binutils",
    "strace": "apt-get install strace",
    "gdb": "apt-get install gdb",
    "go": "pip install 'ringside[oracle]'",
    "ziglang": "pip install 'ringside[oracle]'",
    "ptrace": "pip install 'ringside[oracle]'",
    "elftools": "pip install 'ringside[test]'",
    "jsonschema": "pip install 'ringside[test]'",
    "hypothesis": "pip install 'ringside[test]'",
}


def missing(what: str, install: str | None = None) -> NoReturn:
    """End the test for want of `what`: skip it, or fail it in CI."""
    message = f"{what} is missing; to install it: {install or INSTALL.get(what, f'install {what}')}"
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def require_tool() -> Callable[..., str]:
    """`require_tool("gcc")` is the program's path: beside this Python first, then on PATH."""

    def require(name: str, install: str | None = None) -> str:
        beside = Path(sys.executable).parent
        path = shutil.which(name, path=str(beside)) or shutil.which(name)
        return path if path is not None else missing(name, install)

    return require


@pytest.fixture(scope="session")
def require_module() -> Callable[..., None]:
    """`require_module("ptrace")` returns if the module can be imported; it doesn't import it."""

    def require(name: str, install: str | None = None) -> None:
        if importlib.util.find_spec(name) is None:
            missing(name, install)

    return require
