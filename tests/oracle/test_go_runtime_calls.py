"""Today's Go runtime, its file as it is: the system-call routines answer as the host's kernel does.

A forked child makes each routine's call natively, through libc's syscall(2), with the same arguments on a
pseudo-terminal. The kernel's answers must be equal, and the routine's result must be that answer, or -1 for an
error where the routine checks. Process ids are compared as "my own". The file includes go_asm.h, which only
a build of Go generates: the routines here don't use it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import pty
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from emu.arguments import parse_all
from emu.events import Ending, Step
from emu.frontends.cli import ringside
from emu.machine import Machine
from emu.stepper import Stepper
from emu.target import resolve
from kernel_stub.events import SyscallDone
from kernel_stub.linux.personality import LINUX

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)

AT_FDCWD = -100
MISSING = "/no/such/file/as/this"
IDS = (39, 186)  # getpid, gettid
OWN_ID = "its own id"


@dataclass(frozen=True)
class Case:
    """What the routine is called with (as typed), and the call that it makes, in C's words.

    `checked` is whether the routine turns every error into -1, `typed` what waits on the terminal.
    """

    routine: str
    arguments: tuple[str, ...]
    number: int
    native: tuple[int | bytes, ...]
    checked: bool = False
    typed: bytes = b""


def case(
    routine: str, arguments: str, number: int, *native: int | bytes, checked: bool = False, typed: bytes = b""
) -> Case:
    return Case(routine, tuple(arguments.split()), number, native, checked, typed)


CASES = [
    case("runtime·write1", "1 hello 5", 1, 1, b"hello", 5),
    case("runtime·write1", "2 hello 3", 1, 2, b"hello", 3),
    case("runtime·write1", "1 hello 0", 1, 1, b"hello", 0),
    case("runtime·write1", "99 hello 5", 1, 99, b"hello", 5),
    case("runtime·write1", "1 1 5", 1, 1, 1, 5),
    case("runtime·read", "0 &16 16", 0, 0, bytes(16), 16, typed=b"typed\n"),
    case("runtime·read", "0 &16 3", 0, 0, bytes(16), 3, typed=b"typed\n"),
    case("runtime·read", "0 &16 0", 0, 0, bytes(16), 0),
    case("runtime·read", "99 &16 16", 0, 99, bytes(16), 16),
    case("runtime·read", "-1 &16 16", 0, -1, bytes(16), 16),
    case("runtime·closefd", "1", 3, 1, checked=True),
    case("runtime·closefd", "99", 3, 99, checked=True),
    case("runtime·closefd", "-1", 3, -1, checked=True),
    case("runtime·open", f"{MISSING} O_RDONLY 0", 257, AT_FDCWD, MISSING.encode(), os.O_RDONLY, 0, checked=True),
    case("runtime·getpid", "", 39),
    case("·getpid", "", 39),
    case("runtime·gettid", "", 186),
]


@pytest.fixture(scope="module")
def source(goroot: Path) -> Path:
    return goroot / "src/runtime/sys_linux_amd64.s"


def native(case: Case) -> tuple[int | str, bytes]:
    """The call's result as the kernel gives it (-errno for an error), and what the terminal showed."""
    leader, follower = pty.openpty()
    attributes = termios.tcgetattr(follower)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(follower, termios.TCSANOW, attributes)
    os.write(leader, case.typed)
    answer, send = os.pipe()
    if (child := os.fork()) == 0:
        _make_the_call(case, follower, send)
    os.close(send)
    with open(answer, "rb") as stream:
        result = int.from_bytes(stream.read(8), "little", signed=True)
    assert os.waitpid(child, 0)[1] == 0
    os.set_blocking(leader, False)
    try:
        shown = os.read(leader, 4096)
    except BlockingIOError:
        shown = b""
    os.close(leader)
    os.close(follower)
    return (OWN_ID if result == child else result), shown


def _make_the_call(case: Case, terminal: int, answer: int) -> None:
    """In the child: nothing of this comes back."""
    try:
        for fd in (0, 1, 2):
            os.dup2(terminal, fd)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall.restype = ctypes.c_long
        arguments = [
            ctypes.create_string_buffer(a) if isinstance(a, bytes) else ctypes.c_long(a) for a in case.native
        ]
        result = libc.syscall(ctypes.c_long(case.number), *arguments)
        os.write(answer, (-ctypes.get_errno() if result == -1 else result).to_bytes(8, "little", signed=True))
        os._exit(0)
    finally:
        os._exit(1)


def emulated(source: Path, case: Case) -> tuple[int | str, int | str, bytes, list[Step]]:
    """The routine's result, the kernel's raw answer, what the terminal showed, and the steps."""
    machine = Machine(LINUX, stdin=case.typed)
    call = resolve(f"{source}:{case.routine}", "linux").prepare(machine)
    call.enter(parse_all(case.arguments, call.arguments, LINUX))
    stepper = Stepper(machine, call.program)
    steps = [step for step in stepper.steps(1000) if isinstance(step, Step)]
    assert stepper.ended is not None and stepper.ended.ending == Ending.RETURNED
    (result,) = call.result_values()
    assert result.signed is not None
    (answer,) = [event.result.rax for step in steps for event in step.events if isinstance(event, SyscallDone)]
    raw = answer - (1 << 64 if answer >> 63 else 0)
    own = machine.kernel.process.pid if case.number in IDS else None
    shown = b"".join(data for _, data in machine.kernel.terminal.output)
    first, second = (OWN_ID if value == own else value for value in (result.signed, raw))
    return first, second, shown, steps


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.routine} {' '.join(case.arguments)}")
def test_the_routine_answers_as_the_host_does(source: Path, case: Case):
    answer, shown = native(case)
    result, raw, ours, steps = emulated(source, case)
    assert steps[-1].source is not None and steps[-1].source.text.split() == ["RET"]
    assert (raw, ours) == (answer, shown)
    failed = isinstance(answer, int) and answer < 0
    assert result == (-1 if case.checked and failed else answer)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.routine} {' '.join(case.arguments)}")
def test_the_command_traces_the_file_as_it_is(source: Path, case: Case):
    typed = ("--stdin", case.typed.decode()) if case.typed else ()
    done = CliRunner().invoke(ringside, ["trace", *typed, f"{source}:{case.routine}", "--", *case.arguments])
    assert done.exit_code == 0, done.stderr
    *_, result, last = done.stdout.splitlines()
    assert result.startswith("ret = ") and last.startswith("returned after ")


def test_every_routine_of_the_file_can_be_named_when_one_is_missing(source: Path):
    done = CliRunner().invoke(ringside, ["trace", f"{source}:runtime·nothing"])
    assert done.exit_code == 2
    assert "has no routine 'runtime·nothing'; it has runtime·exit, runtime·exitThread, runtime·open" in done.stderr
