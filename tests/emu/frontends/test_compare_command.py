"""`ringside compare`: both layouts, JSON lines by their schema, mistakes and exit statuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from emu.frontends.compare_jsonl import END_OF_BOTH_SCHEMA, ROW_SCHEMA, SCHEMA
from emu.frontends.compare_text import ALIKE, WIDE

CLOSE = ("compare", "rawsyscall", "close", "99")
Run = Callable[..., Any]


@pytest.fixture
def at(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`at(80, "compare", ...)`: the command for a terminal of 80 columns."""

    def run_at(columns: int, *arguments: str) -> Any:
        monkeypatch.setenv("COLUMNS", str(columns))
        return run(*arguments)

    return run_at


def test_from_120_columns_on_the_runs_stand_side_by_side(at: Run):
    lines = at(WIDE, *CLOSE).lines
    jump = next(line for line in lines if "JLS" in line)
    assert re.fullmatch(r"   6  JLS     ok1 +not taken +\|    6  JCC     ok1 +not taken", jump)
    assert [line[58:60].strip() for line in lines if "ADDQ" in line] == [">"]
    assert [line.rstrip()[-1] for line in lines if "CMPQ    AX" in line] == ["<"]
    call = next(line for line in lines if "close(99) =" in line)
    assert [part.strip() for part in call.split("> ")] == ["", *2 * ["close(99) = -1 EBADF (Bad file descriptor)"]]


def test_below_120_columns_what_both_run_stands_once(at: Run):
    lines = at(WIDE - 1, *CLOSE).lines
    body = lines[: next(i for i, line in enumerate(lines) if line.startswith("What differs"))]
    assert [line[:12] for line in body if "SYSCALL" in line] == ["    4      5"]
    assert [line[:12].strip() for line in body if "16(SP), DI" in line] == ["0      0"]
    assert [line[:12] for line in body if "JLS" in line or "JCC" in line or "CMPQ    AX" in line] == [
        "    5       ", "    6       ", "           6",
    ]  # fmt: skip
    trap = next(i for i, line in enumerate(body) if "8(SP), AX" in line)
    assert [" ".join(line.split()) for line in body[trap + 1 : trap + 3]] == [
        "linux rax 0x0 -> 0x3 (trap)", "darwin rax 0x0 -> 0x6 (trap)",
    ]  # fmt: skip


@pytest.mark.parametrize("columns", [60, 80, 100, 119, 120, 160, 200])
@pytest.mark.parametrize("line", ["rawsyscall close 99", "syscall write 1 hello 5", "notok", "mmap 0 4096 3 0x1002"])
def test_no_line_is_wider_than_the_terminal(at: Run, columns: int, line: str):
    done = at(columns, "compare", *line.split())
    assert max(map(len, done.lines)) <= columns
    assert [text for text in done.lines if text != text.rstrip()] == []


@pytest.mark.parametrize("columns", [80, 160])
def test_the_runs_results_and_what_differs_follow_the_rows(at: Run, columns: int):
    out = at(columns, *CLOSE).out
    ends = [line for line in out.splitlines() if "returned after" in line]
    assert ends == ["linux   returned after 12 instructions", "darwin  returned after 11 instructions"]
    assert out.count("errno = 9 EBADF (Bad file descriptor)") == 2
    heads = re.findall(r"^  (\w[\w ]*?) \((.*)\)$", out.partition("What differs:")[2], re.MULTILINE)
    assert heads == [
        ("prefix", "linux 4, darwin 4 5"),
        ("number", "linux 4, darwin 5"),
        ("carry flag", "linux 4, darwin 5"),
        ("error test", "linux 5 6, darwin 6"),
        ("negation", "linux 4 9, darwin 5"),
    ]


def test_the_title_shows_what_names_stand_for_on_each_system(at: Run):
    assert at(100, *CLOSE).lines[:2] == [
        "linux   syscall.RawSyscall(trap=close (3), a1=99, a2=0, a3=0)",
        "darwin  syscall.RawSyscall(trap=close (6), a1=99, a2=0, a3=0)",
    ]


def test_runs_that_do_not_differ_say_so(at: Run):
    assert at(80, "compare", "byteptr", "7").lines[-1] == ALIKE


