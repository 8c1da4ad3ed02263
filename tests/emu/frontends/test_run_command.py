"""`ringside run`: output, status, input, environment, limits, and what goes wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from asm.linker import link
from asm.sources import assemble_text

HELLO = """# dialect: att
.globl _start
_start:
    movl $1, %eax
    movl $1, %edi
    leaq out(%rip), %rsi
    movl $4, %edx
    syscall
    movl $32, %eax
    movl $2, %edi
    syscall
    movl %eax, %edi
    movl $1, %eax
    leaq err(%rip), %rsi
    movl $4, %edx
    syscall
    movl $231, %eax
    movl (%rsp), %edi
    syscall
.section .rodata
out: .ascii "out\\n"
err: .ascii "err\\n"
"""
ECHO = """# dialect: att
.globl _start
_start:
    xorl %eax, %eax
    xorl %edi, %edi
    leaq buffer(%rip), %rsi
    movl $100, %edx
    syscall
    testl %eax, %eax
    jle done
    movl %eax, %edx
    movl $1, %eax
    movl $1, %edi
    syscall
    jmp _start
done:
    movl $60, %eax
    xorl %edi, %edi
    syscall
.bss
buffer: .skip 100
"""


def one(code):
    return f"# dialect: att\n.globl _start\n_start:\n{code}\n"


@pytest.fixture
def program(tmp_path):
    """A source as an executable file."""

    def make(source):
        path = tmp_path / "program"
        link([assemble_text(source, "x.s")]).write_elf(path)
        return str(path)

    return make


def test_output_goes_where_it_belongs_and_the_status_is_the_programs(program, script):
    """What goes through a copy of descriptor 2 goes to standard error too."""
    ran = script("run", program(HELLO), "one", "two")
    assert (ran.out, ran.err, ran.status) == ("out\n", "err\n", 3)


def test_a_source_runs(tmp_path, script):
    path = tmp_path / "hello.s"
    path.write_text(HELLO)
    ran = script("run", str(path))
    assert (ran.out, ran.err, ran.status) == ("out\n", "err\n", 1)


def test_what_follows_the_program_is_the_programs(program, script):
    assert script("run", program(HELLO), "--limit", "-x", "--help").status == 4


def test_input_as_an_option(program, script):
    assert script("run", "--stdin", "one\\ntwo", program(ECHO)).out == "one\ntwo"


def test_real_input(program, script):
    assert script("run", "--stdin", "-", program(ECHO), input="typed\nlines\n").out == "typed\nlines\n"
    assert script("run", "--stdin", "-", program(ECHO), stdin=subprocess.DEVNULL).out == ""


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("movl $1, 8", 139, "Segmentation fault (core dumped)\n"),
        ("ud2", 132, "Illegal instruction (core dumped)\n"),
        ("int3", 133, "Trace/breakpoint trap (core dumped)\n"),
        ("xorl %ecx, %ecx\ndivl %ecx", 136, "Floating point exception (core dumped)\n"),
        ("movl $62, %eax\nmovl $4242, %edi\nmovl $15, %esi\nsyscall", 143, "Terminated\n"),
        ("movl $62, %eax\nmovl $4242, %edi\nmovl $9, %esi\nsyscall", 137, "Killed\n"),
        ("movl $62, %eax\nmovl $4242, %edi\nmovl $2, %esi\nsyscall", 130, ""),
        ("movl $62, %eax\nmovl $4242, %edi\nmovl $13, %esi\nsyscall", 141, ""),
    ],
)
def test_a_signal_is_said_as_a_shell_says_it(program, run, code, status, message):
    ran = run("run", program(one(code)))
    assert (ran.status, ran.err) == (status, message)


HANDLED = """
    leaq action(%rip), %rsi
    movl $13, %eax
    movl ${signal}, %edi
    xorl %edx, %edx
    movl $8, %r10d
    syscall
    {spoil}
    movl $62, %eax
    movl $4242, %edi
    movl ${signal}, %esi
    syscall
