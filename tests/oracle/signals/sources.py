"""The programs: small assembly sources, one rule of the kernel each, built into ELF executables.

A file of `programs/` holds many. Each begins with a line

    === NAME | ENDING [OPTION...] | the rule, in one sentence

where ENDING is `exit N`, `killed SIGNAL`, `dumped SIGNAL` (killed, with a core) or `stopped SIGNAL` as the
host gives it. Options: `coarse` and `continue` (tracer.c), `typed` (a line waits at standard input).
Under it: Intel syntax with a routine `main`, whose result is the exit status, and these shorthands.

    @sys NAME, ARGUMENT...           a system call; an argument is an operand, or `&label`
    @install SIGNAL, HANDLER, FLAGS[, MASK]     rt_sigaction with our restorer
    @raise SIGNAL                    tgkill to ourselves
    @mask HOW, SET                   rt_sigprocmask
    @altstack FLAGS[, SIZE]          sigaltstack for the memory at `alt`
    @exit STATUS
    @resume LABEL                    where `skip`, the prelude's handler for faults, goes on

`M_SIGNAL` is a signal's bit in a mask; names of calls are SYS_NAME, context fields as in FIELDS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from asm.linker import link
from asm.program import Object, Program
from asm.sources import assemble_text
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.signals import BY_NAME, SIGNALS
from kernel_stub.linux.syscall_names import NUMBERS
from kernel_stub.tables import SignalRow

Shorthands = Mapping[str, Callable[..., Iterator[str]]]

ALT_SIZE = 0x4000
FOLDER = Path(__file__).parent
_HEAD = re.compile(r"^=== (?P<name>\S+) \| (?P<ending>[^|]+) \| (?P<rule>.+)$", re.M)
_MACRO = re.compile(r"^\s*(?P<label>\w+:)?\s*@(?P<name>\w+)\s*(?P<operands>[^;]*)")
_ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
_OPTIONS = frozenset(("coarse", "continue", "typed"))

# struct ucontext as a handler finds it at RDX, and siginfo at RSI.
FIELDS = {
    "UC_FLAGS": 0, "UC_LINK": 8, "UC_SS_SP": 16, "UC_SS_FLAGS": 24, "UC_SS_SIZE": 32,
    **{f"UC_{name}": 40 + 8 * i for i, name in enumerate((
        "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15", "RDI", "RSI", "RBP", "RBX", "RDX", "RAX",
        "RCX", "RSP", "RIP", "EFLAGS", "CS",
    ))},
    "UC_GS": 186, "UC_FS": 188, "UC_SS": 190, "UC_ERR": 192, "UC_TRAPNO": 200, "UC_OLDMASK": 208,
    "UC_CR2": 216, "UC_FPSTATE": 224, "UC_SIGMASK": 296, "UC_SIZE": 304,
    "SI_SIGNO": 0, "SI_ERRNO": 4, "SI_CODE": 8, "SI_PID": 16, "SI_UID": 20, "SI_VALUE": 24, "SI_ADDR": 16,
    "FP_MXCSR": 24, "FP_ST": 32, "FP_XMM": 160, "FP_MAGIC1": 464, "FP_EXTENDED_SIZE": 468,
    "FP_XFEATURES": 472, "FP_XSTATE_SIZE": 480, "FP_HEADER": 512,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """One program: where it stands, what it shows, how it ends on the host, and its text."""

    group: str
    name: str
    rule: str
    ending: str
    options: frozenset[str]
    text: str


def constants() -> dict[str, str]:
    """Every name that the programs may use for a number."""
    names = dict(CONSTANTS) | FIELDS | {"ALT_SIZE": ALT_SIZE}
    names |= {f"SYS_{name}": number for name, number in NUMBERS.items()}
    for name, row in BY_NAME.items():
        names |= {name: row.number, f"M_{name}": 1 << row.number - 1}
    return {name: str(value) for name, value in names.items()}


def sources() -> list[Source]:
    """All programs: those of the files in order, and one for each signal's default action."""
    found = [source for path in sorted((FOLDER / "programs").glob("*.s")) for source in read(path)]
    return found + [default_action(row) for row in SIGNALS]


