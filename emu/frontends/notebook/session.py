"""One machine to step, run, look at and change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emu import arguments as typed
from emu.engine import RECORDED
from emu.errors import UserError
from emu.frontends.notebook.drive import Drive
from emu.frontends.notebook.frame import Frame
from emu.frontends.notebook.memory import Memory
from emu.frontends.notebook.pages import PageTable, Regions, Walk
from emu.frontends.notebook.plan import Argument, Startable, Target, plan
from emu.frontends.notebook.registers import Registers
from emu.frontends.notebook.rich import Block, Prose, Rich, close_to
from emu.frontends.notebook.trace import Trace
from emu.frontends.wording import symbol_text
from emu.page_walk import pages, peek, walk
from kernel_stub.cpu import MASK64, BadAddress
from kernel_stub.events import FramePiece

if TYPE_CHECKING:
    from emu.frontends.notebook.widget import StepperWidget

LIMIT = 100_000  # instructions that a notebook keeps


class Session(Rich):
    """A machine that is stopped somewhere in a run: look at it, change it, let it go on.

    The arguments are those of `trace`. `step` and `run` go on and return a Trace of what ran; `trace` is all of it.

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
        deliver: str | list[str] | tuple[str, ...] = (),
    ) -> None:
        self.plan: Startable = plan(target, arguments, system, returns, stdin, deliver)
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

    # Looking ------------------------------------------------------------------------------------------

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

    @property
    def registers(self) -> Registers:
        """The registers now; they can be set: `session.registers.rip = 0x400030`."""
        frame = self.machine.cpu.registers
        values = {name: getattr(frame, name) for name in (*RECORDED, "cs", "ss")}
        return Registers(values, naming=self.name, put=lambda name, value: setattr(frame, name, value))

    @property
    def frame(self) -> Frame:
        """The frame of the handler that runs now, as it is in memory; it can be written to. Raises UserError."""
        if not self.subject.labels.frames:
            raise UserError("no handler runs now: run(signal=...) stops where one is entered")
        pieces = [
            FramePiece(piece.address, piece.layout, self.read(piece.address, len(piece.data)), piece.unwritten)
            for piece in self.subject.labels.frames[-1]
        ]
        event, names = self._drive.delivered.get(pieces[0].address), self._drive.scribe.names
        return Frame(pieces, names, self.machine.kernel.personality, event=event, store=self.write)

    def address(self, name: int | str) -> int:
        """The address of a symbol (`main.main`), a slot (`r1`), or a field of the frame (`uc_mcontext.rip`)."""
        if isinstance(name, int):
            if not 0 <= name < 1 << 64:
                raise UserError(f"{name:#x} is no address: they have 64 bits")
            return name
        base, plus, offset = name.partition("+")
        if plus and offset.strip().isdigit():
            return self.address(base.strip()) + int(offset)
        known = self._addresses()
        if name in known:
            return known[name]
        try:
            return self.subject.program.find(name).address
        except LookupError:
            names = [*known, *(symbol_text(placed.symbol) for placed in self.subject.program)]
            raise UserError(f"nothing is called {name!r}: {close_to(name, names)}") from None

    def name(self, address: int) -> str | None:
        """What lies at an address: `main.main+5`, `uc_mcontext.rip`; None where nothing has a name."""
        return self.subject.labels.name(address)

    def read(self, where: int | str, size: int = 8) -> bytes:
        """Memory from an address or a name on. It counts as no access: no bit of a page changes. Raises UserError."""
        address = self.address(where)
        data = peek(self.machine.space, address, size)
        if len(data) < size:
            raise UserError(f"there is no page at {address + len(data):#x}: walk({address + len(data):#x}) shows why")
        return data

    def word(self, where: int | str, size: int = 8) -> int:
        """The unsigned number of `size` bytes at an address or a name."""
        return int.from_bytes(self.read(where, size), "little")

    def memory(self, where: int | str = "rsp", size: int = 64) -> Memory:
        """Memory as a table of words with their names, from an address or a name on, or from where a register
        points: the stack, if nothing else is said. Raises UserError."""
        registers = self.registers
        address = registers[where] if isinstance(where, str) and where in registers else self.address(where)
        return Memory(address, self.read(address, size), self.name, {registers.rsp: "RSP"})

    def walk(self, where: int | str) -> Walk:
        """The page-table walk to an address or a name."""
        address = self.address(where)
        region = self.machine.kernel.process.space.find(address)
        return Walk(address, walk(self.machine.space, address), region)

    @property
    def pages(self) -> PageTable:
        """All pages of the process, with their bits."""
        return PageTable(list(pages(self.machine.space)), self._region)

    @property
    def regions(self) -> Regions:
        """What the process's addresses are for."""
        return Regions(self.machine.kernel.process.space.regions)

    def _region(self, address: int) -> str:
        region = self.machine.kernel.process.space.find(address)
        return region.name if region else ""

    def _addresses(self) -> dict[str, int]:
        labels = self.subject.labels
        known = {label.name: label.address for label in labels.ranges}
        for frame in labels.frames:
            for piece in frame:
                known |= {path: piece.address + field.offset for path, field in piece.layout.fields.items() if path}
        return known

    # Changing -----------------------------------------------------------------------------------------

    def write(self, where: int | str, value: int | bytes) -> None:
        """Puts bytes, or a number of 8 bytes, where an address or a name says, on read-only pages, too."""
        address = self.address(where)
        if not isinstance(value, (int, bytes)):
            raise UserError(f"memory takes bytes, or a number of 8 bytes, not {value!r}")
        data = value if isinstance(value, bytes) else (value & MASK64).to_bytes(8, "little")
        try:
            self.machine.space.poke(address, data)
        except BadAddress as bad:
            raise UserError(f"there is no page at {bad.address:#x}: walk({bad.address:#x}) shows why") from None

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
