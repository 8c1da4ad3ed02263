"""The Darwin programs: small assembly sources, one rule of the kernel each.

They are written as those that tests/oracle compares with the host (see its `signals/sources.py`), for a system
that no host of ours runs: so each says where its rule comes from, and checks everything itself. A head is

    === NAME | ENDING [OPTION...] | the rule, in one sentence | xnu's source file:function

where ENDING is `exit N`, `killed SIGNAL`, `dumped SIGNAL` (killed, with a core), `stopped SIGNAL`, `sleeps for
ever` or `faults for ever`. Options: `token` (sigreturn looks at its token, as systems since 10.14 can) and
`continue` (once the program has stopped or sleeps, its parent sends SIGCONT). Besides the shorthands of the
others, of which `@sys` also makes Mach traps, there are

    @check A, B          A and B are equal, as CMP has it; else the test fails here
    @carry, @clear       the carry flag is set; it is clear
    @fails ERRNO         the call before answered with that errno: the carry flag, and a positive number in RAX
    @answers VALUE       the call before answered with that: the carry flag is clear
    @tramp LABEL         the trampoline of the actions that are set from now on
    @arm MICROSECONDS    SIGALRM once

Names: M_SIGNAL is a signal's bit in a mask; UC_, MC_ and SI_ are offsets in ucontext64, mcontext64 and siginfo.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from asm.linker import link
from asm.program import Object, Program
from asm.sources import assemble_text
from kernel_stub.darwin.abi import MACH, MACHDEP, UNIX
from kernel_stub.darwin.constants import CONSTANTS
from kernel_stub.darwin.errno import BY_NAME as ERRNOS
from kernel_stub.darwin.mach_traps import NUMBERS as TRAPS
from kernel_stub.darwin.machdep import NUMBERS as MACHDEP_CALLS
from kernel_stub.darwin.signals import BY_NAME as SIGNALS
from kernel_stub.darwin.syscall_names import NUMBERS
from tests.oracle.signals import sources as shared
from tests.oracle.signals.sources import Source, expand, read

FOLDER = Path(__file__).parent
OPTIONS = frozenset(("token", "continue"))

# Offsets and sizes as in Apple's headers, not as our kernel declares them.
THREAD_STATE = (
    "RAX", "RBX", "RCX", "RDX", "RDI", "RSI", "RBP", "RSP", *(f"R{n}" for n in range(8, 16)), "RIP", "RFLAGS", "CS",
    "FS", "GS",
)  # fmt: skip
FIELDS = {
    "UC_ONSTACK": 0, "UC_SIGMASK": 4, "UC_SS_SP": 8, "UC_SS_SIZE": 16, "UC_SS_FLAGS": 24, "UC_LINK": 32,
    "UC_MCSIZE": 40, "UC_MCONTEXT": 48, "UC_SIZE": 56,
    "SI_SIGNO": 0, "SI_ERRNO": 4, "SI_CODE": 8, "SI_PID": 12, "SI_UID": 16, "SI_STATUS": 20, "SI_ADDR": 24,
    "SI_VALUE": 32, "SI_BAND": 40, "SI_SIZE": 104,
    "MC_TRAPNO": 0, "MC_ERR": 4, "MC_FAULTVADDR": 8,
    **{f"MC_{name}": 16 + 8 * i for i, name in enumerate(THREAD_STATE)},
    "MC_MXCSR": 216, "MC_XMM0": 352, "MC_SIZE": 712,
    "UC_TRAD": 1, "UC_FLAVOR": 30, "UC_SET_ALT_STACK": 0x40000000, "UC_RESET_ALT_STACK": 0x80000000,
    "SA_VALIDATE": 0x400, "RED_ZONE": 128, "CF": 1, "DF": 0x400, "TF": 0x100, "ALT_SIZE": 0x4000,
    "KERN_SUCCESS": 0, "KERN_INVALID_ARGUMENT": 4, "KERN_ABORTED": 14, "KERN_INVALID_NAME": 15,
    "KERN_INVALID_VALUE": 18, "KERN_TERMINATED": 37, "KERN_OPERATION_TIMED_OUT": 49,
    "MACH_RCV_TIMED_OUT": 0x10004003, "MACH_SEND_INVALID_DEST": 0x10000003, "MACH_RCV_INVALID_NAME": 0x10004002,
    "CLASS_UNIX": UNIX, "CLASS_MACH": MACH, "CLASS_MACHDEP": MACHDEP,
}  # fmt: skip

# What a signal does that nobody handles (bsd/sys/signalvar.h: sigprop).
DEFAULTS = {
    "killed {}": (1, 2, 9, 13, 14, 15, 24, 25, 26, 27, 30, 31),
    "dumped {}": (3, 4, 5, 6, 7, 8, 10, 11, 12),
    "stopped {}": (17, 18, 21, 22),
    "exit 0": (16, 19, 20, 23, 28, 29),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One program, and where its rule comes from: a file of xnu's, with the function."""

    source: Source
    origin: str


