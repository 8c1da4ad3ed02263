"""The trace as text: what a reader sees line by line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from asm.stubs import STUBS, Stub

CLOSE_LINUX = """\
syscall.RawSyscall(trap=close (3), a1=99, a2=0, a3=0) on linux

syscall.RawSyscall:
   0  400000  48 8b 7c 24 10              MOVQ    16(SP), DI               rdi 0x0 -> 0x63 (a1)
   1  400005  48 8b 74 24 18              MOVQ    24(SP), SI               (a2)
   2  40000a  48 8b 54 24 20              MOVQ    32(SP), DX               (a3)
   3  40000f  48 8b 44 24 08              MOVQ    8(SP), AX  // trap       rax 0x0 -> 0x3 (trap)
   4  400014  0f 05                       SYSCALL                          rax 0x3 -> 0xfffffffffffffff7 (-9), \
rcx 0x0 -> 0x400016, r11 0x0 -> 0x202
    > close(99) = -1 EBADF (Bad file descriptor)
   5  400016  48 3d 01 f0 ff ff           CMPQ    AX, $0xfffffffffffff001  rflags none -> PF
    | AX        0xfffffffffffffff7  signed    -9  unsigned 18446744073709551607
    | constant  0xfffffffffffff001  signed -4095  unsigned 18446744073709547521
   6  40001c  76 1b                       JLS     ok1
    | no jump: lower or same, unsigned, asks for CF=1 or ZF=1, but CF=0 ZF=0
    | 18446744073709551607 > 18446744073709547521
    | unsigned, only -4094..-1 lie above -4095: -9 counts as an error
   7  40001e  48 c7 44 24 28 ff ff ff ff  MOVQ    $-1, 40(SP)  // r1       r1 = 0xffffffffffffffff (-1)
   8  400027  48 c7 44 24 30 00 00 00 00  MOVQ    $0, 48(SP)  // r2        r2 = 0x0
   9  400030  48 f7 d8                    NEGQ    AX                       rax 0xfffffffffffffff7 (-9) -> 0x9, \
rflags PF -> CF PF AF
  10  400033  48 89 44 24 38              MOVQ    AX, 56(SP)  // errno     errno = 0x9
  11  400038  c3                          RET                              rsp 0x7ffeffffff38 -> 0x7ffeffffff40 \
(return address)