.data
action: .quad _start, 0x04000000, _start, 0
"""


@pytest.mark.parametrize("signal", [10, 11])
@pytest.mark.parametrize("spoil", ["movl $64, %esp", "leaq action(%rip), %rsp\nandq $-4096, %rsp"])
def test_a_frame_that_can_not_be_written_is_said(program, run, signal, spoil):
    """It is SIGSEGV that kills then; the second stack is writable, and too small."""
    ran = run("run", program(one(HANDLED.format(signal=signal, spoil=spoil))))
    assert (ran.status, ran.err.splitlines()) == (
        139,
        [
            "Segmentation fault (core dumped)",
            "ringside: there was no room for a signal frame where the program's stack pointer stood",
        ],
    )


def test_memory_that_is_used_up_is_said(program, run, monkeypatch):
    monkeypatch.setattr("emu.machine.PROGRAM_RAM", 4 << 20)
    code = """
    movl $9, %eax
    xorl %edi, %edi
    movl $0x3ff000, %esi
    movl $3, %edx
    movl $0x22, %r10d
    movq $-1, %r8
    xorl %r9d, %r9d
    syscall
    movl $0x3ff000, %ecx
    movq %rax, %rdi
    rep stosb
"""
    ran = run("run", program(one(code)))
    assert (ran.status, ran.err.splitlines()) == (
        137,
        ["Killed", "ringside: the program needed more memory than the 4 MiB that the guest has"],
    )


def test_a_signal_of_the_same_name_needs_no_reason(program, run):
    ran = run("run", program(one(HANDLED.format(signal=10, spoil="movl $11, %esi\nmovl $1, 8"))))
    assert (ran.status, ran.err) == (139, "Segmentation fault (core dumped)\n")


def test_a_limit(program, run):
    ran = run("run", "--limit", "1000", program(one("jmp _start")))
    assert (ran.status, ran.err) == (124, "ringside: stopped after 1,000 instructions (--limit)\n")
    ran = run("run", "--limit", "1", program(one("jmp _start")))
    assert (ran.status, ran.err) == (124, "ringside: stopped after 1 instruction (--limit)\n")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("movl $34, %eax\nsyscall", "ringside: the program waits for a signal, and nothing will wake it\n"),
        (
            "movl $62, %eax\nmovl $4242, %edi\nmovl $19, %esi\nsyscall",
            "ringside: SIGSTOP stopped the program, and nothing continues it\n",
        ),
    ],
)
def test_a_program_that_sleeps_for_ever(program, run, code, message):
    ran = run("run", program(one(code)))
    assert (ran.status, ran.err) == (124, message)


def test_the_environment_is_what_is_asked_for(program, script):
    """envp's first string is written."""
    source = one(
        "movl $1, %eax\nmovl $1, %edi\nmovq 24(%rsp), %rsi\nmovl $3, %edx\nsyscall\n"
        "movl $60, %eax\nxorl %edi, %edi\nsyscall"
    )
    assert script("run", "--env", "A=b", program(source)).out == "A=b"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "no/such"), "ringside: no/such: no such file\n"),
        (("run", ""), "ringside: the program's path is empty\n"),
        (("run", "sigchld"), "ringside: sigchld: no such file (`ringside trace sigchld` runs it)\n"),
        (("run", "thread"), "ringside: thread: no such file (`ringside trace thread --os darwin` runs it)\n"),
        (("run", "h.s:two"), "ringside: h.s:two: no such file (`ringside trace h.s:two` runs it)\n"),
        (("run", "."), "ringside: .: not a file\n"),
        (("run", "--env", "A", "x"), "ringside: --env A: write NAME=VALUE\n"),
        (("run", "--env", "=b", "x"), "ringside: --env =b: write NAME=VALUE\n"),
    ],
)
def test_mistakes(run, arguments, message):
    ran = run(*arguments)
    assert (ran.status, ran.err) == (2, message)


def test_a_reader_that_goes_away(program):
    """A program that writes for ever into a pipe that nobody reads ends as one that SIGPIPE killed."""
    source = one("movl $1, %eax\nmovl $1, %edi\nleaq _start(%rip), %rsi\nmovl $10, %edx\nsyscall\njmp _start")
    command = Path(sys.executable).with_name("ringside")
    shell = f"{command} run {program(source)} | head -c 10 | wc -c; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["10", "141"]


def test_an_executable_is_traced(program, run):
    ran = run("trace", program(HELLO), "argument")
    assert ran.status == 0
    assert 'write(1, "out\\n", 4) = 4' in ran.out
    assert "(argc)" in ran.out
    assert ran.lines[-1] == "exited with status 2 after 16 instructions"


def test_an_executable_is_for_linux(program, run):
    ran = run("trace", program(HELLO), "--os", "darwin")
    assert ran.status == 2
    assert "a program for Linux" in ran.err
