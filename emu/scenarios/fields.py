"""The format: every key that a file may have, what it takes and what it is for. One row each."""

from __future__ import annotations

from typing import Any

from emu.events import Ending
from emu.scenarios.kinds import Choice, Either, Field, Flag, ListOf, Number, Table, TableOf, Text

LEAST = -(1 << 63)
TEXT = Text()
INTEGER = Number(LEAST)
NUMBER_OR_NAME = Either((INTEGER, Text("a name of the system")))
COUNT = Number(0, 1 << 60)
RANGE = Either((COUNT, Text("a range such as 10..20 (either end may be left out)", r"\d*\.\.\d*")))
ONE_OR_MORE = Either((TEXT, ListOf(TEXT, 1)))
SYSTEM = Choice(("linux", "darwin"))

CALL = Table(
    (
        Field("symbol", TEXT, "The routine: a shipped stub by its command name, or a symbol of `source`."),
        Field("arguments", ListOf(Either((INTEGER, TEXT))), "See the key of that name outside."),
        Field("args", Number(0, 64), "How many 8-byte argument slots, where the source does not tell."),
        Field("results", Number(0, 64), "How many 8-byte result slots, where the source does not tell."),
    ),
    ("symbol",),
)
PROGRAM = Table(
    (
        Field("name", TEXT, "A shipped program, or the path of a static Linux executable."),
        Field("entry", TEXT, "With `source`: the symbol to start at."),
        Field("argv", ListOf(TEXT), "Arguments behind the program's own name."),
        Field("env", TableOf(TEXT), "The environment."),
    ),
)
INPUT = Table(
    (
        Field("milliseconds", COUNT, "When it arrives, after the start."),
        Field("text", TEXT, "What arrives."),
    ),
    ("milliseconds", "text"),
)
CONTENT = (
    Field("text", TEXT, "Its bytes, as text."),
    Field("hex", Text("pairs of hexadecimal digits", r"(?:[0-9a-fA-F]{2}\s*)*"), "Its bytes, in hexadecimal."),
)
MODE = Number(0, 0o7777)
OWNER = Number(0, (1 << 32) - 1)
MADE = Table(
    (
        *CONTENT,
        Field("host", TEXT, "Its bytes are those of a file of this computer, relative to the scenario's file."),
        Field("link", TEXT, "It is a symbolic link, and this is where it leads."),
        Field("directory", Flag(), "It is a directory."),
        Field("mode", MODE, "Its permissions: 0o644 for a file, 0o755 for a directory, unless told otherwise."),
        Field("uid", OWNER, "Its owner, if not the process's user."),
        Field("gid", OWNER, "Its group, if not the process's."),
    ),
)
FOUND = Table(
    (
        *CONTENT,
        Field("size", COUNT, "Its size in bytes."),
        Field("mode", MODE, "Its permissions."),
        Field("link", TEXT, "It is a symbolic link that leads there."),
        Field("directory", Flag(), "Whether it is a directory."),
        Field("absent", Flag(), "There is no such file."),
    ),
)
SIGNAL = Table(
    (
        Field("name", TEXT, "The signal, as in SIGSEGV."),
        Field("handler", TEXT, "The symbol of its handler."),
        Field("position", RANGE, "Instructions retired before it."),
        Field("alternate_stack", Flag(), "Whether its frame lies on the alternate stack."),
        Field("fields", TableOf(NUMBER_OR_NAME), "Fields of its frame by name, such as `uc_mcontext.rip`."),
        Field("si_code", NUMBER_OR_NAME, "Why it was sent, such as SEGV_MAPERR."),
        Field("si_addr", NUMBER_OR_NAME, "A fault's address, as a number or a symbol."),
        Field("si_pid", NUMBER_OR_NAME, "Who sent it."),
        Field("si_uid", NUMBER_OR_NAME, "Who sent it."),
    ),
    ("name",),
)
EXPECT = Table(
    (
        Field("results", TableOf(NUMBER_OR_NAME),
              'Result slots by name: a number, a name of the system, "any", or "unwritten". Numbers may be signed.'),
        Field("errno", NUMBER_OR_NAME, "The result slot `errno`: 0, or an error by name."),
        Field("stdout", TEXT, "All that was written to descriptor 1."),
        Field("stderr", TEXT, "All that was written to descriptor 2."),
        Field("exit", Either((Number(0, 255), Text("a signal (for other ends there is `ending`)", r"SIG\w+"))),
              "The exit status, or the signal that killed it."),
        Field("ending", Choice(tuple(ending.value for ending in Ending)),
              "How the run ended. Without this and `exit`, a routine has to return and a program to exit."),
        Field("preserved", ListOf(TEXT, 1),
              'Registers that hold at the end what they held at the start; "callee-saved" stands for rbx rbp r12 r13 '
              "r14 r15 rsp. Each gets a value of its own first, unless `registers` gives it one."),
        Field("registers", TableOf(INTEGER), "Registers at the end."),
        Field("writes", ListOf(TEXT),
              "Memory changes nowhere but in result slots, below the stack pointer, and in what is listed: an argument "
              "that points to a buffer, a data symbol, or a range such as 0x402000+16."),
        Field("memory", TableOf(TEXT),
              "What buffers hold at the end, by the argument that points to them: a first part."),
        Field("files", TableOf(Either((TEXT, FOUND))),
              "Files at the end, by their paths: all their bytes as text, or a table with what is to be so."),
        Field("file_changes", ListOf(TEXT),
              "Files change nowhere but in what is listed: none is made, written, renamed or taken away, none gets "
              "other permissions. A path that ends with a slash stands for all that is below it, too."),
        Field("syscalls", ListOf(TEXT),
              'Every system call in order, as the trace shows them. "*" is any text; "..." is any number of calls.'),
        Field("signals", ListOf(Either((TEXT, SIGNAL))), "Every signal that a handler was entered for, in order."),
        Field("instructions", RANGE, "How many instructions retired."),
        Field("positions", TableOf(RANGE), 'Where events happen: the event\'s text ("*" is any) to its position.'),
        Field("trace", TEXT, "A golden trace: a file beside this one, written by `ringside check --update`."),
    ),
)  # fmt: skip

