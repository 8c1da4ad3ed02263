"""The same calls on the host's kernel and on ours: equal results, equal output, equal memory.

Each case is a short sequence of raw calls. A forked child makes them natively, on a pseudo-terminal that
is its descriptors 0, 1 and 2; our kernel makes them on a memory with the same pages. Nothing expected
is written here: what the host answers is what we must answer.
"""

from __future__ import annotations

import ctypes
import os
import platform
import pty
import random
import resource
import struct
import sys
import termios
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kernel_stub.cpu import MASK64, Protection, Registers
from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory
from kernel_stub.process import Credentials

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the host isn't x86-64 Linux"
)

# Two writable pages, a hole, a read-only page, and nothing behind it.
BASE = 0x0000_2A00_0000_0000
RW, HOLE, RO = BASE, BASE + 2 * PAGE, BASE + 3 * PAGE
END = BASE + 4 * PAGE
TEXT = bytes(range(32, 127)) * ((4 * PAGE) // 95 + 1)

KERNEL_HALF = 0xFFFF_8000_0000_0000
USER_END = 0x7FFF_FFFF_F000
BIG = 1 << 32

F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC = 0, 1, 2, 3, 4, 1030
O_APPEND, O_NONBLOCK, O_ASYNC, O_DIRECT, O_NOATIME, O_CLOEXEC = (
    0x400, 0x800, 0x2000, 0x4000, 0x40000, 0x80000,
)  # fmt: skip

Call = tuple[str | int, *tuple[int, ...]]


@dataclass(frozen=True)
class Case:
    """Calls in order, what is typed on the terminal, and the soft descriptor limit."""

    calls: tuple[Call, ...]
    typed: bytes = b""
    limit: int = 64


@dataclass
class Run:
    """What can be compared: a result for each call (-errno for an error), output, memory, exit code."""

    results: list[int]
    output: bytes
    memory: bytes
    code: int | None


def case(*calls: Call, typed: bytes = b"", limit: int = 64) -> Case:
    return Case(calls, typed, limit)


CASES = {
    # close
    "close a number that was never open": case(("close", 99)),
    "close once": case(("close", 1)),
    "close twice": case(("close", 1), ("close", 1)),
    "close -1": case(("close", -1)),
    "close the lowest int": case(("close", -(1 << 31))),
    "close above the limit": case(("close", 1000)),
    "close takes the low half of the register": case(("close", BIG | 1), ("close", 1)),
    "close ignores its other arguments": case(("close", 2, HOLE, 7, 8, 9, 10)),
    "close a bad number with a bad upper half": case(("close", BIG | 99)),
    # numbers
    "call number 400 is unassigned": case((400,)),
    "call number 999 is unassigned": case((999, 1, 2, 3)),
    "call number -1": case((-1,)),
    "the number's upper half doesn't count": case((BIG | 39,)),
    "a sign-extended number is none": case((0x8000_0000 | 39,)),
    # ids
    "getpid": case(("getpid",)),
    "getppid": case(("getppid",)),
    "gettid": case(("gettid",)),
    "getuid": case(("getuid",)),
    "geteuid": case(("geteuid",)),
    "getgid": case(("getgid",)),
    "getegid": case(("getegid",)),
    "getpid ignores arguments": case(("getpid", 1, 2, 3, 4, 5, 6)),
    # dup
    "dup takes the lowest free number": case(("dup", 1), ("dup", 1)),
    "dup fills a gap": case(("dup", 1), ("close", 0), ("dup", 2)),
    "dup of a closed number": case(("dup", 5)),
    "dup of -1": case(("dup", -1)),
    "dup until the limit": case(("dup", 0), ("dup", 0), ("dup", 0), ("close", 1), ("dup", 0), limit=5),
    "dup of a bad number at the limit": case(("dup", 9), limit=3),
    "dup drops close-on-exec": case(("fcntl", 1, F_SETFD, 1), ("dup", 1), ("fcntl", 3, F_GETFD)),
    "dup shares status flags": case(("dup", 1), ("fcntl", 3, F_SETFL, O_APPEND), ("fcntl", 0, F_GETFL)),
    "dup takes the low half": case(("dup", BIG | 2)),
    # dup2
    "dup2 to a free number": case(("dup2", 1, 7), ("write", 7, RW, 4), ("fcntl", 7, F_GETFD)),
    "dup2 over an open one": case(("dup2", 1, 2), ("close", 2), ("close", 2)),
    "dup2 onto itself": case(("dup2", 1, 1)),
    "dup2 onto itself keeps close-on-exec": case(
        ("fcntl", 1, F_SETFD, 1), ("dup2", 1, 1), ("fcntl", 1, F_GETFD)
    ),
    "dup2 drops close-on-exec": case(("fcntl", 1, F_SETFD, 1), ("dup2", 1, 8), ("fcntl", 8, F_GETFD)),
    "dup2 over one with close-on-exec": case(
        ("fcntl", 2, F_SETFD, 1), ("dup2", 1, 2), ("fcntl", 2, F_GETFD)
    ),
    "dup2 of a closed number onto itself": case(("dup2", 9, 9)),
    "dup2 of a closed number": case(("dup2", 9, 1), ("fcntl", 1, F_GETFD)),
    "dup2 to the limit": case(("dup2", 1, 64)),
    "dup2 below the limit": case(("dup2", 1, 63)),
    "dup2 to -1": case(("dup2", 1, -1)),
    "dup2 of -1 to -1": case(("dup2", -1, -1)),
    "dup2 takes low halves": case(("dup2", BIG | 1, BIG | 9), ("close", 9)),
    "dup2 onto itself above a lowered limit": case(("dup2", 2, 2), limit=2),
    "dup2 of a closed number beyond the limit": case(("dup2", 9, 1000)),
    # dup3
    "dup3 plain": case(("dup3", 1, 9, 0), ("fcntl", 9, F_GETFD)),
    "dup3 with close-on-exec": case(("dup3", 1, 9, O_CLOEXEC), ("fcntl", 9, F_GETFD)),
    "dup3 onto itself": case(("dup3", 1, 1, 0)),
    "dup3 of a closed number onto itself": case(("dup3", 9, 9, 0)),
    "dup3 with an unknown flag": case(("dup3", 1, 9, 1)),
    "dup3 with O_NONBLOCK": case(("dup3", 1, 9, O_NONBLOCK)),
    "dup3 with an unknown flag and bad numbers": case(("dup3", 99, -1, 1)),
    "dup3 of a closed number": case(("dup3", 99, 9, 0)),
    "dup3 beyond the limit": case(("dup3", 1, 64, O_CLOEXEC)),
    "dup3 takes low halves": case(("dup3", BIG | 1, BIG | 9, BIG | O_CLOEXEC), ("fcntl", 9, F_GETFD)),
    # fcntl: descriptors
    "F_DUPFD from 0": case(("fcntl", 1, F_DUPFD, 0)),
    "F_DUPFD from 10": case(("fcntl", 1, F_DUPFD, 10), ("fcntl", 1, F_DUPFD, 10)),
    "F_DUPFD below the limit": case(("fcntl", 1, F_DUPFD, 63), ("fcntl", 1, F_DUPFD, 63)),
    "F_DUPFD at the limit": case(("fcntl", 1, F_DUPFD, 64)),
    "F_DUPFD from -1": case(("fcntl", 1, F_DUPFD, -1)),
    "F_DUPFD takes the low half": case(("fcntl", 1, F_DUPFD, BIG | 10)),
    "F_DUPFD of a closed number from -1": case(("fcntl", 9, F_DUPFD, -1)),
    "F_DUPFD when the table is full": case(("fcntl", 1, F_DUPFD, 0), limit=3),
    "F_DUPFD drops close-on-exec": case(
        ("fcntl", 1, F_SETFD, 1), ("fcntl", 1, F_DUPFD, 5), ("fcntl", 5, F_GETFD)
    ),
    "F_DUPFD_CLOEXEC": case(("fcntl", 1, F_DUPFD_CLOEXEC, 5), ("fcntl", 5, F_GETFD)),
    "F_DUPFD_CLOEXEC at the limit": case(("fcntl", 1, F_DUPFD_CLOEXEC, 64)),
    "F_GETFD fresh": case(("fcntl", 0, F_GETFD), ("fcntl", 1, F_GETFD), ("fcntl", 2, F_GETFD)),
    "F_GETFD of a closed number": case(("fcntl", 9, F_GETFD)),
    "F_SETFD and back": case(
        ("fcntl", 1, F_SETFD, 1), ("fcntl", 1, F_GETFD), ("fcntl", 1, F_SETFD, 0), ("fcntl", 1, F_GETFD)
    ),
    "F_SETFD ignores other bits": case(("fcntl", 1, F_SETFD, -2), ("fcntl", 1, F_GETFD)),
    "F_SETFD takes bit 0 of all ones": case(("fcntl", 1, F_SETFD, -1), ("fcntl", 1, F_GETFD)),
    "F_SETFD ignores the upper half": case(("fcntl", 1, F_SETFD, BIG), ("fcntl", 1, F_GETFD)),
    "F_SETFD is the descriptor's own": case(
        ("dup", 1), ("fcntl", 1, F_SETFD, 1), ("fcntl", 3, F_GETFD), ("fcntl", 1, F_GETFD)
    ),
    # fcntl: status flags
    "F_GETFL of a terminal": case(("fcntl", 0, F_GETFL), ("fcntl", 1, F_GETFL), ("fcntl", 2, F_GETFL)),
    "F_SETFL O_NONBLOCK": case(("fcntl", 1, F_SETFL, O_NONBLOCK), ("fcntl", 1, F_GETFL)),
    "F_SETFL is shared by 0, 1 and 2": case(("fcntl", 0, F_SETFL, O_APPEND), ("fcntl", 2, F_GETFL)),
    "F_SETFL clears": case(("fcntl", 1, F_SETFL, O_APPEND), ("fcntl", 1, F_SETFL, 0), ("fcntl", 1, F_GETFL)),
    "F_SETFL O_ASYNC": case(
        ("fcntl", 1, F_SETFL, O_ASYNC), ("fcntl", 1, F_GETFL), ("fcntl", 1, F_SETFL, 0), ("fcntl", 1, F_GETFL)
    ),
    "F_SETFL O_NOATIME": case(("fcntl", 1, F_SETFL, O_NOATIME), ("fcntl", 1, F_GETFL)),
    "F_SETFL O_DIRECT": case(("fcntl", 1, F_SETFL, O_DIRECT | O_APPEND), ("fcntl", 1, F_GETFL)),
    "F_SETFL can't change the access mode": case(("fcntl", 1, F_SETFL, 0), ("fcntl", 1, F_GETFL)),
    "F_SETFL ignores creation flags": case(("fcntl", 1, F_SETFL, 0x3C0 | O_CLOEXEC), ("fcntl", 1, F_GETFL)),
    "F_SETFL with every other bit": case(
        ("fcntl", 1, F_SETFL, -1 & ~O_DIRECT), ("fcntl", 1, F_GETFL), ("fcntl", 1, F_GETFD)
    ),
    "F_SETFL takes the low half": case(("fcntl", 1, F_SETFL, BIG | O_APPEND), ("fcntl", 1, F_GETFL)),
    "F_SETFL O_DIRECT in the upper half": case(("fcntl", 1, F_SETFL, O_DIRECT << 32), ("fcntl", 1, F_GETFL)),
    "F_GETFL of a closed number": case(("fcntl", 9, F_GETFL)),
    "fcntl with an unknown command": case(("fcntl", 1, 777, 0)),
    "fcntl with command -1": case(("fcntl", 1, -1, 0)),
    "fcntl's command is an int": case(("fcntl", 1, BIG | F_GETFL)),
    "fcntl with an unknown command and a bad number": case(("fcntl", 9, 777, 0)),
    # write
    "write": case(("write", 1, RW, 10), ("write", 2, RW + 10, 5)),
    "write to descriptor 0 of a terminal": case(("write", 0, RW, 10)),
    "write nothing": case(("write", 1, RW, 0)),
    "write nothing from a hole": case(("write", 1, HOLE, 0)),
    "write nothing from null": case(("write", 1, 0, 0)),
    "write nothing from the kernel's half": case(("write", 1, KERNEL_HALF, 0)),
    "write nothing to a closed number": case(("write", 9, RW, 0)),
    "write from null": case(("write", 1, 0, 1)),
    "write from a hole": case(("write", 1, HOLE, 1)),
    "write from a read-only page": case(("write", 1, RO, 100)),
    "write from the kernel's half": case(("write", 1, KERNEL_HALF, 1)),
    "write from the last byte of the address space": case(("write", 1, -1, 1)),
    "write across the end of the address space": case(("write", 1, -1, 2)),
    "write to a closed number from a hole": case(("write", 9, HOLE, 1)),
    "write across the end of user memory": case(("write", 1, USER_END - 1, 2)),
    "write at the end of user memory": case(("write", 1, USER_END, 0), ("write", 1, USER_END, 1)),
    "write past the end of user memory": case(("write", 1, USER_END + 1, 0)),
    "write a negative count": case(("write", 1, RW, -1)),
    "write the largest signed count": case(("write", 1, RW, (1 << 63) - 1)),
    "write whose first piece ends in a hole": case(("write", 1, HOLE - 5, 10)),
    "write whose last byte is in a hole": case(("write", 1, HOLE - 100, 101)),
    "write whose second piece ends in a hole": case(("write", 1, HOLE - 2100, 2200)),
    "write whose second piece starts in a hole": case(("write", 1, HOLE - 2048, 2049)),
    "write whose third piece ends in a hole": case(("write", 1, HOLE - 4200, 5000)),
    "write more than fits below the hole": case(("write", 1, RW, 1 << 30)),
    "write more than a call may move": case(("write", 1, RW + 10, 0x8000_0000)),
    "write with a fd's upper half": case(("write", BIG | 1, RW, 3)),
    "write to -1": case(("write", -1, RW, 3)),
    # read
    "read at end of file": case(("read", 0, RW, 10)),
    "read again at end of file": case(("read", 0, RW, 10), ("read", 0, RW, 10)),
    "read nothing": case(("read", 0, RW, 0), typed=b"abc\n"),
    "read nothing into a hole": case(("read", 0, HOLE, 0), typed=b"abc\n"),
    "read nothing into the kernel's half": case(("read", 0, KERNEL_HALF, 0)),
    "read at end of file into a hole": case(("read", 0, HOLE, 10)),
    "read at end of file into null": case(("read", 0, 0, 10)),
    "read at end of file into the kernel's half": case(("read", 0, KERNEL_HALF, 10)),
    "read at end of file into a read-only page": case(("read", 0, RO, 10)),
    "read at end of file with a negative count": case(("read", 0, RW, -1)),
    "read a line": case(("read", 0, RW, 100), ("read", 0, RW + 50, 100), typed=b"hello\n"),
    "read stops at the end of a line": case(
        ("read", 0, RW, 100), ("read", 0, RW + 50, 100), ("read", 0, RW, 9), typed=b"one\ntwo\n"
    ),
    "read part of a line": case(
        ("read", 0, RW, 3), ("read", 0, RW + 10, 2), ("read", 0, RW + 20, 100), typed=b"hello world\n"
    ),
    "read exactly a line": case(("read", 0, RW, 6), ("read", 0, RW + 9, 6), typed=b"hello\nyou\n"),
    "read all but the newline": case(("read", 0, RW, 5), ("read", 0, RW + 9, 6), typed=b"hello\n"),
    "read an empty line": case(("read", 0, RW, 5), ("read", 0, RW + 9, 6), typed=b"\nx\n"),
    "read a line without an end": case(("read", 0, RW, 50), ("read", 0, RW + 9, 6), typed=b"abc"),
    "read exactly a line without an end": case(("read", 0, RW, 3), ("read", 0, RW + 9, 6), typed=b"abc"),
    "read from descriptor 1 of a terminal": case(("read", 1, RW, 50), typed=b"abc\n"),
    "read into a hole loses the line": case(
        ("read", 0, HOLE, 50), ("read", 0, RW, 50), typed=b"abc\ndef\n"
    ),
    "read into a read-only page": case(("read", 0, RO, 50), ("read", 0, RW, 50), typed=b"abc\n"),
    "read across the edge of a hole": case(
        ("read", 0, HOLE - 2, 50), ("read", 0, RW, 50), typed=b"abcdef\nrest\n"
    ),
    "read a long line into a hole loses one piece": case(
        ("read", 0, HOLE, 200), ("read", 0, RW, 200), typed=b"0123456789" * 15 + b"\n"
    ),
    "read a long line across the edge of a hole": case(
        ("read", 0, HOLE - 10, 200), ("read", 0, RW, 200), typed=b"0123456789" * 15 + b"\n"
    ),
    "read a long line whose second piece hits a hole": case(
        ("read", 0, HOLE - 70, 200), ("read", 0, RW, 200), typed=b"0123456789" * 15 + b"\n"
    ),
    "read a long line whose second piece starts in a hole": case(
        ("read", 0, HOLE - 64, 200), ("read", 0, RW, 200), typed=b"0123456789" * 15 + b"\n"
    ),
    "read fewer bytes than a piece into a hole": case(
        ("read", 0, HOLE, 20), ("read", 0, RW, 200), typed=b"0123456789" * 15 + b"\n"
    ),
    "read a huge count": case(("read", 0, RW, 0x7FFF_FFFF), typed=b"abc\n"),
    "read more than a call may move": case(("read", 0, RW, 0x8000_0000), typed=b"abc\n"),
    "read with a count past the address space": case(("read", 0, RW, 1 << 47), typed=b"abc\n"),
    "read from a closed number into a hole": case(("read", 9, HOLE, 10)),
    "read from a closed number, negative count": case(("read", 9, RW, -1)),
    "read with a count of 4 GiB": case(("read", 0, RW, BIG), typed=b"abc\n"),
    # exit
    "exit": case(("exit", 3)),
    "exit_group": case(("exit_group", 0)),
    "exit takes eight bits": case(("exit", 0x1234)),
    "exit with -1": case(("exit", -1)),
    "exit_group takes eight bits of an int": case(("exit_group", BIG | 0x105)),
}  # fmt: skip


def number(name: str | int) -> int:
    return name if isinstance(name, int) else LINUX.resolve(name)


@pytest.fixture(scope="module")
def libc() -> ctypes.CDLL:
    """The C library, with raw calls that take and give 64 bits."""
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    library.syscall.argtypes = [ctypes.c_ulong] * 7
    library.mmap.restype = ctypes.c_void_p
    library.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    return library


@pytest.fixture(scope="module")
def pages(libc: ctypes.CDLL) -> Iterator[int]:
    """The four pages, shared with children, at their fixed address; behind them a page for results."""
    fixed, shared, anonymous = 0x100000, 1, 0x20
    address = libc.mmap(BASE, 6 * PAGE, 3, fixed | shared | anonymous, -1, 0)
    assert address == BASE, "the pages' address isn't free"
    yield BASE
    libc.munmap(ctypes.c_void_p(BASE), ctypes.c_size_t(6 * PAGE))


RESULTS = BASE + 5 * PAGE  # a count, then that many signed 64-bit results


def child(libc: ctypes.CDLL, given: Case, terminal: int) -> None:
    """Run the calls natively. Never returns."""
    try:
        for fd in (0, 1, 2):
            os.dup2(terminal, fd)
        os.closerange(3, 256)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (given.limit, hard))
        libc.munmap(ctypes.c_void_p(HOLE), ctypes.c_size_t(PAGE))
        libc.munmap(ctypes.c_void_p(END), ctypes.c_size_t(PAGE))
        libc.mprotect(ctypes.c_void_p(RO), ctypes.c_size_t(PAGE), 1)
        for index, (name, *arguments) in enumerate(given.calls):
            ctypes.set_errno(0)
            padded = [a & MASK64 for a in arguments] + [0] * (6 - len(arguments))
            result = libc.syscall(number(name) & MASK64, *padded)
            if result == -1:
                result = -ctypes.get_errno()
            ctypes.memmove(RESULTS + 8 + 8 * index, struct.pack("<q", result), 8)
            ctypes.memmove(RESULTS, struct.pack("<q", index + 1), 8)
    except BaseException:
        ctypes.memmove(RESULTS, struct.pack("<q", -1), 8)
        ctypes.memmove(RESULTS + 8, traceback.format_exc().encode()[:2000] + b"\0", 2001)
    os._exit(99)


