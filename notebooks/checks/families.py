"""The programs of notebook 05: parents, children, and how parents wait. All are Intel syntax, for Linux."""

from __future__ import annotations

from emu import Code, assemble
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.signals import SIGNALS as ROWS
from kernel_stub.linux.syscall_names import NUMBERS

SIGNALS = {row.name: row.number for row in ROWS}
SA_RESTART, DEFAULT, IGNORE = CONSTANTS["SA_RESTART"], "0", "1"  # the last two are SIG_DFL and SIG_IGN
ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")


def call(name: str, *arguments: int | str) -> str:
    """The instructions of a system call; an argument that is a text is a variable, whose address is meant."""
    moves = (
        f"lea {register}, [rip + {value}]" if isinstance(value, str) else f"mov {register}, {value}"
        for register, value in zip(ARGUMENTS, arguments, strict=False)
    )
    return "\n".join((*moves, f"mov eax, {NUMBERS[name]}", f"syscall  // {name}", ""))


BLOCK, UNBLOCK = call("rt_sigprocmask", 0, "sigchld", 0, 8), call("rt_sigprocmask", 1, "sigchld", 0, 8)
SUSPEND = call("rt_sigsuspend", "nobody", 8)
WAITS = {  # ways to sleep in which nothing comes but the child's end
    "read": call("read", 3, "buffer", 64),
    "wait4": call("wait4", -1, 0, 0, 0),
    "futex": call("futex", "word", 0, 0, 0),
    "nanosleep": call("nanosleep", "five", "rest"),
    "poll": call("poll", 0, 0, 5000),
    "select": call("select", 0, 0, 0, 0, "five"),
    "pause": call("pause"),
    "rt_sigsuspend": SUSPEND,
}
ENDS = call("nanosleep", "pauses", 0) + call("exit_group", 7)
_KILL = "mov edi, ebx\nmov esi, {}\nmov eax, {}\nsyscall  // kill\n"
STOPS = (  # stops its parent, and lets it go on again
    call("getppid") + "mov ebx, eax\n" + _KILL.format(SIGNALS["SIGSTOP"], NUMBERS["kill"])
    + call("nanosleep", "pauses", 0) + _KILL.format(SIGNALS["SIGCONT"], NUMBERS["kill"]) + call("exit_group", 7)
)  # fmt: skip
HANDLER = "handler:\nret\n"


def family(waits: str, *, action: str = "handler", flags: int = 0, child: str = ENDS, seconds: int = 1) -> Code:
    """A parent that waits in some way, with an action for SIGCHLD, and a child that ends after some seconds."""
    return _program(
        call("rt_sigaction", SIGNALS["SIGCHLD"], "action", 0, 8) + call("pipe", "ends") + call("fork")
        + f"test eax, eax\njz child\n{waits}" + call("exit_group", 0) + f"child:\n{child}{HANDLER}",
        action, flags, seconds,
    )  # fmt: skip


def race(waits: str, before: str = "") -> Code:
    """A program that looks whether SIGCHLD has come, and waits in some way until it has."""
    return _program(
        before + call("rt_sigaction", SIGNALS["SIGCHLD"], "action", 0, 8)
        + f"again:\ncmp dword ptr [rip + word], 0\njne done\n{waits}jmp again\ndone:\n" + call("exit_group", 0)
        + "handler:\nmov dword ptr [rip + word], 1\nret\n",
    )  # fmt: skip


def reaping(handler: str, children: int = 3, seconds: int = 1) -> Code:
    """A parent of some children, all but one of which end at once. It goes on when `word` counts them all."""
    return _program(
        BLOCK + call("rt_sigaction", SIGNALS["SIGCHLD"], "action", 0, 8) + f"mov ebx, {children}\nborn:\n"
        + call("fork") + f"test eax, eax\njz child\ndec ebx\njnz born\nagain:\ncmp dword ptr [rip + word], {children}\n"
        + f"je done\n{SUSPEND}jmp again\ndone:\n" + call("exit_group", 0)
        + f"child:\ncmp ebx, 1\njne quick\n{call('nanosleep', 'pauses', 0)}quick:\n" + call("exit_group", 7)
        + f"{handler.strip()}\n",
        seconds=seconds,
    )  # fmt: skip


def _program(text: str, action: str = "handler", flags: int = 0, seconds: int = 1) -> Code:
    flags |= CONSTANTS["SA_RESTORER"] | CONSTANTS["SA_SIGINFO"]
    lines = f"_start:\n{text}restorer:\n{call('rt_sigreturn')}".splitlines()
    code = "\n".join(line if line.endswith(":") else f"    {line.strip()}" for line in lines)
    return assemble(f"""// dialect: intel
.globl _start
{code}
.data
action: .quad {action}, {flags:#x}, restorer, 0
sigchld: .quad {1 << SIGNALS["SIGCHLD"] - 1:#x}
nobody: .quad 0
pauses: .quad {seconds}, 0
five: .quad 5, 0
.bss
ends: .skip 8
word: .skip 8
rest: .skip 16
before: .skip 16
after: .skip 16
buffer: .skip 64
""")
