"""The command as a person starts it: help, mistakes, pipes, full disks, interruptions."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(sys.executable).with_name("ringside")
EMPTY = "TEXT ·f(SB),4,$0\n\tRET\n"
LOOP = "TEXT ·f(SB),4,$0\nl:\tJMP l\n"
TRACE = ("trace", "rawsyscall", "close", "99")


def test_help_names_every_command_and_status(run: Callable[..., Any]):
    assert all(name in run("--help").out for name in ("trace", "sweep", "list", "asm"))
    for name in ("trace", "sweep", "list", "asm"):
        assert run(name, "--help").status == 0
    assert "Exit status: 0" in run("trace", "-h").out


def test_the_version_is_the_packages(run: Callable[..., Any]):
    from importlib.metadata import version

    assert run("--version").out.strip() == f"ringside, version {version('ringside')}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("trce", "No such command 'trce'. Did you mean trace?"),
        ("xyz", "No such command 'xyz'. There are (\\w+, )+\\w+\\."),
        ("trace", "Missing argument 'TARGET'"),
        ("trace nope", r"no stub nope on linux.*`ringside list` shows all stubs; .* FILE\.s:SYMBOL"),
        ("trace rawsyscal", "no stub rawsyscal on linux; did you mean rawsyscall"),
        ("trace futex --os darwin", "no stub futex on darwin; there is one on linux"),
        ("trace rawsyscall clsoe 99", "'clsoe' is no system call of linux; did you mean close"),
        ("trace rawsyscall close 09", "09 is no integer"),
        ("trace rawsyscall close 99999999999999999999", "99999999999999999999 does not fit in 64 bits"),
        ("trace rawsyscall 1 2 3 4 5", r"syscall\.RawSyscall takes 4 arguments \(trap, a1, a2, a3\), but 5 are given"),
        ("trace sigtramp 1", "sigtramp names no arguments"),
        ("trace close 4294967296", "fd is 4 bytes wide; 4294967296 does not fit"),
        ("trace rawsyscall write 1 &0 5", "&0 is no buffer: write & and its size, 1 to 1048576 bytes, as in &64"),
        ("trace rawsyscall --returns foo", "'foo' can't be answered: give an integer, or an errno of linux"),
        ("trace rawsyscall --returns 1e9", "'1e9' can't be answered"),
        ("trace rawsyscall --returns 99999999999999999999", "99999999999999999999 does not fit in 64 bits"),
        ("trace rawsyscall --returns", "requires an argument"),
        ("trace rawsyscall --limit 0", "'--limit': '0' is not an integer of at least 1"),
        ("trace rawsyscall --limit -5", "'--limit': '-5' is not an integer of at least 1"),
        ("trace rawsyscall --limit x", "'--limit': 'x' is not an integer of at least 1"),
        ("trace rawsyscall --os windows", "'windows' is not one of 'linux', 'darwin'"),
        ("trace rawsyscall --format xml", "'xml' is not one of 'text', 'jsonl'"),
        ("trace rawsyscall --foo", "No such option.*To pass it as an argument, write -- before the arguments"),
        ("trace rawsyscall -x", "No such option.*-x"),
        ("trace rawsyscall --limt 5", "--limit"),
        ("trace rawsyscall --args 3", "'rawsyscall' is shipped"),
        ("trace missing.s:f", "missing.s:1:1: can't read this file: No such file or directory"),
        ("trace missing.s", "can't read this file"),
        ("sweep", "Missing argument 'TARGET'"),
        ("sweep byteptr", "byteptr: it returns without a system call: there is nothing to sweep"),
        ("sweep notok", "notok: it faults before it makes a system call"),
        ("sweep rawsyscall --seed x", "'x' is not a valid integer"),
        ("sweep rawsyscall 1 2 3 4 5", "takes 4 arguments"),
        ("list x", "unexpected extra argument"),
        ("list --os windows", "'windows' is not one of"),
    ],
)
def test_a_mistake_gets_one_message_and_status_2(run: Callable[..., Any], arguments: str, message: str):
    ran = run(*arguments.split())
    assert (ran.status, ran.out) == (2, "")
    assert re.search(message, ran.err), ran.err
    assert len(ran.err.splitlines()) <= 4  # usage and hint among them


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--args -1", "'-1' is not an integer from 0 to 64"),
        ("--args 65", "'65' is not an integer from 0 to 64"),
        ("--args 1 7 8", r"f takes 1 argument \(a1\), but 2 are given"),
        ("1", "f names no arguments"),
        ("-D =3", "'=3' is not NAME=VALUE"),
        ("-D a+b=3", "'a\\+b=3' is not NAME=VALUE"),
        ("--dialect cobol", "'cobol' is not one of"),
    ],
)
def test_mistakes_in_options_for_sources(
    run: Callable[..., Any], source: Callable[..., str], arguments: str, message: str
):
    ran = run("trace", f"{source(EMPTY)}:f", *arguments.split())
    assert (ran.status, ran.out) == (2, "")
    assert re.search(message, ran.err), ran.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no routine 'f'; it has none"),
        (b"\x7fELF\x02\x01\x01\0\0", "not a text file: a NUL byte"),
        (b"TEXT \xff", "not a text file: byte 0xff is not UTF-8"),
        (b"TEXT \xc2\xb7g(SB),4,$0\n\tRET\n", "has no routine 'f'; it has g"),
        (b"GLOBL \xc2\xb7f(SB),16,$8\n", "'f' is data, not a routine"),
        (b"TEXT \xc2\xb7f(SB),4,$0\n\tBOGUS AX\n", "2:2: unknown instruction BOGUS"),
        (b"TEXT \xc2\xb7f(SB),4,$0\n\tCALL x(SB)\n", "2:7: undefined symbol x"),
    ],
)
def test_a_file_that_has_no_such_routine_gets_one_message(
    run: Callable[..., Any], source: Callable[..., str], content: bytes, message: str
):
    ran = run("trace", f"{source(content)}:f")
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err


def test_a_folder_and_a_file_without_permission_cannot_be_read(
    run: Callable[..., Any], source: Callable[..., str], tmp_path: Path
):
    (tmp_path / "folder.s").mkdir()
    assert "Is a directory" in run("trace", f"{tmp_path}/folder.s:f").err
    secret = source(EMPTY)
    os.chmod(secret, 0)
    if not os.access(secret, os.R_OK):  # the superuser may
        assert "Permission denied" in run("trace", f"{secret}:f").err


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (("close", "-1"), "close(-1) = -1 EBADF"),
        (("close", "-0xD"), "close(-13) = -1 EBADF"),
        (("-1",), "= -1 ENOSYS"),
        (("--", "close", "-1"), "close(-1)"),
        (("write", "1", "--", "--stdin", "7"), 'write(1, "--stdin", 7) = 7'),
        (("--returns", "-9", "close", "-5"), "close(-5) = -1 EBADF (Bad file descriptor) (INJECTED)"),
        (("close", "--os=linux", "-5"), "close(-5)"),
    ],
)
def test_arguments_may_be_negative_and_look_like_options(
    run: Callable[..., Any], arguments: tuple[str, ...], call: str
):
    ran = run("trace", "rawsyscall", *arguments)
    assert ran.status == 0 and call in ran.out, ran.err


# The installed script ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("asm", "INPUT", "-o", "INPUT"),
        ("html", "INPUT:f", "-o", "INPUT"),
        ("mutate", "INPUT:f", "--contract", "casts", "--html", "INPUT"),
        ("check", "INPUT", "--json", "INPUT"),
        ("check", "INPUT", "--junit", "INPUT"),
    ],
)
def test_an_output_does_not_replace_the_input(
    run: Callable[..., Any], source: Callable[..., str], arguments: tuple[str, ...]
):
    text = "TEXT f(SB),7,$0\n\tRET\n" if arguments[0] != "check" else 'call = "rawsyscall"\n'
    path = source(text)
    done = run(*(argument.replace("INPUT", path) for argument in arguments))
    assert (done.status, done.out) == (2, "")
    assert done.err == f"ringside: {path} is what is to be read: name another file for the output\n"
    assert Path(path).read_text() == text


def test_nothing_to_do_prints_the_help(script: Callable[..., Any]):
    ran = script()
    assert ran.status == 2 and "Usage: ringside" in ran.out + ran.err


@pytest.mark.parametrize("style", ["text", "jsonl"])
def test_a_reader_that_leaves_early_is_no_error(source: Callable[..., str], style: str):
    trace = subprocess.Popen(
        [SCRIPT, "trace", f"{source(LOOP)}:f", "--format", style], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert trace.stdout is not None and trace.stderr is not None
    assert trace.stdout.readline()
    trace.stdout.close()
    assert trace.wait(30) == 128 + signal.SIGPIPE
    assert trace.stderr.read() == b""
    trace.stderr.close()


@pytest.mark.parametrize("arguments", [TRACE, (*TRACE, "--format", "jsonl"), ("list",), ("--help",), ("asm", "SOURCE")])
def test_a_full_disk_gets_one_message(script: Callable[..., Any], arguments: tuple[str, ...], tmp_path: Path):
    source = tmp_path / "SOURCE"
    source.write_text("TEXT f(SB),4,$0\n\tRET\n")
    with open("/dev/full", "w") as full:
        ran = script(*(str(source) if argument == "SOURCE" else argument for argument in arguments), stdout=full)
    assert ran.status == 2
    assert ran.err == "ringside: can't write the output: No space left on device\n"


def test_a_closed_output_leaves_the_status(script: Callable[..., Any]):
    command = f"'{SCRIPT}' trace rawsyscall close 99 >&-; echo $? >&2"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert done.stderr == "0\n"


@pytest.mark.parametrize("style", ["text", "jsonl"])
def test_an_interruption_ends_the_run_quietly(source: Callable[..., str], style: str):
    trace = subprocess.Popen(
        [SCRIPT, "trace", f"{source(LOOP)}:f", "--format", style],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert trace.stdout is not None
    trace.stdout.readline()
    trace.send_signal(signal.SIGINT)
    _, err = trace.communicate(timeout=30)
    assert trace.returncode == 128 + signal.SIGINT
    assert b"Traceback" not in err


@pytest.mark.parametrize("name", ["ünï.s", "sp ace.s", b"\xff.s".decode(errors="surrogateescape")])
@pytest.mark.parametrize("style", ["text", "jsonl"])
def test_any_name_and_any_encoding_can_be_shown(
    script: Callable[..., Any], source: Callable[..., str], name: str, style: str
):
    path = source("TEXT ·f(SB),4,$0\n\tMOVQ AX, (AX)\n", name)
    for encoding in ("utf-8", "ascii"):
        ran = script("trace", f"{path}:f", "--format", style, env={"PYTHONIOENCODING": encoding})
        assert ran.status == 1 and ran.err == ""
        assert style == "text" or ran.objects


def on_a_terminal(columns: int, *arguments: str, **environment: str) -> str:
    """What the script writes on a terminal so many columns wide."""
    leader, follower = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("4H", 50, columns, 0, 0))
    inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [SCRIPT, *arguments], stdin=follower, stdout=follower, stderr=follower,
        env=inherited | {"TERM": "xterm"} | environment,
    )  # fmt: skip
    os.close(follower)
    data, end = b"", time.monotonic() + 30
    while time.monotonic() < end and select.select([leader], [], [], 30)[0]:
        try:
            part = os.read(leader, 65536)
        except OSError:  # how Linux reports that nobody has the other end open
            break
        if not part:
            break
        data += part
    os.close(leader)
    assert process.wait(30) == 0
    return data.decode()


@pytest.mark.parametrize("columns", [60, 80, 100, 132, 160])
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_lines_fit_the_terminal(columns: int, system: str):
    text = on_a_terminal(columns, *TRACE, "--os", system, NO_COLOR="1")
    longest = max(map(len, text.splitlines()))
    assert longest <= max(columns, 76)  # below that, words of the explanations are as wide as they are
    assert "errno = 9 EBADF (Bad file descriptor)" in text
    assert ("48 8b 7c 24 10" in text) == (columns >= 132)


def test_colour_is_for_terminals_only(script: Callable[..., Any]):
    coloured = on_a_terminal(160, *TRACE)
    assert "\x1b[" in coloured
    for plain in (on_a_terminal(160, *TRACE, NO_COLOR="1"), on_a_terminal(160, *TRACE, TERM="dumb")):
        assert "\x1b" not in plain
    piped = script(*TRACE).out
    assert "\x1b" not in piped
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split() == piped.split()


def test_nothing_heavy_is_imported_for_help_and_list():
    program = (
        "import sys; sys.argv = ['ringside', *sys.argv[1:]]\n"
        "from emu.frontends.cli import ringside\n"
        "try: ringside(standalone_mode=False)\n"
        "finally: print([n for n in ('unicorn', 'capstone', 'keystone', 'rich', 'elftools') if n in sys.modules],"
        " file=sys.stderr)"
    )
    everything = "['unicorn', 'capstone', 'keystone']"
    for arguments, loaded in (("--help",), "[]"), (("list",), "[]"), (TRACE, everything):
        done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
        assert done.stderr.strip() == loaded, arguments