def natively(libc: ctypes.CDLL, given: Case) -> tuple[Run, int]:
    """The host's answers, and the child's pid."""
    ctypes.memmove(BASE, TEXT[: 4 * PAGE], 4 * PAGE)
    ctypes.memset(RESULTS, 0, PAGE)
    master, peer = pty.openpty()
    # As a login opens it, by name: openpty's own descriptor lacks O_LARGEFILE.
    slave = os.open(os.ttyname(peer), os.O_RDWR | os.O_NOCTTY)
    os.close(peer)
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST  # the screen's newlines aren't our business
    attributes[3] &= ~(termios.ECHO | termios.ECHONL)
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    os.write(master, given.typed + b"\x04" * 8)
    pid = os.fork()
    if pid == 0:
        child(libc, given, slave)
    os.close(slave)
    output = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # EIO: no one has the other side open
            break
        output += piece
    _, status = os.waitpid(pid, 0)
    os.close(master)
    (count,) = struct.unpack("<q", ctypes.string_at(RESULTS, 8))
    assert count >= 0, ctypes.string_at(RESULTS + 8).decode()
    results = list(struct.unpack(f"<{count}q", ctypes.string_at(RESULTS + 8, 8 * count)))
    ended = count < len(given.calls)
    assert ended or os.waitstatus_to_exitcode(status) == 99
    code = os.waitstatus_to_exitcode(status) if ended else None
    memory = ctypes.string_at(RW, 2 * PAGE) + ctypes.string_at(RO, PAGE)
    return Run(results, output, memory, code), pid


