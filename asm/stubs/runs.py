"""Whole programs made of the stubs: what each links, what it is given to read, and how it ends.

A program's main·main is called by rt0.s, after minit and initsig; how a Linux program ends is what a host does
with the same executable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from asm.program import Program

ENTRIES = {"linux": "_rt0_amd64_linux", "darwin": "_rt0_amd64_darwin"}
COMMON = frozenset(("cast.s", "hooks.s", "sighandler/record.s", "sighandler/exit.s", "runs/sigsegv.s"))


class Arrival(NamedTuple):
    """Input that reaches descriptor 0 this many milliseconds after the program started."""

    milliseconds: int
    data: bytes


class Run(NamedTuple):
    """A program to run as a process of its own: its command name, and all that it takes to link it.

    `files` are paths for `read`; where two define a routine the first one counts. A program that reads
    descriptor 0 gets its `arrivals`, and never an end of file; None is for one that doesn't read. It ends
    with exit status `status`, or killed by `signal`, and has then written `stdout` and `stderr` to
    descriptors 1 and 2.
    """

    name: str
    system: str
    files: tuple[str, ...]
    summary: str
    arrivals: tuple[Arrival, ...] | None = None
    stdout: bytes | None = b""  # None: depends on where the program is linked
    stderr: bytes = b""
    status: int | None = 0
    signal: str | None = None  # with neither, it doesn't end: it faults again and again

    @property
    def entry(self) -> str:
        """The routine that it starts with."""
        return ENTRIES[self.system]


def located(system: str, *files: str) -> tuple[str, ...]:
    """The paths of a system's sources, of which some are the same on both."""
    return tuple(f"go2008/{'common' if file in COMMON else system}/{file}" for file in files)


_ROUTINES = ("rt0.s", "minit.s", "sigtab.s", "signals.s", "runtime.s", "threads.s", "syscall.s", "hooks.s")
_RECORD, _RESUME, _EXIT = ("sighandler/record.s",), ("sighandler/resume.s",), ("sighandler/exit.s",)
_INITSIG, _ALARM = ("initsig.s",), ("runs/alarm.s",)


_DARWIN_ROUTINES = ("rt0.s", "minit.s", "sigtab.s", "signals.s", "runtime.s", "syscall.s", "hooks.s")


_MACH_ROUTINES = ("runs/bare.s", "semaphores.s", "rt0.s", "runtime.s", "threads.s")


def _linux(*files: str) -> tuple[str, ...]:
    return located("linux", *files, *_ROUTINES)


def _darwin(*files: str) -> tuple[str, ...]:
    return located("darwin", *files, *_DARWIN_ROUTINES)


def _mach(*files: str) -> tuple[str, ...]:
    return located("darwin", *files, *_MACH_ROUTINES)


