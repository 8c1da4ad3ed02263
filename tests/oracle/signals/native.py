"""A program on the host, under our tracer: the user states it goes through, and how it ends."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

SOURCE = Path(__file__).parent / "tracer.c"
PAGE = 4096
FLAGS = {"coarse": 1, "continue": 2, "stack": 4}
STACK_SIZE = 0x10000  # what is watched of a stack, below the page that RSP starts in
TYPED = b"typed\n"
PATIENCE = 20  # seconds; the tracer loses its own long before

# struct user_regs_struct of <sys/user.h>
NAMES = (
    "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
    "orig_rax", "rip", "cs", "rflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
)  # fmt: skip
_RECORD, _REGISTERS, _CHANGE = struct.Struct("<4I"), struct.Struct(f"<{len(NAMES)}Q"), struct.Struct("<2Q")


class Watched:
    """The memory that is compared: address ranges, whose bytes come one after the other."""

    def __init__(self, *ranges: range) -> None:
        self.ranges = ranges
        self.size = sum(map(len, ranges))

    def offset(self, address: int) -> int | None:
        """Where an address's byte is, None where it isn't watched."""
        before = 0
        for part in self.ranges:
            if address in part:
                return before + address - part.start
            before += len(part)
        return None

    def address(self, offset: int) -> int:
        """The address of a byte."""
        for part in self.ranges:
            if offset < len(part):
                return part[offset]
            offset -= len(part)
        raise IndexError(offset)

    def bytes(self, memory: bytes | bytearray, address: int, size: int) -> bytes:
        """Some bytes of one range; empty where they are not watched."""
        at = self.offset(address)
        return b"" if at is None else bytes(memory[at : at + size])

    def word(self, memory: bytes | bytearray, address: int) -> int:
        """Eight bytes as a number, 0 where they are not watched."""
        return int.from_bytes(self.bytes(memory, address, 8), "little")

    def patch(self, memory: bytearray, changes: Iterable[tuple[int, bytes]]) -> None:
        """Enters changes into a copy of the memory."""
        for address, data in changes:
            at = self.offset(address)
            assert at is not None
            memory[at : at + len(data)] = data


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
    """A whole run: `ending` reads as in a program's head, `output` went to descriptors 1 and 2; the process
    had these ids."""

    states: tuple[State, ...]
    ending: str
    output: tuple[bytes, bytes]
    pid: int
    parent: int
    watched: Watched


class Hangs(Exception):
    """The tracer gave up, mostly because the program waits for what will not come."""


def compile_tracer(compiler: str, folder: Path) -> Path:
    """The tracer's executable. Raises CalledProcessError."""
    tracer = folder / "tracer"
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-o", tracer, SOURCE], check=True)
    return tracer


def run(
    tracer: Path,
    program: Path,
    region: range,
    options: frozenset[str],
    arrivals: Iterable[tuple[int, bytes]] = (),
) -> Run:
    """Traces the program; `region` is the memory to watch. Standard input stays open: a read waits.

    `arrivals` are milliseconds and what can be read from then on. Raises Hangs.
    """
    flags = sum(FLAGS[option] for option in options if option in FLAGS)
    typed, end = os.pipe()
    if "typed" in options:
        os.write(end, TYPED)
    with tempfile.TemporaryDirectory() as folder:
        records = Path(folder) / "records"
        command = [tracer, program, records, hex(region.start), hex(len(region)), str(flags)]
        pipe, started = subprocess.PIPE, time.monotonic()
        with subprocess.Popen(command, stdin=typed, stdout=pipe, stderr=pipe, cwd=folder) as process:
            for milliseconds, data in arrivals:
                time.sleep(max(0.0, started + milliseconds / 1000 - time.monotonic()))
                os.write(end, data)
            output, errors = process.communicate(timeout=PATIENCE)
        os.close(typed)
        os.close(end)
        if process.returncode:
            raise Hangs(f"{program.name}: the tracer ends with {process.returncode}: {errors.decode()}")
        return _parse(records.read_bytes(), (output, errors), process.pid, region, "stack" in options)


def _parse(data: bytes, output: tuple[bytes, bytes], parent: int, region: range, with_stack: bool) -> Run:
    states, ending, pid = [], "", 0
    for state, value, process in _records(data):
        pid = process
        if state.kind is Kind.ENDED:
            ending = describe(value)
        else:
            states.append(state)
            if state.kind is Kind.STOPPED:
                ending = f"stopped {signal_name(value)}"
    ranges = [region]
    if with_stack:
        rsp = states[0].registers["rsp"]
        ranges.append(range((rsp & -PAGE) - STACK_SIZE, rsp))
    return Run(tuple(states), ending, output, pid, parent, Watched(*ranges))


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
