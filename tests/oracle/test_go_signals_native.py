"""Go's signal programs on the host's kernel: what each row says about its end is what happens."""

from __future__ import annotations

import platform
import resource
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from asm import assemble_text, link
from asm.program import Program
from asm.stubs import RUNS, Run, find_run, linked, read

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="needs an x86-64 Linux host"
)

SA_SIGINFO, SA_RESTORER, SA_ONSTACK, SA_RESTART = 0x4, 0x0400_0000, 0x0800_0000, 0x1000_0000
LINUX_RUNS = [run for run in RUNS if run.system == "linux"]
CATCH = (SA_SIGINFO | SA_RESTORER | SA_ONSTACK, "sigtramp")
SURVIVE = (SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART, "sigignore")
INSTALLED = {
    3: CATCH,  # SIGQUIT
    4: CATCH,  # SIGILL
    5: CATCH,  # SIGTRAP
    6: CATCH,  # SIGABRT
    7: CATCH,  # SIGBUS
    8: CATCH,  # SIGFPE
    11: CATCH,  # SIGSEGV
    17: SURVIVE,  # SIGCHLD
    28: SURVIVE,  # SIGWINCH
    31: CATCH,  # SIGSYS
}
EVERY_SIGNAL = ~(1 << 8 | 1 << 18) & (1 << 64) - 1  # the kernel takes SIGKILL and SIGSTOP out of a mask
EINVAL = 22