r1 = -1  r2 = 0  errno = 9 EBADF (Bad file descriptor)
returned after 12 instructions
"""


def test_the_whole_trace_of_close_99_on_linux(run: Callable[..., Any]):
    assert run("trace", "rawsyscall", "close", "99").out == CLOSE_LINUX


def test_on_darwin_the_carry_flag_makes_the_difference(run: Callable[..., Any]):
    lines = run("trace", "rawsyscall", "close", "99", "--os", "darwin").lines
    assert lines[0] == "syscall.RawSyscall(trap=close (6), a1=99, a2=0, a3=0) on darwin"
    assert [line for line in lines if line.startswith("    ")] == [
        "    > close(99) = -1 EBADF (Bad file descriptor)",
        "    | no jump: asks for CF=0, but CF=1",
        "    | the kernel set the carry flag: AX holds an errno, as a positive number",
    ]
    assert lines[-2:] == ["r1 = -1  r2 = 0  errno = 9 EBADF (Bad file descriptor)", "returned after 11 instructions"]
    assert not any("NEG" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        ("rawsyscall 3 -1", "syscall.RawSyscall(trap=3, a1=-1, a2=0, a3=0) on linux"),
        ("rawsyscall write 1 hi 2", 'syscall.RawSyscall(trap=write (1), a1=1, a2="hi" at 0x10000ffd, a3=2) on linux'),
        ("rawsyscall read 0 &16", "syscall.RawSyscall(trap=read (0), a1=0, a2=16 bytes at 0x10000ff0, a3=0) on linux"),
        ("rawsyscall 0x10 0xffffffffffffffff", "syscall.RawSyscall(trap=16, a1=-1, a2=0, a3=0) on linux"),
        ("open /x O_RDWR|O_CREAT 0o644", 'open(name="/x" at 0x10000ffd, flags=O_RDWR|O_CREAT (66), mode=420) on linux'),
        ("notok", "notok() on linux"),
    ],
)
def test_the_first_line_says_what_is_called(run: Callable[..., Any], arguments: str, title: str):
    assert run("trace", *arguments.split()).lines[0] == title


def test_an_injected_answer_is_announced(run: Callable[..., Any]):
    lines = run("trace", "rawsyscall", "close", "99", "--returns", "-EINTR").lines
    assert lines[1] == "The first system call is not run: its answer is -EINTR."
    assert "    > close(99) = -1 EINTR (Interrupted system call) (INJECTED)" in lines


def test_each_routine_has_its_heading_when_control_enters_it(run: Callable[..., Any]):
    headings = [line for line in run("trace", "syscall", "getpid").lines if line.endswith(":")]
    hooks = ["sys.entersyscall:", "syscall.Syscall:", "sys.exitsyscall:", "syscall.Syscall:"]
    assert headings == ["syscall.Syscall:", *hooks]


@pytest.mark.parametrize("stub", ["syscall", "syscall6"])
@pytest.mark.parametrize("system", ["linux", "darwin"])
@pytest.mark.parametrize("call", ["getpid", "close"])  # one succeeds, one fails: both ways out call the hook
def test_the_hooks_are_called_once_each(run: Callable[..., Any], stub: str, system: str, call: str):
    out = run("trace", stub, call, "99", "--os", system).out
    for hook in ("entersyscalls", "exitsyscalls"):
        assert re.findall(rf"ringside\.{hook} = (\w+)", out) == ["0x1"]
    order = [out.index(mark) for mark in ("sys.entersyscall:", f"> {call}(", "sys.exitsyscall:")]
    assert order == sorted(order)


def test_output_is_shown_as_one_quoted_line(run: Callable[..., Any]):
    out = run("trace", "rawsyscall", "write", "2", r"a\n\x1b[31m\"\xffé", "11").lines
    assert r'output on 2: "a\n\x1b[31m\"\xffé"' in out


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("\tMOVQ AX, (AX)\n", "fault at 0x400000 ({file}:2: MOVQ AX, (AX)): page fault at 0x0: a write where "
         "nothing is mapped; killed by SIGSEGV (core dumped) after 0 instructions"),
        ("\tMOVQ (AX), AX\n", "fault at 0x400000 ({file}:2: MOVQ (AX), AX): page fault at 0x0: a read where nothing is "
         "mapped; killed by SIGSEGV (core dumped) after 0 instructions"),
        ("\tLEAQ ·f(SB), AX\n\tMOVB AX, (AX)\n", "fault at 0x400007 ({file}:3: MOVB AX, (AX)): page fault at 0x400000: "
         "a write that the page forbids; killed by SIGSEGV (core dumped) after 1 instruction"),
        ("\tJMP SP\n", "left the code, to 0x7ffeffffff78: page fault at 0x7ffeffffff78: execution that the page "
         "forbids; killed by SIGSEGV (core dumped) after 1 instruction"),
        ("\tNOP\n\tXORL AX, AX\n", "ran off the end of f, to 0x400002: breakpoint; killed by SIGTRAP (core dumped) "
         "after 2 instructions"),
        ("\tXORL AX, AX\n\tDIVL AX\n", "fault at 0x400002 ({file}:3: DIVL AX): divide error; killed by SIGFPE "
         "(core dumped) after 1 instruction"),
        ("l:\tJMP l\n", "stopped: the instruction budget is spent after 1,234 instructions, at 0x400000 "
         "({file}:2: l: JMP l)"),
    ],
)  # fmt: skip
def test_the_last_line_says_why_it_went_no_further(
    run: Callable[..., Any], source: Callable[..., str], text: str, last: str
):
    path = source(f"TEXT ·f(SB),4,$0\n{text}")
    ran = run("trace", f"{path}:f", "--limit", "1234")
    assert (ran.status, ran.lines[-1]) == (1, last.format(file=path))


def test_the_instruction_that_faults_has_its_line(run: Callable[..., Any]):
    lines = run("trace", "notok").lines
    assert lines[4:7] == [
        "   1  400005  48 89 6d 00     MOVQ    BP, (BP)   page fault at 0xf1",
        "    > SIGSEGV (page fault at 0xf1)",
        "    > killed by SIGSEGV (core dumped)",
    ]


# Every stub ---------------------------------------------------------------------------------------------

ENDS = {  # of those whose end no kernel call decides; casts return
    "exit": "exited with status 0",
    "notok": "fault at",
    "sigtramp": "fault at",  # there is no m behind R14
    "bsdthread_start": "fault at",
    "sigignore": "returned after 1 instruction",
    "sigtramp-before": "returned after 17 instructions",
    "gettid": "returned after",
    "close": "returned after",
    "read": "returned after",
    "write": "returned after",
}
STATUS = {
    "returned after": 0, "exited with": 0, "fault at": 1, "killed by": 1, "ran off": 1, "left the": 1, "stopped:": 1,
    "asleep": 1,  # select without a timeout
}  # fmt: skip


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: f"{stub.name}-{stub.system}")
def test_every_stub_can_be_traced_without_arguments(run: Callable[..., Any], stub: Stub):
    ran = run("trace", stub.name, "--os", stub.system)
    assert ran.err == ""
    last = ran.lines[-1]
    (status,) = (status for start, status in STATUS.items() if last.startswith(start))
    assert ran.status == status
    expected = "returned after 3 instructions" if "cast.s" in stub.files[0] else ENDS.get(stub.name, "")
    assert last.startswith(expected)
    assert ran.lines[0].endswith(f" on {stub.system}")
