"""Darwin's number tables against Apple's headers and Go's tables."""

from __future__ import annotations

import re
from pathlib import Path

from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.errno import ALIASES, ERRNO
from kernel_stub.darwin.errno import BY_NAME as ERRNO_BY_NAME
from kernel_stub.darwin.mach_traps import MACH_TRAPS
from kernel_stub.darwin.signals import BY_NAME as SIGNAL_BY_NAME
from kernel_stub.darwin.signals import SIGNALS
from kernel_stub.darwin.syscall_names import SYSCALLS

HEADERS = """
#include <signal.h>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
"""
U64 = (1 << 64) - 1


def go_table(text: str, name: str) -> dict[int, str]:
    """One of Go's message tables: `var errors = [...]string{1: "...", ...}`."""
    body = text[text.index(f"var {name} = ") :]
    rows = re.findall(r'^\s*(\d+):\s*"(.*)",$', body[: body.index("\n}")], re.M)
    return {int(number): message for number, message in rows}


def go_messages(goroot: Path) -> str:
    return (goroot / "src/syscall/zerrors_darwin_amd64.go").read_text()


def capital(text: str) -> str:
    """Go writes a message's first letter small; Apple's strerror has it as a capital."""
    return text[0].upper() + text[1:]


def test_system_calls_are_gos_with_the_newer_name_winning(goroot: Path):
    files = ("src/syscall", "src/cmd/vendor/golang.org/x/sys/unix")  # from Apple's headers of 10.6 and 10.14
    real: dict[int, str] = {}
    for folder in files:
        text = (goroot / folder / "zsysnum_darwin_amd64.go").read_text()
        rows = {int(n): name.lower() for name, n in re.findall(r"^\s*SYS_(\w+)\s*=\s*(\d+)$", text, re.M)}
        assert len(rows) > 300
        real |= {n: name for n, name in rows.items() if name not in ("maxsyscall", "invalid")}
    newest = max(real)
    reused = {496, 497, 498}  # unassigned in 10.14, event links since
    ours = {n: name for n, name in SYSCALLS.items() if n <= newest and n not in reused}
    assert ours == real


def test_mach_traps_that_the_header_declares_have_numbers(apple_cc):
    text = apple_cc.run(["-E"], "#include <mach/mach_traps.h>\n#include <mach/mach_init.h>\n")
    traps = r"\b(_kernelrpc_\w+_trap|\w+_trap|swtch\w*|macx_\w+|\w+_for_(?:pid|task))\("
    declared = set(re.findall(traps, text))
    declared -= {
        "mach_vm_reclaim_update_kernel_accounting_trap",  # newer than the xnu sources that the table was read from
    }
    assert len(declared) > 25
    short = {name.removesuffix("_trap") for name in MACH_TRAPS.values()}
    assert {name for name in declared if name.removesuffix("_trap") not in short} == set()


def test_mach_traps_of_2008_keep_their_numbers():
    assert {n: MACH_TRAPS[n].removesuffix("_trap") for n in (26, 27, 28, 31, 33, 34, 36, 38)} == {
        26: "mach_reply_port",
        27: "thread_self",
        28: "task_self",
        31: "mach_msg",
        33: "semaphore_signal",
        34: "semaphore_signal_all",
        36: "semaphore_wait",
        38: "semaphore_timedwait",
    }


def test_errno_numbers_and_names_are_apples(apple_cc):
    headers = "#include <errno.h>\n"
    names = [n for n in apple_cc.macros(headers) if re.fullmatch(r"E[A-Z0-9]+", n) and n != "ELAST"]
    real = apple_cc.values(headers, names)
    assert len(real) > 100
    assert {name: row.number for name, row in ERRNO_BY_NAME.items()} == real


def test_errno_aliases_are_those_that_the_header_defines_by_name(apple_cc):
    macros = apple_cc.macros("#include <errno.h>\n")
    names = {n: t for n, t in macros.items() if re.fullmatch(r"E[A-Z0-9]+", n)}
    assert {n: text for n, text in names.items() if text.startswith("E")} == ALIASES


def test_errno_messages_are_gos_copy_of_strerror(goroot: Path):
    real = {n: capital(message) for n, message in go_table(go_messages(goroot), "errors").items()}
    assert len(real) == 105
    assert {row.number: row.message for row in ERRNO if row.number in real} == real


def test_messages_newer_than_gos_table_are_the_headers_comments(zigroot: Path):
    text = (zigroot / "libc/include/any-darwin-any/sys/errno.h").read_text()
    rows = re.findall(r"^#define (E\w+)\s+(\d+)\s+/\* (.*?) *\*/", text, re.M)
    comments = {int(n): words for name, n, words in rows if name != "ELAST"}
    newer = {row.number: row.message for row in ERRNO if row.number > 105}
    assert newer and newer == {n: comments[n] for n in newer}


def test_signal_numbers_are_apples(apple_cc):
    headers = "#include <signal.h>\n"
    real = apple_cc.values(headers, [n for n in apple_cc.macros(headers) if re.fullmatch(r"SIG[A-Z0-9]+", n)])
    del real["SIGSTKSZ"]
    assert {name: row.number for name, row in SIGNAL_BY_NAME.items()} == real


def test_signal_texts_are_gos_copy_of_strsignal(goroot: Path):
    real = {n: capital(text) for n, text in go_table(go_messages(goroot), "signals").items()}
    assert {row.number: row.description for row in SIGNALS} == real


def test_constants_are_apples(apple_cc):
    enums = {name for name in CONSTANTS if name.startswith(("P_", "CLOCK_"))}
    names = {name for name in apple_cc.macros(HEADERS) if name in CONSTANTS} | enums
    assert CONSTANTS.keys() == names
    real = apple_cc.values(HEADERS, names)
    assert {n: value & U64 for n, value in CONSTANTS.items()} == {n: value & U64 for n, value in real.items()}


def test_constants_are_gos(goroot: Path):
    pattern = r"^\s*([A-Z]\w+)\s*=\s*(-?0x[0-9a-f]+|-?\d+)$"
    real = {name: int(number, 0) for name, number in re.findall(pattern, go_messages(goroot), re.M)}
    common = real.keys() & CONSTANTS.keys()
    assert len(common) > 90
    assert {n: CONSTANTS[n] & U64 for n in common} == {n: real[n] & U64 for n in common}
