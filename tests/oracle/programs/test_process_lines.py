"""The lines of calls about processes, and strace's for the same program on the host: equal but for ids."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from emu.loaders import process
from emu.machine import PROGRAM_RAM, Machine
from emu.stepper import Stepper
from kernel_stub.events import SyscallDone
from kernel_stub.linux.personality import LINUX

CALLS = ("wait4", "waitid", "kill", "getpgid", "getsid", "setpgid")


def whole(lines: Iterable[str]) -> Iterator[str]:
    """The first process's lines, those joined that another process came between."""
    first, begun = "", ""
    for line in lines:
        pid, text = line.rstrip().split(maxsplit=1)
        first = first or pid
        if pid != first:
            continue
        if text.endswith("<unfinished ...>"):
            begun = text.removesuffix("<unfinished ...>").rstrip()
        elif text.startswith("<..."):
            yield begun + " " * begun.endswith(",") + text.partition(" resumed>")[2]
        else:
            yield text


def shown(lines: Iterable[str]) -> list[str]:
    """Of the calls in question, without padding; ids, users and addresses have names by their order."""
    names: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        return names.setdefault(match[0], f"#{len(names)}")

    kept = (re.sub(r"\)\s+= ", ") = ", line) for line in lines if line.startswith(tuple(f"{c}(" for c in CALLS)))
    return [re.sub(r"0x[0-9a-f]{6,}|(?<!-)\b(?!99999)\d{3,}\b|(?<=si_uid=)\d+", named, line) for line in kept]


def test_lines_about_processes_are_straces(build: Callable[..., str], require_tool: Callable[..., str], tmp_path: Path):
    path, log = build("waits", "glibc"), tmp_path / "log"
    strace = require_tool("strace", "apt-get install strace")
    subprocess.run([strace, "-f", "-o", str(log), path], check=True, timeout=60)
    machine = Machine(LINUX, ram_size=PROGRAM_RAM)
    process.Process(machine, process.find(path), process.arguments(path, []), {})
    stepper = Stepper(machine)
    ours = [
        event.text for step in stepper.steps(1_000_000) for event in step.events
        if isinstance(event, SyscallDone) and event.name in CALLS
    ]  # fmt: skip
    assert shown(ours) == shown(whole(log.read_text().splitlines()))
    assert len(ours) == 17
