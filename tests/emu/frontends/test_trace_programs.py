"""`ringside trace` of whole programs, and signals that it delivers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from emu.frontends.jsonl import SCHEMA

ADDRESS = r"0x[0-9a-f]+"


def kernel_lines(text: str) -> list[str]:
    """What the kernel did, without addresses."""
    import re

    lines = [line.strip()[2:] for line in text.splitlines() if line.strip().startswith("> ")]
    return [re.sub(ADDRESS, "ADDRESS", line) for line in lines]


def in_order(pieces: list[str], lines: list[str]) -> bool:
    rest = iter(lines)
    return all(any(piece in line for line in rest) for piece in pieces)


def test_sigchld_shows_the_way_of_the_signal(run: Callable[..., Any]):
    ran = run("trace", "sigchld")
    assert ran.status == 0
    assert ran.lines[0] == "sigchld on linux"
    assert in_order(
        [
            "sigaltstack(",
            "rt_sigaction(",
            "getpid() = 4242",
            "kill(4242, ",
            "SIGCHLD delivered: handler ADDRESS, frame at ADDRESS on the alternate stack",
            "rt_sigreturn() = ?",
            'write(1, "survived SIGCHLD\\n", 17) = 17',
            "exited with 0",
        ],
        kernel_lines(ran.out),
    )
    headings = [line.rstrip(":") for line in ran.lines if line.endswith(":")]
    routines = ["_rt0_amd64_linux", "minit", "initsig", "main.main", "sigignore", "sigreturn", "sys.exit"]
    assert in_order(routines, headings)


def test_an_exiting_sighandler_is_a_good_end_and_a_killing_signal_is_not(run: Callable[..., Any]):
    exited, killed = run("trace", "sigsegv"), run("trace", "no-restorer")
    assert (exited.status, killed.status) == (0, 1)
    assert exited.lines[-1].startswith("exited with status 2 after")
    assert 'output on 2: "SIGSEGV"' in exited.out
    assert killed.lines[-1].startswith("killed by SIGSEGV (core dumped) after")


def test_a_program_as_json_lines_holds_to_the_schema(run: Callable[..., Any], require_module: Callable[..., None]):
    require_module("jsonschema")
    import jsonschema

    objects = run("trace", "sigsegv-resume", "--format", "jsonl").objects
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for item in objects:
        validator.validate(item)
    kinds = [event["kind"] for item in objects for event in item.get("events", ())]
    assert in_order(["signal", "delivered", "sigreturn", "exit"], kinds)
    (faulted,) = [item for item in objects if item.get("retired") is False]
    assert (faulted["source"]["text"].split(), faulted["registers"]) == (["MOVQ", "BP,", "(BP)"], {})


def positions_of(text: str, heading: str) -> list[int]:
    """Where the instructions below a heading are, each time it comes."""
    lines = text.splitlines()
    return [int(lines[i + 1].split()[0]) for i, line in enumerate(lines) if line == f"{heading}:"]


@pytest.mark.parametrize("spelling", ["SIGCHLD@640", "sigchld@640", "CHLD@640", "17@640", "SIGCHLD at 640"])
def test_a_signal_is_delivered_at_its_position(run: Callable[..., Any], spelling: str):
    ran = run("trace", "sigchld", "--deliver", spelling)
    assert ran.status == 0
    assert 640 in positions_of(ran.out, "sigignore")
    assert "SIGCHLD (sent at position 640)" in kernel_lines(ran.out)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("SIGRTMIN+3", "SIGRT_3"), ("rtmin+1", "SIGRT_1"), ("SIGRTMIN+0", "SIGRTMIN"), ("SIGRTMIN", "SIGRTMIN"),
        ("SIGRTMAX-1", "SIGRT_31"), ("SIGRTMAX", "SIGRT_32"), ("SIGRTMIN+32", "SIGRT_32"),
    ],
)  # fmt: skip
def test_real_time_signals_are_counted_from_either_end(run: Callable[..., Any], spelling: str, name: str):
    ran = run("trace", "rawsyscall", "getpid", "--deliver", f"{spelling}@3")
    assert kernel_lines(ran.out) == [f"{name} (sent at position 3)", f"killed by {name}"]


def test_signals_may_be_delivered_often_and_change_nothing_else(run: Callable[..., Any]):
    once = run("trace", "sigchld")
    often = run("trace", "sigchld", *(f"--deliver=SIGCHLD@{position}" for position in range(600, 640, 10)))
    assert often.status == 0
    assert len(positions_of(often.out, "sigignore")) == len(positions_of(once.out, "sigignore")) + 4
    assert "output on 1: \"survived SIGCHLD\\n\"" in often.out


def test_a_delivery_before_the_first_instruction(run: Callable[..., Any]):
    ran = run("trace", "sigchld", "--deliver", "SIGTERM@0")
    assert (ran.status, ran.lines[-1][:30]) == (1, "killed by SIGTERM after 0 inst")


def test_a_routine_gets_signals_too(run: Callable[..., Any]):
    ran = run("trace", "rawsyscall", "getpid", "--deliver", "SIGINT@3")
    assert ran.status == 1
    assert kernel_lines(ran.out) == ["SIGINT (sent at position 3)", "killed by SIGINT"]


def test_what_comes_when_the_routine_has_returned_comes_too_late(run: Callable[..., Any]):
    ran = run("trace", "rawsyscall", "close", "99", "--deliver", "SIGINT@12")
    assert (ran.status, kernel_lines(ran.out)) == (2, ["close(99) = -1 EBADF (Bad file descriptor)"])
    assert ran.err == "ringside: SIGINT@12 came too late: the run ended at position 12\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--deliver", "SIGCHL@3"], "'SIGCHL' is no signal of linux; did you mean SIGCHLD"),
        (["--deliver", "65@3"], "'65' is no signal of linux"),
        (["--deliver", "0@3"], "'0' is no signal of linux"),
        (["--deliver", "SIGRTMIN+33@3"], "'SIGRTMIN+33' is no signal of linux"),
        (["--deliver", "SIGRTMIN-1@3"], "'SIGRTMIN-1' is no signal of linux"),
        (["--deliver", "SIGUSR1+1@3"], "'SIGUSR1+1' is no signal of linux"),
        (["--deliver", "SIGRTMIN+3@3", "--os", "darwin"], "'SIGRTMIN+3' is no signal of darwin"),
        (["--deliver", "SIGCHLD"], "'SIGCHLD' is no delivery: write SIGNAL@POSITION, as in SIGCHLD@12"),
        (["--deliver", "SIGCHLD@-1"], "'SIGCHLD@-1' is no delivery"),
        (["--deliver", "SIGCHLD@1" + 30 * "0"], "no run is that long"),
        (["--deliver", "SIGCHLD@99999"], "SIGCHLD@99999 came too late: the run ended at position 651"),
        (["argument"], "sigchld is a program that takes no arguments"),
        (["--args", "3"], "'sigchld' is shipped, and assembled as it is"),
    ],
)
def test_what_can_not_be_done_gets_a_message(run: Callable[..., Any], arguments: list[str], message: str):
    ran = run("trace", "sigchld", *arguments)
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert message in ran.err


@pytest.mark.parametrize("target", ["sigchld", sys.executable])
def test_a_program_can_not_be_swept(run: Callable[..., Any], target: str):
    ran = run("sweep", target)
    assert ran.status == 2
    assert "is a program, not a routine with arguments and results" in ran.err


def test_darwin_runs_no_elf_file(run: Callable[..., Any]):
    ran = run("trace", sys.executable, "--os", "darwin")
    assert ran.status == 2
    assert ran.err.endswith("is an ELF file, a program for Linux: Darwin does not run it\n")


def test_programs_belong_to_a_system(run: Callable[..., Any]):
    ran = run("trace", "sigactions", "--os", "darwin")
    assert ran.status == 2
    assert "no stub sigactions on darwin; there is one on linux" in ran.err