def simulated(given: Case, pid: int) -> Run:
    """Our answers, as a process with the child's ids."""
    memory = PageMemory()
    memory.map(RW, 2 * PAGE)
    memory.map(RO, PAGE, Protection.READ)
    memory.poke(RW, TEXT[: 2 * PAGE])
    memory.poke(RO, TEXT[3 * PAGE : 4 * PAGE])
    kernel = Kernel(LINUX, memory, stdin=given.typed)
    process = kernel.process
    process.pid = process.tid = pid
    process.ppid = os.getpid()
    process.credentials = Credentials(os.getuid(), os.getgid(), os.geteuid(), os.getegid())
    process.files.limit = given.limit
    results = []
    for name, *arguments in given.calls:
        registers = Registers(rax=number(name))
        for register, argument in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments, strict=False):
            setattr(registers, register, argument)
        kernel.syscall(registers)
        if process.exit is not None:
            break
        results.append(registers.rax - (1 << 64) if registers.rax >> 63 else registers.rax)
    code = process.exit.code if process.exit is not None else None
    image = memory.copy_in(RW, 2 * PAGE) + memory.copy_in(RO, PAGE)
    return Run(results, kernel.terminal.written(), image, code)


def sign_bit_kernel() -> bool:
    """Whether the host's access_ok looks at an address's sign only (Linux 6.4 to 6.11)."""
    release = tuple(int(part) for part in platform.release().split(".")[:2])
    return (6, 4) <= release < (6, 12)