def test_runs_that_were_cut_off_are_the_same_only_so_far(at: Run):
    text = at(160, "compare", "rawsyscall", "getpid", "--limit", "2").out
    assert "As far as they went the two runs are the same" in text
    assert ALIKE not in text


def test_what_was_written_is_shown_for_both(at: Run):
    shown = [line for line in at(80, "compare", "write", "1", "hi", "2").lines if "output" in line]
    assert shown == ['linux   output on 1: "hi"', 'darwin  output on 1: "hi"']


def test_into_a_pipe_go_160_columns_without_colours(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    done = run(*CLOSE)
    assert "\x1b" not in done.out
    assert 120 < max(map(len, done.lines)) <= 160


# JSON lines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["rawsyscall close 99", "syscall write 1 hello 5", "notok", "exit 3", "byteptr 7", "sigaltstack"],
)
def test_every_json_line_is_as_the_schema_says(run: Run, require_module: Callable[[str], None], line: str):
    require_module("jsonschema")
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    *rows, end = run("compare", *line.split(), "--format", "jsonl").objects
    for row in rows:
        jsonschema.validate(row, ROW_SCHEMA)
    jsonschema.validate(end, END_OF_BOTH_SCHEMA)


def test_a_json_row_holds_both_steps_and_its_note(run: Run):
    *rows, end = run(*CLOSE, "--format", "jsonl").objects
    shown = [
        (*(row[system] and row[system]["position"] for system in ("linux", "darwin")), row["same"], row["note"])
        for row in rows[3:7]
    ]
    assert shown == [
        (3, 3, True, None),
        (None, 4, False, "prefix"),
        (4, 5, True, "prefix, number, carry flag, negation"),
        (5, None, False, "error test"),
    ]
    assert {row["routine"] for row in rows} == {"syscall.RawSyscall"}
    for system in ("linux", "darwin"):
        assert end[system]["result"] == {"r1": "0xffffffffffffffff", "r2": "0x0", "errno": "0x9"}
    assert [(d["name"], d["linux"], d["darwin"]) for d in end["differences"]][-1] == ("negation", [4, 9], [5])


def test_json_and_trace_describe_a_step_alike(run: Run):
    *rows, end = run(*CLOSE, "--format", "jsonl").objects
    for system in ("linux", "darwin"):
        *steps, last = run("trace", "rawsyscall", "close", "99", "--os", system, "--format", "jsonl").objects
        assert [row[system] for row in rows if row[system]] == steps
        assert end[system] == last


# Mistakes and exit statuses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["futex"], "ringside: futex is on linux only, so there is nothing to compare it with"),
        (["mach_task_self"], "ringside: mach_task_self is on darwin only"),
        (["nosuch"], "ringside: no stub nosuch on linux"),
        (["rawsyscall", "clsoe"], "ringside: 'clsoe' is no system call of linux; did you mean"),
        (["rawsyscall", "epoll_wait"], "ringside: 'epoll_wait' is no system call of darwin"),
        (["close", "1", "2"], "ringside: close takes 1 argument (fd), but 2 are given"),
        (["nosuch.s:f"], "nosuch.s"),
    ],
)
def test_a_mistake_is_one_message_and_status_2(run: Run, arguments: list[str], message: str):
    done = run("compare", *arguments)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["rawsyscall", "close", "99"], 0),
        (["exit", "3"], 0),
        (["notok"], 1),  # both fault
        (["rawsyscall", "30"], 1),  # shmat is not simulated on Linux, accept on Darwin: SIGSYS
        (["rawsyscall", "close", "99", "--limit", "11"], 1),  # enough for Darwin, not for Linux
    ],
)
def test_the_status_is_1_if_either_run_ends_badly(run: Run, arguments: list[str], status: int):
    assert run("compare", *arguments).status == status


def test_a_file_is_assembled_for_both_systems(run: Run, tmp_path: Any):
    source = tmp_path / "one.s"
    source.write_text("TEXT \u00b7one(SB),7,$0\n\tMOVQ\tx+0(FP), AX\n\tNEGQ\tAX\n\tMOVQ\tAX, r+8(FP)\n\tRET\n")
    done = run("compare", f"{source}:one", "SIGCHLD", "--dialect", "go2008")
    assert done.status == 0
    assert "SIGCHLD is 17 on Linux and 20 on Darwin." in done.out
    assert "r is -17 on Linux and -20 on Darwin." in done.out
