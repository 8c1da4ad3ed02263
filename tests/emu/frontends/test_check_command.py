"""`ringside check`: files and folders, exit statuses, reports, golden traces."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Run = Callable[..., Any]
GOOD = 'call = "rawsyscall"\narguments = ["close", 99]\nexpect.errno = "EBADF"\n'
BAD = 'call = "rawsyscall"\narguments = ["close", 99]\n[expect]\nerrno = "EINTR"\n'
WRONG = 'call = "rawsyscall"\n\nlimt = 3\n'


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """`folder(good=GOOD)` writes files and gives their folder."""

    def made(**files: str) -> Path:
        (tmp_path / "below").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / "below" / f"{name}.ringside.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return made


def test_what_passes_is_counted(run: Run, folder: Callable[..., Path]):
    done = run("check", str(folder(good=GOOD)))
    assert (done.status, done.out) == (0, "1 passed\n")


def test_a_failure_is_shown_with_its_line_and_the_trace(run: Run, folder: Callable[..., Path]):
    done = run("check", str(folder(good=GOOD, bad=BAD)))
    assert done.status == 1
    first = next(line for line in done.lines if "bad.ringside.toml" in line)
    assert "bad.ringside.toml:4: rawsyscall close 99: expected errno = EINTR (4), but it is 9 EBADF" in first
    assert any("> close(99) = -1 EBADF (Bad file descriptor)" in line for line in done.lines)
    assert done.lines[-1] == "1 passed, 1 failed"


def test_a_wrong_file_is_told_with_its_line_and_the_others_are_run(run: Run, folder: Callable[..., Path]):
    done = run("check", str(folder(good=GOOD, wrong=WRONG)))
    assert done.status == 2
    assert "wrong.ringside.toml:3: unknown key 'limt'; did you mean limit?" in done.out
    assert done.lines[-1] == "1 passed, 1 could not be run"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((), "Name the files"), (("no-such-file",), "there is no file or folder"), (("-j", "0", "x"), "at least 1")],
)
def test_wrong_input_is_one_message(run: Run, arguments: tuple[str, ...], message: str):
    done = run("check", *arguments)
    assert done.status == 2
    assert message.replace("at least 1", "from 1 to 256") in done.err


def test_a_folder_without_scenarios_is_no_success(run: Run, tmp_path: Path):
    done = run("check", str(tmp_path))
    assert (done.status, "has no *.ringside.toml" in done.err) == (2, True)


def test_a_file_that_is_named_twice_runs_once(run: Run, folder: Callable[..., Path]):
    root = folder(good=GOOD)
    assert run("check", str(root), str(root / "below" / "good.ringside.toml")).out == "1 passed\n"


def test_several_processes_tell_the_same_in_the_same_order(script: Run, folder: Callable[..., Path]):
    cases = "".join(f"[[case]]\nname = 'case {i}'\nexpect.errno = {9 if i % 5 else 8}\n" for i in range(30))
    text = 'call = "rawsyscall"\narguments = ["close", 99]\n' + cases
    root = str(folder(many=text))
    alone, together = (script("check", root, "-j", count) for count in ("1", "2"))
    assert alone.status == together.status == 1
    assert alone.out == together.out
    assert alone.lines[-1] == "24 passed, 6 failed"


def test_junit_has_a_suite_a_file(run: Run, folder: Callable[..., Path], tmp_path: Path):
    report = tmp_path / "report.xml"
    run("check", str(folder(good=GOOD, bad=BAD, wrong=WRONG)), "--junit", str(report))
    root = ElementTree.parse(report).getroot()
    assert {key: root.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "3", "failures": "1", "errors": "1",
    }  # fmt: skip
    assert len(root.findall("testsuite")) == 3
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "expected errno = EINTR (4), but it is 9 EBADF (Bad file descriptor)"
    assert "SYSCALL" in str(failure.text)


def test_json_has_every_case(run: Run, folder: Callable[..., Path], tmp_path: Path):
    report = tmp_path / "report.json"
    run("check", str(folder(good=GOOD, bad=BAD, wrong=WRONG)), "--json", str(report))
    made = json.loads(report.read_text(encoding="utf-8"))
    assert (made["passed"], made["failed"], made["error"]) == (1, 1, 1)
    failed = next(case for case in made["cases"] if case["status"] == "failed")
    (finding,) = failed["findings"]
    assert (finding["line"], finding["key"], finding["position"]) == (4, "expect.errno", 10)
    assert any("close(99)" in line for line in failed["trace"])


def test_a_report_that_cannot_be_written_is_one_message(run: Run, folder: Callable[..., Path]):
    done = run("check", str(folder(good=GOOD)), "--json", "/no/such/folder/x")
    assert (done.status, done.out, "can't write /no/such/folder/x" in done.err) == (2, "", True)
    done = run("check", str(folder(good=GOOD)), "--json", "/dev/full")
    assert (done.status, "can't be written" in done.err) == (2, True)


def test_update_writes_the_golden_trace(run: Run, folder: Callable[..., Path]):
    root = folder(good=GOOD + 'expect.trace = "good.trace"\n')
    missing = run("check", str(root))
    assert missing.status == 1
    assert "`ringside check --update` writes it" in missing.out
    assert run("check", str(root), "--update").lines[0] == f"wrote {root / 'below' / 'good.trace'}"
    assert "    > close(99) = -1 EBADF (Bad file descriptor)\n" in (root / "below" / "good.trace").read_text()
    assert run("check", str(root)).status == 0
    assert run("check", str(root), "--update").lines[0].startswith("nothing written: the golden traces are as")


def test_update_without_golden_traces_says_so(run: Run, folder: Callable[..., Path]):
    done = run("check", str(folder(good=GOOD)), "--update")
    assert (done.status, done.lines[-1]) == (0, "1 passed")
    assert done.lines[0].startswith("nothing to write: no case has a golden trace")


def test_a_changed_trace_is_shown_as_a_diff(run: Run, folder: Callable[..., Path]):
    root = folder(good=GOOD + 'expect.trace = "good.trace"\n')
    run("check", str(root), "--update")
    trace = root / "below" / "good.trace"
    trace.write_text(trace.read_text().replace("NEGQ AX", "NOTQ AX"))
    done = run("check", str(root))
    assert done.status == 1
    assert [line.split()[:3] for line in done.lines if line.strip().startswith(("-  ", "+  "))] == [
        ["-", "NOTQ", "AX"],
        ["+", "NEGQ", "AX"],
    ]


def test_the_schema_is_printed(run: Run):
    from emu.scenarios.fields import schema

    assert json.loads(run("check", "--schema").out) == schema()


def test_a_terminal_shows_a_progress_line(folder: Callable[..., Path]):
    text = GOOD.replace("expect.errno", "[[case]]\nname = 'first'\n[[case]]\nname = 'second'\n[[case]]\n#")
    root = folder(good=text)
    ours, theirs = pty.openpty()
    script = Path(sys.executable).with_name("ringside")
    with subprocess.Popen([script, "check", str(root)], stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        out, _ = process.communicate(timeout=60)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert out == "3 passed\n"
    assert "1/3  first" in shown
    assert "2/3  second" in shown
    assert shown.endswith("\r\x1b[K")