# Their addresses lie between the end of user memory and the non-canonical gap's end.
ABOVE_USER_MEMORY = {
    "write at the end of user memory",
    "write past the end of user memory",
    "read with a count past the address space",
}


@pytest.mark.parametrize("name", CASES)
def test_the_host_answers_the_same(name: str, libc: ctypes.CDLL, pages: int) -> None:
    if name in ABOVE_USER_MEMORY and sign_bit_kernel():
        pytest.skip("this kernel release checks only the sign of an address")
    host, pid = natively(libc, CASES[name])
    assert simulated(CASES[name], pid) == host


def random_call(rng: random.Random) -> Call:
    fd = rng.choice((0, 1, 2, 3, 4, 5, 7, 9, -1, 15, 16, 17))
    other = rng.choice((0, 1, 2, 3, 4, 5, 7, 9, -1, 15, 16, 17))
    command = rng.choice((F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, 777))
    flags = rng.choice((0, 1, O_APPEND, O_NONBLOCK, O_NOATIME, O_DIRECT, O_CLOEXEC, -1))
    address = rng.choice((RW, RW + 100, HOLE - 3, HOLE - 70, HOLE, RO, RO + 10, 0, KERNEL_HALF))
    count = rng.choice((0, 1, 3, 10, 64, 100, 3000))
    return rng.choice(
        (
            ("close", fd),
            ("dup", fd),
            ("dup2", fd, other),
            ("dup3", fd, other, rng.choice((0, O_CLOEXEC, 1))),
            ("fcntl", fd, command, rng.choice((flags, other))),
            ("read", fd, address, count),
            ("write", fd, address, count),
            ("write", fd, address, count),
        )
    )  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(40))
def test_the_host_answers_random_sequences_the_same(seed: int, libc: ctypes.CDLL, pages: int) -> None:
    rng = random.Random(seed)
    typed = b"".join(bytes(rng.choices(b"abcxyz ", k=rng.choice((0, 3, 70, 150)))) + b"\n" for _ in range(5))
    given = Case(tuple(random_call(rng) for _ in range(60)), typed, limit=16)
    host, pid = natively(libc, given)
    ours = simulated(given, pid)
    for call, theirs, mine in zip(given.calls, host.results, ours.results, strict=True):
        assert mine == theirs, call
    assert ours == host
