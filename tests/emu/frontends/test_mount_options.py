"""`--mount` and `--cwd`, of run, trace and html."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from subprocess import PIPE

import pytest

MAKES_A_FILE = """# dialect: att
.globl _start
_start:
    movl $85, %eax
    leaq name(%rip), %rdi
    movl $0644, %esi
    syscall
    testl %eax, %eax
    js failed
    movl %eax, %edi
    movl $1, %eax
    leaq name(%rip), %rsi
    movl $4, %edx
    syscall
failed:
    negl %eax
    movl %eax, %edi
    movl $60, %eax
    syscall
.section .rodata
name: .asciz "made"
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    file = tmp_path / "make.s"
    file.write_text(MAKES_A_FILE)
    return str(file)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "host"
    found.mkdir()
    (found / "there").write_text("x")
    return found


def test_a_program_writes_into_a_mount(run, program: str, folder: Path):
    ran = run("run", "--mount", f"{folder}:/data:rw", "--cwd", "/data", program)
    assert (ran.status, ran.err) == (256 - 4, "")
    assert (folder / "made").read_text() == "made"


WRITES_FOR_EVER = MAKES_A_FILE.replace("failed:", """1:
    movl $1, %eax
    movl $1, %edi
    leaq name(%rip), %rsi
    movl $4, %edx
    syscall
    jmp 1b
failed:""")


@pytest.mark.parametrize("command", ["run", "trace"])
@pytest.mark.parametrize(("end", "status"), [("a reader that goes away", 141), ("an interruption", 130)])
def test_what_was_written_stays_when_the_run_is_cut_short(
    program: str, folder: Path, script_path: Path, command: str, end: str, status: int
):
    Path(program).write_text(WRITES_FOR_EVER)
    target = program if command == "run" else f"{program}:_start"
    mount = ("--mount", f"{folder}:/data:rw", "--cwd", "/data")
    with subprocess.Popen([script_path, command, *mount, target], stdout=PIPE, stderr=PIPE) as cut:
        assert cut.stdout is not None
        cut.stdout.read(4000)
        if end == "an interruption":
            cut.send_signal(signal.SIGINT)
            cut.communicate(timeout=30)
        else:
            cut.stdout.close()
        assert cut.wait(timeout=30) == status
    assert (folder / "made").read_text() == "made"


def test_a_mount_is_read_only_without_a_word(run, program: str, folder: Path):
    assert run("run", "--mount", f"{folder}:/data", "--cwd", "/data", program).status == 30  # EROFS
    assert [path.name for path in folder.iterdir()] == ["there"]


def test_without_a_mount_nothing_of_the_host_is_there(run, program: str):
    assert run("run", program).status == 13  # EACCES: / is root's
    assert run("run", "--cwd", "/tmp", program).status == 256 - 4


def test_trace_has_them_too(run, folder: Path):
    ran = run("trace", "rawsyscall", "open", "there", "O_RDONLY", "--mount", f"{folder}:/data", "--cwd", "/data")
    assert ran.status == 0
    assert 'open("there", O_RDONLY) = 3' in ran.out
    mount = ("--mount", f"{folder}:/data:rw")
    assert run("trace", "rawsyscall", "mkdir", "/data/new", "0o755", *mount).status == 0
    assert (folder / "new").is_dir()


def test_a_page_is_of_a_run_that_has_them(run, program: str, folder: Path, tmp_path: Path):
    page = tmp_path / "page.html"
    ran = run("html", program + ":_start", "-o", str(page), "--mount", f"{folder}:/data:rw", "--cwd", "/data")
    assert ran.status == 0, ran.err
    assert (folder / "made").read_text() == "made"


@pytest.mark.parametrize("command", [("run",), ("trace",), ("html", "-o", "page.html")])
def test_what_cannot_be_mounted_is_told(run, program: str, command: tuple[str, ...]):
    ran = run(*command, "--mount", "/nowhere/at/all:/data", program)
    assert ran.status == 2
    assert ran.err == "ringside: --mount /nowhere/at/all:/data: /nowhere/at/all: No such file or directory\n"
    ran = run(*command, "--cwd", "/nowhere", program)
    assert (ran.status, ran.err) == (2, "ringside: --cwd /nowhere: No such file or directory\n")
