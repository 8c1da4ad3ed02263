"""What a user waits for: a sweep, the start of a trace, the shipped scenarios, the assembler."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from measure import ROUNDS, Figure, rates

IMPORTS = [sys.executable, "-c", "import unicorn, capstone, keystone"]
TRACE = [str(Path(sys.executable).with_name("ringside")), "trace", "rawsyscall", "close", "99"]
ASSEMBLE = """
import sys, time
import keystone
from asm.sources import assemble_file
path, *folders = sys.argv[1:]
start = time.perf_counter()
made = assemble_file(path, dialect="go", include_dirs=folders)
print(time.perf_counter() - start, len(made.symbols))
"""


def sweep() -> list[Figure]:
    """RawSyscall against every kernel answer."""
    from emu.machine import Machine
    from emu.sweeps import Sweep, answers
    from emu.target import SourceOptions, personality, resolve

    call = resolve("rawsyscall", "linux", SourceOptions()).prepare(Machine(personality("linux")))
    prepared, tested = Sweep(call, [3, 99, 0, 0]), answers((False,), 1)[:4000]
    (rounds,) = rates(lambda: prepared.run(tested).calls)
    return [Figure("stub calls in a sweep", median(rounds), "calls/s", 20_000)]


def start_up() -> list[Figure]:
    """`ringside trace rawsyscall close 99` beside importing the three engines."""

    def seconds(command: list[str]) -> float:
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        return time.perf_counter() - start

    rounds = [(seconds(TRACE), seconds(IMPORTS)) for _ in range(2 * ROUNDS + 1)][1:]
    return [
        Figure("trace rawsyscall close 99", 1000 * median(a for a, _ in rounds), "ms"),
        Figure("import unicorn, capstone, keystone", 1000 * median(b for _, b in rounds), "ms"),
        Figure("ratio", median(a / b for a, b in rounds), "x", 2.5, at_most=True),
    ]


def scenarios() -> list[Figure]:
    """`ringside check` of every shipped scenario, with as many processes as there are processors."""
    folder = Path(__file__).parents[1] / "scenarios"
    with tempfile.TemporaryDirectory() as reports:
        report = Path(reports, "report.json")
        command = [str(Path(sys.executable).with_name("ringside")), "check", str(folder), "--json", str(report)]
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            seconds.append(time.perf_counter() - start)
        count = len(json.loads(report.read_text(encoding="utf-8"))["cases"])
    return [Figure(f"checking the {count} shipped scenarios", median(seconds), "s", 20, at_most=True)]


def assembler() -> list[Figure]:
    """All of runtime/sys_linux_amd64.s, each time in a fresh process, from after the imports.

    go_asm.h, which the go command would generate, is made up: the offsets in it cost the same whatever they are.
    """
    go = str(Path(sys.executable).with_name("go"))
    root = subprocess.run([go, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    source = Path(root, "src", "runtime", "sys_linux_amd64.s")
    fields = sorted(set(re.findall(r"\b(?:g|m|gobuf)_[a-zA-Z]\w*", source.read_text())))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "go_asm.h").write_text("".join(f"#define {name} 8\n" for name in fields))
        command = [sys.executable, "-c", ASSEMBLE, str(source), folder, str(source.parent)]
        rounds = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(ROUNDS)]
    seconds = median(float(done.stdout.split()[0]) for done in rounds)
    return [Figure("assembling runtime/sys_linux_amd64.s", seconds, "s", 0.5, at_most=True)]