_RUN = (
    Field("system", Either((SYSTEM, ListOf(SYSTEM, 1))), "The simulated system; with several, each case runs on each."),
    Field("dialect", Choice(("go", "go2008", "intel", "att")), "The syntax of `source`, if not its first line's."),
    Field("source", ONE_OR_MORE, "Assembly files, relative to this file; the first one has the routine."),
    Field("call", Either((TEXT, CALL)), "The routine to call: a shipped stub, or a symbol of `source`."),
    Field("program", Either((TEXT, PROGRAM)), "The program to run: a shipped one, an executable, or `source`."),
    Field("arguments", ListOf(Either((INTEGER, TEXT))),
          "Numbers, or text as on the command line: names, strings, &N for N zeroed bytes."),
    Field("registers", TableOf(INTEGER), "Registers at the start, where they are not zero."),
    Field("stdin", Either((TEXT, ListOf(INPUT))), "What descriptor 0 reads."),
    Field("files", TableOf(Either((TEXT, MADE))),
          "Files that are there at the start, by their paths (absolute, or from `cwd`): their bytes as text, or a "
          "table. Folders on the way are made."),
    Field("cwd", Text("an absolute path", r"/.*"), "The working directory, which is made if there is none."),
    Field("sigreturn_token", Flag(),
          "Darwin's sigreturn wants the token that the handler was entered with, as since 10.14."),
    Field("limit", Number(1, 1_000_000), "Instructions at most; 100,000 without it. Every step is kept."),
    Field("deliver", ListOf(Text("SIGNAL at POSITION", r"\s*\w+([-+]\d+)?(?:@|\s+at\s+)\d+\s*")),
          "Signals from outside, as in SIGCHLD at 12: position counts instructions."),
    Field("next", ListOf(Text("[CALL] returns VALUE", r"(?:\s*\w+)?\s*returns\s+\S+\s*")),
          "Answers instead of the kernel's, each used once: close returns -4095, returns EINTR."),
)  # fmt: skip
CASE = Table((Field("name", TEXT, "The case's name."), *_RUN, Field("expect", EXPECT, "What must come of it.")))
FILE = Table(
    (
        Field("title", TEXT, "What the file is about."),
        *_RUN,
        Field("expect", EXPECT, "What must come of it."),
        Field("case", ListOf(CASE, 1), "One run each: its keys come before those above, `expect` key by key."),
    )
)


def schema() -> dict[str, Any]:
    """JSON Schema of a file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Ringside scenario (*.ringside.toml)",
        **FILE.schema(),
    }
