"""One machine to step, run, look at and change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from emu import arguments as typed
from emu.errors import UserError
from emu.frontends.notebook.drive import Drive
from emu.frontends.notebook.inspected import Inspected
from emu.frontends.notebook.plan import Argument, Startable, Target, Texts, plan
from emu.frontends.notebook.rich import Block, Prose
from emu.frontends.notebook.trace import Trace
from emu.mounts import write_back

if TYPE_CHECKING:
    from emu.frontends.notebook.widget import StepperWidget

LIMIT = 100_000  # instructions that a notebook keeps


class Session(Inspected):
    """A machine that is stopped somewhere in a run: look at it, change it, let it go on.

    The arguments are those of `trace`. `step` and `run` go on and return a Trace of what ran; `trace` is all of it.
    What the guest changes in mounts stays with it until `write_back`.

    >>> from emu import Session
    >>> s = Session("sigsegv-resume")
    >>> part = s.run(signal="SIGSEGV")                  # to where the handler is entered
    >>> s.name(s.registers.rip), s.name(s.frame["uc_mcontext.rip"])
    ('sigtramp', 'notok+5')
    >>> s.frame["uc_mcontext.rip"] = s.address("main.main") + 5
    >>> s.run(syscall="rt_sigreturn").ending            # before the SYSCALL: the run goes on
    ''
    >>> s.step().events[0].text
    'rt_sigreturn() = ?'
    """

    def __init__(
        self,
        target: Target,
        *arguments: Argument,
        system: str = "linux",
        returns: int | str | None = None,
        stdin: str | bytes = b"",
        deliver: Texts = (),
        mount: Texts = (),
        cwd: str | None = None,
        files: Mapping[str, str | bytes] | None = None,
        sigreturn_token: bool = False,
    ) -> None:
        self.plan: Startable = plan(
            target, arguments, system, returns, stdin, deliver, mount, cwd, files, sigreturn_token
        )
        self._begin()

    @classmethod
    def of(cls, plan: Startable) -> Session:
        """A session of what a plan starts."""
        session = cls.__new__(cls)
        session.plan = plan
        session._begin()
        return session

    def _begin(self) -> None:
        self._drive = Drive(self.plan)
        self.subject, self.machine = self._drive.subject, self._drive.machine

    # Going on -----------------------------------------------------------------------------------------

    def step(self, count: int = 1) -> Trace:
        """Lets `count` instructions run; one that faults instead counts, and so does what the kernel does alone."""
        if not isinstance(count, int) or count < 1:
            raise UserError(f"a number of steps is at least 1, not {count!r}")
        return self._drive.step(count)

    def run(
        self,
        *,
        at: int | str | None = None,
        syscall: str | None = None,
        signal: str | None = None,
        position: int | None = None,
        limit: int = LIMIT,
    ) -> Trace:
        """Runs to the end, or to the first of these: `at`, before the instruction at an address or a symbol;
        `syscall`, before the SYSCALL of that name; `signal`, when its handler is entered; `position`, when so many
        instructions have retired. At most `limit` instructions. Raises UserError for unknown names."""
        if not isinstance(limit, int) or limit < 1:
            raise UserError(f"limit is a number of instructions, at least 1, not {limit!r}")
        budget = limit
        if position is not None:
            if position < self.position:
                raise UserError(f"the run is at position {self.position} already; restart() goes back to its start")
            budget = min(limit, position - self.position)
        stop = self._drive.stop(None if at is None else self.address(at), syscall)
        name = None if signal is None else self._drive.known_signal(signal)
        return self._drive.run(stop, name, budget, limit)

    def view(self) -> StepperWidget:
        """The stepper view, live: forward runs the machine on from where it stands, back shows what was recorded.
        What the view runs is not in `trace`. Needs anywidget (the extra `notebook`)."""
        from emu.frontends.notebook.widget import StepperWidget

        return StepperWidget.live(
            self.subject, self._drive.stepper, title=self._drive.title, command=self.plan.command
        )

    def restart(self) -> None:
        """Back to the start, in a fresh machine; changes that were made are gone."""
        self._begin()

    # How things stand ---------------------------------------------------------------------------------

    @property
    def system(self) -> str:
        """The system's name."""
        return self.machine.kernel.personality.name

    @property
    def position(self) -> int:
        """Instructions retired since the start."""
        return self.machine.position

    @property
    def over(self) -> bool:
        """Whether nothing will run any more."""
        return self._drive.over

    @property
    def trace(self) -> Trace:
        """All that ran so far."""
        return self._drive.since(0, 0)

    # Changing -----------------------------------------------------------------------------------------

    def clear_bits(self) -> None:
        """Clears the accessed and dirty bits of all pages, so that what touches them next shows (as a kernel does to
        find out what a process uses: /proc/PID/clear_refs)."""
        self.machine.space.clear_accessed()

    def answer(self, value: int | str) -> None:
        """Lets the next system call answer a number, or fail with an errno by name, instead of being run."""
        typed.inject(self.machine.kernel, str(value))

    def deliver(self, signal: str, position: int | None = None) -> None:
        """Sends a signal as the parent process would, before the next instruction or at a position."""
        typed.deliver(self.machine.kernel, f"{signal}@{self.position if position is None else position}")

    def write_back(self) -> None:
        """What the guest changed in mounts with `:rw`, to this computer's files. Raises UserError."""
        write_back(self.machine.kernel, self.plan.mounts)

    # Showing ------------------------------------------------------------------------------------------

    def blocks(self) -> Iterator[Block]:
        yield Prose(self._drive.title)
        ended = self._drive.stepper.ended
        if ended is not None and self.over:
            yield Prose(self._drive.words(ended))
            return
        rip = self.machine.cpu.registers.rip
        source = self.subject.program.line_at(rip)
        following = f": {' '.join(source.text.split())}" if source else ""
        yield Prose(f"position {self.position}, at {self.name(rip) or hex(rip)}{following}")
