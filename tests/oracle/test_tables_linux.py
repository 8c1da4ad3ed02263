"""Linux's number tables against the host's headers, C library and kernel, and against Go's tables."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
from pathlib import Path

import pytest

from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.errno import ALIASES as ERRNO_ALIASES
from kernel_stub.linux.errno import BY_NAME as ERRNO_BY_NAME
from kernel_stub.linux.errno import ERRNO
from kernel_stub.linux.signals import BY_NAME as SIGNAL_BY_NAME
from kernel_stub.linux.signals import BY_NUMBER as SIGNAL_BY_NUMBER
from kernel_stub.linux.syscall_names import NUMBERS, SYSCALLS

KERNEL_HEADERS = """
#include <asm/signal.h>
#include <linux/signal.h>
#include <asm/fcntl.h>
#include <linux/wait.h>
"""
LIBRARY_HEADERS = """
#define _GNU_SOURCE
#include <signal.h>
#include <fcntl.h>
#include <sched.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <linux/futex.h>
#include <asm/prctl.h>
"""
U64 = (1 << 64) - 1
FILLED_LATER = {335, 336}  # uretprobe (6.11) and uprobe (6.18) took numbers below the newest


def syscall_numbers(text: str) -> dict[int, str]:
    """Number to name, from the text of a unistd_64.h."""
    return {int(n): name for name, n in re.findall(r"#define __NR_(\w+)[ \t]+(\d+)", text)}


def go_constants(text: str, pattern: str) -> dict[str, int]:
    """The Go constants whose initialiser matches (a number in group 2)."""
    return {name: int(number, 0) for name, number in re.findall(pattern, text, re.M)}


def assert_same_up_to_newest(real: dict[int, str]) -> None:
    """Every row up to the newest that `real` knows is in both; ours may go further."""
    newest = max(real)
    late = FILLED_LATER - real.keys()
    assert {n: name for n, name in SYSCALLS.items() if n <= newest and n not in late} == real


def test_system_calls_are_the_host_headers(host_cc):
    macros = host_cc.macros("#include <asm/unistd_64.h>\n")
    real = {int(text): name[5:] for name, text in macros.items() if name.startswith("__NR_")}
    assert len(real) > 350
    assert_same_up_to_newest(real)


def test_system_calls_are_the_newest_kernel_headers(zigroot):
    header = zigroot / "libc/include/x86-linux-any/asm/unistd_64.h"
    real = syscall_numbers(header.read_text())
    assert len(real) > 350
    assert_same_up_to_newest(real)


def test_system_calls_are_gos(goroot: Path):
    text = (goroot / "src/syscall/zsysnum_linux_amd64.go").read_text()
    real = go_constants(text, r"^\s*SYS_(\w+)\s*=\s*(\d+)")
    assert len(real) > 300
    ours = {name.upper(): number for name, number in NUMBERS.items()}
    assert {name: ours.get(name) for name in real} == real


def test_errno_numbers_and_names_are_the_headers(host_cc):
    headers = "#include <errno.h>\n"
    names = [name for name in host_cc.macros(headers) if re.fullmatch(r"E[A-Z0-9]+", name)]
    real = host_cc.values(headers, names)
    assert len(real) > 130
    assert {name: row.number for name, row in ERRNO_BY_NAME.items()} == real


def test_errno_aliases_are_those_that_the_headers_define_by_name(host_cc):
    macros = host_cc.macros("#include <errno.h>\n")
    real = {n: t for n, t in macros.items() if re.fullmatch(r"E[A-Z0-9]+", n) and not t[0].isdigit()}
    assert real == ERRNO_ALIASES


def test_errno_messages_are_strerrors():
    libc = ctypes.CDLL(None)
    libc.strerror.restype = ctypes.c_char_p
    assert {row.number: row.message for row in ERRNO} == {
        row.number: libc.strerror(row.number).decode() for row in ERRNO
    }


def test_errno_numbers_are_gos(goroot: Path):
    text = (goroot / "src/syscall/zerrors_linux_amd64.go").read_text()
    real = go_constants(text, r"^\s*(E\w+)\s*=\s*Errno\((\w+)\)")
    assert len(real) > 130
    ours = {name: row.number for name, row in ERRNO_BY_NAME.items()}
    del ours["EHWPOISON"]  # newer than Go's table
    assert ours == real


def test_signal_numbers_are_the_headers(host_cc):
    headers = "#include <asm/signal.h>\n"
    other = {"SIGSTKSZ", "SIGRTMAX", "SIGUNUSED", "SIGLOST"}  # sizes and names of no signal of ours
    names = {n for n in host_cc.macros(headers) if re.fullmatch(r"SIG[A-Z0-9]+", n)} - other
    real = host_cc.values(headers, names) | host_cc.values("#include <signal.h>\n", ["SIGCLD"])
    ours = {n: row.number for n, row in SIGNAL_BY_NAME.items() if row.number < 32 or n == "SIGRTMIN"}
    assert ours == real


def test_the_last_signal_is_the_kernels():
    last = max(SIGNAL_BY_NUMBER)
    assert SIGNAL_BY_NAME["SIGRTMAX"].number == last  # that it can be sent: test_default_actions
    with pytest.raises(OSError, match="Invalid argument"):
        os.kill(os.getpid(), last + 1)


def test_signal_numbers_are_gos(goroot: Path):
    text = (goroot / "src/syscall/zerrors_linux_amd64.go").read_text()
    real = go_constants(text, r"^\s*(SIG\w+)\s*=\s*Signal\((\w+)\)")
    real.pop("SIGUNUSED", None)
    assert len(real) > 30
    assert {name: SIGNAL_BY_NAME[name].number for name in real} == real


def test_signal_texts_are_strsignals():
    assert {n: row.description for n, row in SIGNAL_BY_NUMBER.items() if n < 32} == {
        n: signal.strsignal(n) for n in range(1, 32)
    }


def cores_land_here() -> bool:
    """Whether the kernel writes core files into the working directory: then a test may cause some."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
    return "/" not in pattern and not pattern.startswith(("|", "@")) and limit == resource.RLIM_INFINITY