@cache
def constants() -> dict[str, str]:
    """Every name that the programs may use for a number."""
    names = dict(CONSTANTS) | FIELDS
    names |= {name: row.number for name, row in ERRNOS.items()}
    names |= {f"SYS_{name}": UNIX | number for name, number in NUMBERS.items()}
    names |= {f"SYS_{name}": MACH | number for name, number in TRAPS.items()}
    names |= {f"SYS_{name}": MACHDEP | number for name, number in MACHDEP_CALLS.items()}
    for name, row in SIGNALS.items():
        names |= {name: row.number, f"M_{name}": 1 << row.number - 1}
    return {name: str(value) for name, value in names.items()}


def rules() -> list[Rule]:
    """All programs: those of the files in order, and one for each signal's default action."""
    found = []
    for path in sorted((FOLDER / "programs").glob("*.s")):
        for source in read(path, OPTIONS):
            text, _, origin = source.rule.rpartition(" | ")
            found.append(Rule(replace(source, rule=text), origin))
    return found + list(default_actions())


def default_actions() -> Iterator[Rule]:
    """Programs that send themselves a signal that nobody handles."""
    names = {row.number: name for name, row in SIGNALS.items() if name != "SIGIOT"}
    for ending, numbers in DEFAULTS.items():
        for number in numbers:
            name = names[number]
            text = f"main:\n    @sys kill, [rip + self], {number}, 1\n    @answers 0\n    xor eax, eax\n    ret\n"
            source = Source(
                "defaults", f"default_{name}", f"{name} by default.", ending.format(name), frozenset(), text
            )
            yield Rule(source, "bsd/sys/signalvar.h:sigprop")


@cache
def build(source: Source) -> Program:
    """The linked program."""
    return link([prelude(), _assemble(f"{source.name}.s", ".globl main\n" + source.text)])


@cache
def prelude() -> Object:
    """The routines and the memory that every program has."""
    return _assemble("prelude.s", (FOLDER / "prelude.s").read_text())


def _assemble(name: str, text: str) -> Object:
    """With the numbers that it names: each one costs time, and there are a thousand."""
    spelt_out = "\n".join(expand(text, SHORTHANDS))
    known = constants()
    used = {word: known[word] for word in re.findall(r"\w+", spelt_out) if word in known}
    return assemble_text(spelt_out, name, dialect="intel", defines=used)


def _unless(jump: str, what: str) -> Iterator[str]:
    """The comment says, where the source line is shown, what did not hold."""
    yield from (f"{jump} 99f", f"call failed ; {what}", "99:")


def _check(left: str, right: str) -> Iterator[str]:
    yield f"cmp {left}, {right}"
    yield from _unless("je", f"{left} is {right}")


def _carry() -> Iterator[str]:
    yield from _unless("jc", "the carry flag is set")


def _clear() -> Iterator[str]:
    yield from _unless("jnc", "the carry flag is clear")


def _fails(errno: str) -> Iterator[str]:
    yield from _unless("jc", f"the call fails, with {errno}")
    yield from _check("rax", errno)


def _answers(value: str) -> Iterator[str]:
    yield from _unless("jnc", f"the call answers, with {value}")
    yield from _check("rax", value)


def _exit(status: str) -> Iterator[str]:
    yield from shared.SHORTHANDS["sys"]("exit", status)


def _tramp(label: str) -> Iterator[str]:
    yield from (f"lea rax, [rip + {label}]", "mov [rip + trampoline], rax")


def _arm(microseconds: str) -> Iterator[str]:
    yield from (f"mov rdi, {microseconds}", "call arm")


SHORTHANDS: shared.Shorthands = {
    **shared.SHORTHANDS, "check": _check, "carry": _carry, "clear": _clear, "fails": _fails, "answers": _answers,
    "exit": _exit, "tramp": _tramp, "arm": _arm,
}  # fmt: skip