RUNS: tuple[Run, ...] = (
    Run("sigchld", "linux", _linux("runs/sigchld.s", *_INITSIG, *_RECORD),
        "sends itself SIGCHLD: sigignore, sigreturn, and on it goes",
        stdout=b"survived SIGCHLD\n"),
    Run("sigsegv", "linux", _linux("runs/sigsegv.s", *_INITSIG, *_EXIT),
        "faults at 0xf1: sighandler, on a stack of its own, prints the signal and exits",
        stderr=b"SIGSEGV\n", status=2),
    Run("sigsegv-resume", "linux", _linux("runs/sigsegv.s", *_INITSIG, *_RESUME),
        "faults at 0xf1: sighandler edits the saved RIP, where the program goes on",
        stdout=b"survived SIGSEGV\n"),
    Run("restart", "linux", _linux("runs/restart.s", *_ALARM, *_INITSIG, *_RECORD),
        "an alarm interrupts a read, which goes on after it: SA_RESTART",
        arrivals=(Arrival(200, b"hello\n"),), stdout=b"read went on: hello\n"),
    Run("eintr", "linux", _linux("runs/eintr.s", *_ALARM, *_INITSIG, *_RECORD),
        "an alarm interrupts a read, which fails with EINTR: no SA_RESTART",
        arrivals=(), stdout=b"read was interrupted\n"),
    Run("sigquit", "linux", _linux("runs/sigquit.s", *_INITSIG, *_RECORD),
        "sends itself SIGQUIT: sigtramp switches g, sigreturn brings the old one back",
        stdout=b"g was gsignal\n"),
    Run("sigquit-before", "linux", _linux("runs/sigquit.s", "before/sigtramp.s", *_INITSIG, *_RECORD),
        "sigquit with the sigtramp before the commit: sighandler sees the wrong g",
        stdout=b"g was g0\n"),
    Run("before-restorer", "linux",
        _linux("runs/sigquit.s", "before/sigtramp.s", "before/initsig.s", *_RECORD),
        "sigquit with the initsig before the commit: the mask is taken for a restorer",
        status=None, signal="SIGSEGV"),
    Run("no-restorer", "linux", _linux("runs/sigquit.s", "runs/norestorer.s", *_RECORD),
        "sigquit with an initsig that leaves out SA_RESTORER: no handler ever runs",
        status=None, signal="SIGSEGV"),
    Run("sigactions", "linux", _linux("runs/sigactions.s", *_INITSIG, *_RECORD),
        "reads back what initsig installed, and writes it as it is",
        stdout=None),
    Run("fork", "linux", _linux("runs/fork.s", *_INITSIG, *_RECORD),
        "forks: the child writes and exits with 7, the parent waits and gets SIGCHLD",
        stdout=b"child\nchild exited with 7\n"),
    Run("sigchld", "darwin", _darwin("runs/sigchld.s", *_INITSIG, *_RECORD),
        "sends itself SIGCHLD: sigtramp, sigreturn, and on it goes",
        stdout=b"survived SIGCHLD\n"),
    Run("sigsegv", "darwin", _darwin("runs/sigsegv.s", *_INITSIG, *_EXIT),
        "faults at 0xf1: sighandler, on a stack of its own, prints the signal and exits",
        stderr=b"SIGSEGV\n", status=2),
    Run("sigsegv-resume", "darwin", _darwin("runs/sigsegv.s", *_INITSIG, *_RESUME),
        "faults at 0xf1: sighandler edits the saved RIP, where the program goes on",
        stdout=b"survived SIGSEGV\n"),
    Run("restart", "darwin", _darwin("runs/restart.s", *_ALARM, *_INITSIG, *_RECORD),
        "an alarm interrupts a read, which goes on after it: SA_RESTART",
        arrivals=(Arrival(200, b"hello\n"),), stdout=b"read went on: hello\n"),
    Run("eintr", "darwin", _darwin("runs/eintr.s", *_ALARM, *_INITSIG, *_RECORD),
        "an alarm interrupts a read, which fails with EINTR: no SA_RESTART",
        arrivals=(), stdout=b"read was interrupted\n"),
    Run("sigquit", "darwin", _darwin("runs/sigquit.s", *_INITSIG, *_RECORD),
        "sends itself SIGQUIT: sigtramp switches g, sigreturn brings the old one back",
        stdout=b"g was gsignal\n"),
    Run("sigquit-before", "darwin", _darwin("runs/sigquit.s", "before/sigtramp.s", *_INITSIG, *_RECORD),
        "sigquit with the sigtramp before the commit: its RET finds no return address",
        status=None),
    Run("sigtramp-before", "darwin", _darwin("runs/sigchld.s", "before/sigtramp.s", *_INITSIG, *_RECORD),
        "sigchld with the sigtramp before the commit: its RET finds no return address",
        status=None),
    Run("fork", "darwin", _darwin("runs/fork.s", *_INITSIG, *_RECORD),
        "forks: the second result in RDX tells the child; the parent waits and gets SIGCHLD",
        stdout=b"child\nchild exited with 7\n"),
    Run("semaphore", "darwin", _mach("runs/semaphore.s"),
        "makes a semaphore with a message, signals, waits, times out, destroys it",
        stdout=b"semaphore done\n"),
    Run("thread", "darwin", _mach("runs/thread.s"),
        "starts a second thread, which signals a semaphore and ends: the first one waits",
        stdout=b"thread signalled\n"),
)  # fmt: skip

_INDEX = {(run.name, run.system): run for run in RUNS}


def find_run(name: str, system: str) -> Run | None:
    """The program of that command name (in any case) on "linux" or "darwin", or None."""
    return _INDEX.get((name.lower(), system))


def linked(run: Run) -> Program:
    """The program, ready to be loaded or written as an executable."""
    from asm.linker import link
    from asm.sources import assemble_text
    from asm.stubs.catalogue import read

    objects = [assemble_text(read(path), path) for path in run.files]
    return link(objects, entry=run.entry)
