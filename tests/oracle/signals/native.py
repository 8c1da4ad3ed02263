"""A program on the host, under our tracer: the user states it goes through, and how it ends."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

SOURCE = Path(__file__).parent / "tracer.c"
PAGE = 4096
FLAGS = {"leap": 1, "coarse": 2, "continue": 4}
TYPED = b"typed\n"
PATIENCE = 20  # seconds; the tracer loses its own long before

# struct user_regs_struct of <sys/user.h>
NAMES = (
    "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
    "orig_rax", "rip", "cs", "rflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
)  # fmt: skip
_RECORD, _REGISTERS, _CHANGE = struct.Struct("<4I"), struct.Struct(f"<{len(NAMES)}Q"), struct.Struct("<2Q")


class Kind(IntEnum):
    """What a record tells; the numbers are tracer.c's."""

    STATE = 1  # an instruction was begun from here
    LEAPT = 2  # a SYSCALL was begun from here, and what came before was not stepped
    FINAL = 3  # memory when the program was gone
    SIGNAL_AT_LEAP = 4  # a signal came during a stretch that was not stepped
    STOPPED = 5  # a signal stopped the program; memory as it was then
    ENDED = 6


@dataclass(frozen=True, slots=True)
class State:
    """Registers by name, and the memory that changed since the record before: (address, bytes).

    `frames` is the number of signal frames that were made since the record before, one on the other.
    """

    kind: Kind
    frames: int
    registers: dict[str, int]
    changes: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run: `ending` reads as in a program's head; the process had these ids."""

    states: tuple[State, ...]
    ending: str
    output: bytes
    pid: int
    parent: int


class Hangs(Exception):
    """The tracer gave up, mostly because the program waits for what will not come."""


def compile_tracer(compiler: str, folder: Path) -> Path:
    """The tracer's executable. Raises CalledProcessError."""
    tracer = folder / "tracer"
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-o", tracer, SOURCE], check=True)
    return tracer


def run(tracer: Path, program: Path, region: range, options: frozenset[str]) -> Run:
    """Traces the program; `region` is the page-aligned memory to watch. Raises Hangs."""
    flags = sum(FLAGS[option] for option in options if option in FLAGS)
    typed, end = os.pipe()  # the writing end stays open: a read without a line waits
    if "typed" in options:
        os.write(end, TYPED)
    with tempfile.TemporaryDirectory() as folder:
        records = Path(folder) / "records"
        command = [tracer, program, records, hex(region.start), hex(len(region)), str(flags)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=typed, stdout=pipe, stderr=pipe, cwd=folder) as process:
            output, errors = process.communicate(timeout=PATIENCE)
        os.close(typed)
        os.close(end)
        if process.returncode:
            raise Hangs(f"{program.name}: the tracer ends with {process.returncode}: {errors.decode()}")
        return _parse(records.read_bytes(), output, process.pid)


def _parse(data: bytes, output: bytes, parent: int) -> Run:
    states, ending, pid = [], "", 0
    for state, value, process in _records(data):
        pid = process
        if state.kind is Kind.ENDED:
            ending = describe(value)
        else:
            states.append(state)
            if state.kind is Kind.STOPPED:
                ending = f"stopped {signal_name(value)}"
    return Run(tuple(states), ending, output, pid, parent)


def _records(data: bytes) -> Iterator[tuple[State, int, int]]:
    at = 0
    while at < len(data):
        kind, value, count, pid = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        registers = dict(zip(NAMES, _REGISTERS.unpack_from(data, at), strict=True))
        at += _REGISTERS.size
        changes = []
        for _ in range(count):
            address, size = _CHANGE.unpack_from(data, at)
            at += _CHANGE.size
            changes.append((address, data[at : at + size]))
            at += size
        yield State(Kind(kind), value if kind == Kind.STATE else 0, registers, tuple(changes)), value, pid


def describe(status: int) -> str:
    """A wait status as programs' heads put it."""
    if os.WIFEXITED(status):
        return f"exit {os.WEXITSTATUS(status)}"
    verb = "dumped" if os.WCOREDUMP(status) else "killed"
    return f"{verb} {signal_name(os.WTERMSIG(status))}"


def signal_name(number: int) -> str:
    """A signal's name; real-time ones count from the kernel's first, 32."""
    return signal.Signals(number).name if number < 32 else "SIGRTMIN" if number == 32 else f"SIGRT_{number - 32}"