def execute(path: Path, run: Run, *before: str) -> tuple[int, bytes, bytes]:
    """Status (minus the signal's number if one killed it), stdout, stderr. Input comes when the row says."""
    process = subprocess.Popen(
        [*before, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    )
    assert process.stdin and process.stdout and process.stderr
    started = time.monotonic()
    for arrival in run.arrivals or ():
        time.sleep(max(0.0, started + arrival.milliseconds / 1000 - time.monotonic()))
        process.stdin.write(arrival.data)
        process.stdin.flush()
    status = process.wait(timeout=20)  # the input's end comes only afterwards
    output = process.stdout.read(), process.stderr.read()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    return status, *output


def written(program: Program, folder: Path) -> Path:
    path = folder / "program"
    program.write_elf(path)
    return path


@pytest.mark.parametrize("run", LINUX_RUNS, ids=lambda run: run.name)
def test_the_host_ends_the_program_as_its_row_says(run: Run, tmp_path: Path):
    status, stdout, stderr = execute(written(linked(run), tmp_path), run)
    expected = run.status if run.signal is None else -signal.Signals[run.signal]
    assert (status, stderr) == (expected, run.stderr)
    assert run.stdout is None or stdout == run.stdout


def installed(program: Program, folder: Path) -> dict[int, tuple[int, int, int, int, int]]:
    """What sigactions reads back for 0..31: result, handler, flags, restorer, mask."""
    _, output, _ = execute(written(program, folder), find_run("sigactions", "linux"))
    return dict(enumerate(struct.iter_unpack("<q4Q", output)))


def test_initsig_leaves_the_action_table_entry_by_entry(tmp_path: Path):
    program = linked(find_run("sigactions", "linux"))
    table = installed(program, tmp_path)
    assert len(table) == 32

    def expected(number: int) -> tuple[int, int, int, int, int]:
        if number not in INSTALLED:
            return (-EINVAL if number == 0 else 0, 0, 0, 0, 0)
        flags, handler = INSTALLED[number]
        addresses = program.find(handler).address, program.find("sigreturn").address
        return (0, addresses[0], flags, addresses[1], EVERY_SIGNAL)

    # 0 is no signal: the bytes behind its error are whatever lay on the stack.
    assert table.pop(0)[0] == -EINVAL
    assert table == {number: expected(number) for number in range(1, 32)}


def test_without_the_line_that_clears_it_sa_restart_stays_in_the_static_struct(tmp_path: Path):
    """The struct's flags carry from one turn of the loop to the next: 31 comes after 28, which restarts."""
    run = find_run("sigactions", "linux")
    line = "\tANDQ\t$~0x10000000, sa<>+8(SB)\n"
    texts = {path: read(path) for path in run.files}
    assert line in texts["go2008/linux/initsig.s"]
    texts["go2008/linux/initsig.s"] = texts["go2008/linux/initsig.s"].replace(line, "")
    objects = [assemble_text(text, path, dialect="go2008") for path, text in texts.items()]
    table = installed(link(objects, entry=run.entry), tmp_path)
    assert {number for number, entry in table.items() if entry[2] & SA_RESTART} == {17, 28, 31}


RECORDED = ("signals", "signal", "siginfo", "context", "g", "sp")
WRITE_RECORDED = "// dialect: go2008\nTEXT main·main(SB),7,$64\n" + """\
	MOVQ	$39, 0(SP)
	CALL	syscall·RawSyscall(SB)
	MOVQ	32(SP), AX
	MOVQ	$62, 0(SP)
	MOVQ	AX, 8(SP)
	MOVQ	$3, 16(SP)
	CALL	syscall·RawSyscall(SB)
""" + "".join(f"""\
	MOVL	$1, 0(SP)
	MOVQ	$ringside·{name}(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$8, 16(SP)
	CALL	sys·write(SB)
""" for name in RECORDED) + "\tRET\n"  # fmt: skip


def test_sighandler_is_given_signal_siginfo_and_context_on_the_stack_of_gsignal(tmp_path: Path):
    run = find_run("sigquit", "linux")
    texts = {path: read(path) for path in run.files} | {run.files[0]: WRITE_RECORDED}
    objects = [assemble_text(text, path, dialect="go2008") for path, text in texts.items()]
    program = link(objects, entry=run.entry)
    status, output, _ = execute(written(program, tmp_path), run)
    seen = dict(zip(RECORDED, struct.unpack("<6Q", output), strict=True))
    stack = program.find("gsignalstack").address
    assert (status, seen["signals"], seen["signal"]) == (0, 1, signal.SIGQUIT)
    assert seen["g"] == program.find("gsignal").address
    frame = seen["context"] - 8  # below the ucontext lies the return address
    assert seen["siginfo"] == seen["context"] + 304  # sizeof(struct ucontext)
    assert seen["sp"] == frame - 24 - 8  # sigtramp's frame, and where it returns to
    assert stack <= seen["sp"] and seen["siginfo"] + 128 <= stack + 32768


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("sigchld", ["kill(, SIGCHLD) = 0", "--- SIGCHLD", "rt_sigreturn(", "write(1,"]),
        ("sigsegv", ["--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0xf1}", "write(2,", "exit_group(2)"]),
        ("sigsegv-resume", ["si_addr=0xf1}", "rt_sigreturn(", "write(1,", "exit_group(0)"]),
        ("restart", ["read(0, ", "ERESTARTSYS", "--- SIGALRM", "rt_sigreturn(", 'read(0, "hello\\n", 64) = 6']),
        ("eintr", ["read(0, ", "ERESTARTSYS", "--- SIGALRM", "= -1 EINTR", "write(1,"]),
        ("sigquit", ["kill(, SIGQUIT) = 0", "--- SIGQUIT", "rt_sigreturn(", "write(1,"]),
        ("before-restorer", ["SA_RESTORER", "--- SIGQUIT", "si_addr=0xffffffffffffffff}", "+++ killed by SIGSEGV"]),
        ("no-restorer", ["--- SIGQUIT", "--- SIGSEGV {si_signo=SIGSEGV, si_code=SI_KERNEL, si_addr=NULL}"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_ends_so_for_the_reason_that_its_row_gives(
    name: str, lines: list[str], require_tool: Callable[..., str], tmp_path: Path
):
    """strace sees these pieces in this order (process ids and padding left out)."""
    import re

    run, log = find_run(name, "linux"), tmp_path / "log"
    slower = run._replace(arrivals=tuple(a._replace(milliseconds=a.milliseconds + 300) for a in run.arrivals or ()))
    execute(written(linked(run), tmp_path), slower, require_tool("strace"), "-o", str(log))
    text = re.sub(r" +", " ", re.sub(r"kill\(\d+", "kill(", log.read_text()))
    place = 0
    for piece in lines:
        place = text.find(piece, place)
        assert place >= 0, f"{piece}\nin\n{text}"


@pytest.mark.parametrize("run", LINUX_RUNS, ids=lambda run: run.name)
def test_the_simulated_kernel_ends_it_as_the_hosts_does(run: Run, tmp_path: Path):
    """Equal to the byte, in what sigactions reads back too: both link the program to the same addresses."""
    from emu.loaders.program import start_run
    from emu.machine import Machine
    from kernel_stub.linux.personality import LINUX

    machine = Machine(LINUX)
    program = start_run(machine, run).program
    machine.run_to_end(100_000)
    ended, terminal = machine.kernel.process.exit, machine.kernel.terminal
    assert ended is not None
    status = ended.code if ended.signal is None else -signal.Signals[ended.signal]
    assert (status, terminal.written(1), terminal.written(2)) == execute(written(program, tmp_path), run)