def default_action(number: int, folder: Path) -> str:
    """What the host kernel does to a fresh child that gets the signal and leaves its action default."""
    child = os.fork()
    if child == 0:
        try:
            os.chdir(folder)
            os.setpgid(0, 0)  # a group with a parent outside: in an orphaned one, terminal stops do nothing
            limit = resource.getrlimit(resource.RLIMIT_CORE)[1] if cores_land_here() else 0
            resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
            Path("/proc/self/coredump_filter").write_text("0")  # headers are enough: this process is large
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "stop"
    for file in folder.iterdir():
        file.unlink()
    if os.WIFSIGNALED(status):
        return "core" if os.WCOREDUMP(status) else "term"
    return "ignore"


@pytest.mark.parametrize("number", [n for n in SIGNAL_BY_NUMBER if n not in (32, 33)])
def test_default_actions_are_the_host_kernels(number: int, tmp_path: Path):
    expected: str = SIGNAL_BY_NUMBER[number].action
    if expected == "continue":
        expected = "ignore"  # to a process that runs
    if not cores_land_here() and expected == "core":
        expected = "term"  # wait cannot tell the two apart if no core is written
    assert default_action(number, tmp_path) == expected


def unsigned(value: int) -> int:
    return value & U64


def test_constants_are_the_headers(host_cc):
    enums = {name for name in CONSTANTS if name.startswith(("P_", "RUSAGE_", "ITIMER_"))}
    kernel = {name for name in host_cc.macros(KERNEL_HEADERS) if name in CONSTANTS}
    library = {n for n in host_cc.macros(LIBRARY_HEADERS) if n in CONSTANTS} | enums
    real = host_cc.values(LIBRARY_HEADERS, library - kernel) | host_cc.values(KERNEL_HEADERS, kernel)
    unknown = CONSTANTS.keys() - real.keys()
    assert len(unknown) < 10, f"the headers don't know {sorted(unknown)}"
    assert {n: unsigned(CONSTANTS[n]) for n in real} == {n: unsigned(value) for n, value in real.items()}


def test_constants_are_gos(goroot: Path):
    text = (goroot / "src/syscall/zerrors_linux_amd64.go").read_text()
    real = go_constants(text, r"^\s*([A-Z]\w+)\s*=\s*(-?0x[0-9a-f]+|-?\d+)$")
    common = real.keys() & CONSTANTS.keys()
    assert len(common) > 90
    common -= {"O_LARGEFILE"}  # Go has the C library's 0; the kernel's F_GETFL shows 0o100000
    assert {n: unsigned(CONSTANTS[n]) for n in common} == {n: unsigned(real[n]) for n in common}
