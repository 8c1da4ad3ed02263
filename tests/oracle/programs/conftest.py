"""Programs built from C, run by the host's kernel and by ours."""

from __future__ import annotations

import os
import platform
import pty
import subprocess
import sys
import tty
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from emu.loaders import process
from emu.machine import PROGRAM_RAM, Machine
from emu.runner import Runner
from kernel_stub.linux.personality import LINUX

HERE = Path(__file__).parent
FREESTANDING = ("-nostdlib", "-ffreestanding", "-fno-stack-protector", "-no-pie", "-fcf-protection=none")
LIMIT = 200_000_000


@dataclass(frozen=True)
class Outcome:
    """How a program ended (a negative status is a signal's number, as subprocess has it), and what it wrote."""

    status: int
    output: bytes
    errors: bytes


Build = Callable[..., str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.platform == "linux" and platform.machine() == "x86_64":
        return
    for item in items:
        if HERE in Path(item.fspath).parents:
            item.add_marker(pytest.mark.skip(reason="the host isn't x86-64 Linux"))


@pytest.fixture(scope="session")
def build(
    require_tool: Callable[..., str], require_module: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Build:
    """`build("real", "glibc")` is an executable's path: a source of this folder and a way to build it.

    Ways: glibc, glibc-pie (static PIE), musl, bare (no C library; further options follow).
    """
    folder = tmp_path_factory.mktemp("programs")
    built: dict[tuple[str, ...], str] = {}

    def compiler(way: str) -> list[str]:
        if way == "musl":
            require_module("ziglang")
            zig = [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-linux-musl"]
            return [*zig, "-static", "-fno-sanitize=undefined"]
        return [require_tool("gcc"), {"glibc-pie": "-static-pie"}.get(way, "-static")]

    def make(source: str, way: str, *options: str) -> str:
        key = (source, way, *options)
        if key not in built:
            path = str(folder / f"program{len(built)}")
            extra = FREESTANDING if way == "bare" else ("-lm",)
            command = [*compiler(way), "-O1", "-w", *options, str(HERE / f"{source}.c"), "-o", path, *extra]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            built[key] = path
        return built[key]

    return make


@pytest.fixture(scope="session")
def natively(require_tool: Callable[..., str]) -> Callable[..., Outcome]:
    """Runs a program on the host, with its addresses as they are without randomisation."""
    setarch = require_tool("setarch", "apt-get install util-linux")

    def run(path: str, *arguments: str, typed: bytes = b"", variables: Mapping[str, str] | None = None) -> Outcome:
        master, slave = pty.openpty()
        tty.setraw(slave)
        piped = typed != b""
        try:
            done = subprocess.run(
                [setarch, platform.machine(), "-R", path, *arguments],
                env=dict(variables or {}),
                capture_output=True,
                timeout=60,
                **({"input": typed} if piped else {"stdin": slave}),
            )
        finally:
            os.close(slave)
            os.close(master)
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def emulated() -> Callable[..., Outcome]:
    """Runs a program on our machine."""

    def run(path: str, *arguments: str, typed: bytes = b"", variables: Mapping[str, str] | None = None) -> Outcome:
        machine = Machine(LINUX, stdin=typed, ram_size=PROGRAM_RAM)
        environment = {os.fsencode(name): os.fsencode(value) for name, value in (variables or {}).items()}
        process.Process(machine, process.find(path), process.arguments(path, arguments), environment)
        written: dict[int, list[bytes]] = {1: [], 2: []}
        status = Runner(machine, lambda fd, data: written[fd].append(data)).run(LIMIT)
        assert status is not None, f"still running after {LIMIT} instructions"
        signal = LINUX.signals[status.signal].number if status.signal else None
        code = status.code if signal is None else -signal
        assert code is not None
        return Outcome(code, b"".join(written[1]), b"".join(written[2]))

    return run