ENDINGS = {"term": "killed {}", "core": "dumped {}", "stop": "stopped {}", "ignore": "exit 0", "continue": "exit 0"}


def default_action(row: SignalRow) -> Source:
    """A program that sends itself a signal that nobody handles, by kill: as the shell's user does."""
    rule = f"{row.name} by default: {row.action}."
    text = f"main:\n    @sys kill, [rip + self], {row.number}\n    ret\n"
    return Source("defaults", f"default_{row.name}", rule, ENDINGS[row.action].format(row.name), frozenset(), text)


def read(path: Path, options: frozenset[str] = _OPTIONS) -> Iterator[Source]:
    """The programs of one file; `options` are the words that may stand behind an ending."""
    text = path.read_text()
    heads = list(_HEAD.finditer(text))
    if len(heads) != len(re.findall("^===", text, re.M)):
        raise ValueError(f"{path.name}: a head that is not `=== NAME | ENDING | RULE`")
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        words = head["ending"].split()
        yield Source(
            path.stem, head["name"], head["rule"],
            " ".join(w for w in words if w not in options), options.intersection(words),
            text[head.end() : end],
        )  # fmt: skip


def build(source: Source, prelude: Object) -> Program:
    """The linked program."""
    text = ".globl main\n" + "\n".join(expand(source.text))
    return link([prelude, assemble_text(text, f"{source.name}.s", dialect="intel", defines=constants())])


def build_prelude() -> Object:
    """The routines and the memory that every program has."""
    text = "\n".join(expand((FOLDER / "prelude.s").read_text()))
    return assemble_text(text, "prelude.s", dialect="intel", defines=constants())


def expand(text: str, shorthands: Shorthands | None = None) -> Iterator[str]:
    """The lines with the shorthands spelt out: SHORTHANDS, or those given."""
    for line in text.splitlines():
        macro = _MACRO.match(line)
        if macro is None:
            yield line
            continue
        if macro["label"]:
            yield macro["label"]
        operands = [operand.strip() for operand in macro["operands"].split(",")] if macro["operands"].strip() else []
        yield from (shorthands or SHORTHANDS)[macro["name"]](*operands)


def _load(register: str, operand: str) -> str:
    if operand == register:
        return ""
    return f"lea {register}, [rip + {operand[1:]}]" if operand.startswith("&") else f"mov {register}, {operand}"


def _sys(name: str, *arguments: str) -> Iterator[str]:
    yield from map(_load, _ARGUMENTS, arguments)
    yield f"mov eax, SYS_{name}"
    yield "syscall"


def _install(signal: str, handler: str, flags: str, mask: str = "0") -> Iterator[str]:
    operand = handler if handler in ("SIG_DFL", "SIG_IGN") else f"&{handler}"
    yield from map(_load, _ARGUMENTS, (signal, operand, f"({flags})", f"({mask})"))
    yield "call install"


def _raise(signal: str) -> Iterator[str]:
    yield f"mov edi, {signal}"
    yield "call raise"


def _mask(how: str, signals: str) -> Iterator[str]:
    yield from map(_load, _ARGUMENTS, (how, f"({signals})"))
    yield "call mask"


def _altstack(flags: str, size: str = "ALT_SIZE") -> Iterator[str]:
    yield from map(_load, _ARGUMENTS, ("&alt", flags, size))
    yield "call altstack"


def _exit(status: str) -> Iterator[str]:
    yield from _sys("exit_group", status)


def _resume(label: str) -> Iterator[str]:
    yield f"lea rax, [rip + {label}]"
    yield "mov [rip + resume], rax"


SHORTHANDS: Shorthands = {
    "sys": _sys, "install": _install, "raise": _raise, "mask": _mask, "exit": _exit, "resume": _resume,
    "altstack": _altstack,
}  # fmt: skip
