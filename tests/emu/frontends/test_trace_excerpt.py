"""Parts of a trace: what the kernel did alone, and a range of positions; the run is the whole one all the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

POSITION = re.compile(r" *(\d+)  [0-9a-f]+  ")


def shown(lines: list[str]) -> list[int]:
    """The positions of the instructions among the lines."""
    return [int(found[1]) for line in lines if (found := POSITION.match(line))]


def test_the_kernels_doings_alone(run: Callable[..., Any]):
    lines = run("trace", "sigchld", "--events").lines
    assert len(lines) < 60 < len(run("trace", "sigchld").lines)
    assert " 597  getpid() = 4242" in lines
    assert " 619  SIGCHLD (kill by 4242)" in lines
    assert "    # rt_sigframe, 440 bytes at 0x409cf8..0x409eaf" in lines
    assert lines[-2:] == ['output on 1: "survived SIGCHLD\\n"', "exited with status 0 after 651 instructions"]
    assert not any("MOV" in line for line in lines)


def test_events_between_instructions_have_a_position_too(run: Callable[..., Any]):
    lines = run("trace", "sigchld", "--events", "--deliver", "SIGWINCH@600").lines
    assert " 600  SIGWINCH (sent at position 600)" in lines


def test_every_event_is_there(run: Callable[..., Any]):
    whole = [line[6:] for line in run("trace", "restart", "--os", "darwin").lines if line.startswith("    > ")]
    alone = run("trace", "restart", "--os", "darwin", "--events").lines
    assert [line[6:] for line in alone if re.match(r" *\d+  ", line)] == whole


@pytest.mark.parametrize(
    ("options", "positions"),
    [
        (("--from", "4"), range(4, 12)),
        (("--to", "4"), range(5)),
        (("--from", "4", "--to", "6"), range(4, 7)),
        (("--from", "6", "--to", "6"), range(6, 7)),
        (("--to", "999"), range(12)),
        (("--from", "0"), range(12)),
    ],
)
def test_a_range(run: Callable[..., Any], options: tuple[str, ...], positions: range):
    result = run("trace", "rawsyscall", "close", "99", *options)
    assert (result.status, shown(result.lines)) == (0, list(positions))
    assert ("    > close(99) = -1 EBADF (Bad file descriptor)" in result.lines) == (4 in positions)
    assert result.lines[-1] == "returned after 12 instructions"


def test_a_line_says_the_same_in_a_part(run: Callable[..., Any]):
    """What is said of a jump rests on the compare before it, whether that is shown or not."""
    whole = run("trace", "rawsyscall", "close", "99").lines
    part = run("trace", "rawsyscall", "close", "99", "--from", "6", "--to", "11").lines
    assert part[3:] == whole[whole.index(next(line for line in whole if "JLS" in line)) :]
    assert part[:3] == [*whole[:2], "syscall.RawSyscall:"]


def test_names_of_a_frame_are_known_though_its_delivery_is_not_shown(run: Callable[..., Any]):
    lines = run("trace", "sigsegv-resume", "--from", "599").lines
    assert any(line.endswith("uc_mcontext.rip = 0x400030") for line in lines)
    assert not any("delivered" in line for line in lines)


def test_json_lines(run: Callable[..., Any]):
    from jsonschema import Draft202012Validator

    from emu.frontends.jsonl import SCHEMA

    lines = run("trace", "sigchld", "--format", "jsonl", "--events", "--from", "597", "--to", "622").lines
    *found, end = [json.loads(line) for line in lines]
    for line in (*found, end):
        Draft202012Validator(SCHEMA).validate(line)
    assert [line["position"] for line in found] == [597, 619, 622]
    assert [line.keys() for line in found] == [{"position", "events"}] * 3
    assert end["exit"]["position"] == 651
    part = run("trace", "rawsyscall", "close", "99", "--format", "jsonl", "--from", "3", "--to", "4").lines
    assert part[:2] == run("trace", "rawsyscall", "close", "99", "--format", "jsonl").lines[3:5]
    assert len(part) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--from", "5", "--to", "4"), "Invalid value for '--to': 4 lies before --from 5."),
        (("--from", "x"), "Invalid value for '--from': 'x' is not an integer of at least 0."),
        (("--to=-1",), "Invalid value for '--to': '-1' is not an integer of at least 0."),
        (("--from", "13"), "ringside: --from 13 shows nothing: the run ended at position 12"),
    ],
)
def test_wrong_input(run: Callable[..., Any], options: tuple[str, ...], message: str):
    result = run("trace", "rawsyscall", "close", "99", *options)
    assert result.status == 2
    assert result.err.splitlines()[-1].removeprefix("Error: ") == message
