"""C programs, linked statically with glibc and musl: same output and same end as on the host."""

from __future__ import annotations

import pytest

RUNS = {
    "hello": ("hello",),
    "hello with an argument": ("hello", "you"),
    "arguments and environment": ("arguments", "one", "", "two words", "\N{SNOWMAN}"),
    "exit 0": ("exit", "0"),
    "exit 300": ("exit", "300"),
    "exit -1": ("exit", "-1"),
    "atexit and a buffer": ("atexit",),
    "malloc": ("malloc",),
    "abort": ("abort",),
    "SIGTERM": ("raise", "15"),
    "SIGCHLD is ignored": ("raise", "17"),
    "SIGKILL": ("raise", "9"),
    "a real-time signal": ("raise", "40"),
    "a null pointer": ("null",),
    "a division by zero": ("divide",),
    "an illegal instruction": ("illegal",),
    "a breakpoint": ("trap",),
    "code in data": ("execute",),
    "deep recursion": ("recursion",),
    "endless recursion": ("overflow",),
    "caught faults": ("catching",),
    "much memory, little touched": ("sparse",),
    "floating point": ("numbers",),
    "qsort": ("sorting",),
    "thread-local storage": ("tls",),
    "writev": ("writev",),
    "a missing file": ("missing",),
    "the auxiliary vector": ("auxv",),
    "a smaller stack": ("limits",),
    "no such thing": ("nonsense",),
}
VARIABLES = {"HOME": "/home/guest", "EMPTY": "", "A": "b=c"}


@pytest.mark.parametrize("way", ["glibc", "musl"])
@pytest.mark.parametrize("name", RUNS)
def test_the_same_as_on_the_host(name, way, build, natively, emulated):
    path = build("real", way)
    arguments = RUNS[name]
    assert emulated(path, *arguments, variables=VARIABLES) == natively(path, *arguments, variables=VARIABLES)


@pytest.mark.parametrize("name", ["hello", "malloc", "caught faults", "thread-local storage", "the auxiliary vector"])
def test_a_static_pie(name, build, natively, emulated):
    path = build("real", "glibc-pie")
    assert emulated(path, *RUNS[name]) == natively(path, *RUNS[name])


@pytest.mark.parametrize("way", ["glibc", "musl"])
@pytest.mark.parametrize("what", ["sum", "copy"])
def test_input(what, way, build, natively, emulated):
    path = build("real", way)
    typed = b"1\n0x20\n-3\n" + b"9" * 15 + b"\nlast"
    assert emulated(path, what, typed=typed) == natively(path, what, typed=typed)


def test_two_runs_are_equal_to_the_instruction(build, emulated):
    from emu.loaders import process
    from emu.machine import PROGRAM_RAM, Machine
    from kernel_stub.linux.personality import LINUX

    path, ends = build("real", "glibc"), []
    for _ in range(2):
        machine = Machine(LINUX, ram_size=PROGRAM_RAM)
        process.Process(machine, process.find(path), process.arguments(path, ["malloc"]), {})
        machine.run_to_end(100_000_000)
        ends.append((machine.position, machine.kernel.terminal.written(), machine.kernel.process.exit))
    assert ends[0] == ends[1]
