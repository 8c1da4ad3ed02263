"""A run that goes on piece by piece, and is written down: what a Session drives."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

from emu import start
from emu.errors import UserError
from emu.events import Ended, Ending, Interlude, Step
from emu.frontends.notebook.plan import Startable
from emu.frontends.notebook.rich import close_to
from emu.frontends.notebook.scribe import Entry, Scribe
from emu.frontends.notebook.trace import Outcome, Setting, Trace
from emu.frontends.wording import argument_text, ending_text, symbol_text
from emu.loaders.call import Call
from emu.page_walk import peek
from emu.stepper import Stepper
from kernel_stub.events import SignalDelivered

_SYSCALL = b"\x0f\x05"


class Drive:
    """What a plan started. `entries` is what ran, `delivered` the last delivery by the address of its frame."""

    def __init__(self, plan: Startable) -> None:
        self.plan, self.subject = plan, plan.start()
        self.machine = self.subject.machine
        self.stepper = Stepper(self.machine, self.subject.program)
        self.scribe = Scribe(self.subject, self.stepper)
        self.entries: list[Entry] = []
        self.delivered: dict[int, SignalDelivered] = {}

    @property
    def over(self) -> bool:
        """Whether nothing will run any more."""
        ended = self.stepper.ended
        return ended is not None and ended.ending != Ending.BUDGET

    # Going on -----------------------------------------------------------------------------------------

    def step(self, count: int) -> Trace:
        """So many moments, as far as there are any."""
        first, output = len(self.entries), len(self.terminal)
        while len(self.entries) - first < count and self._one():
            pass
        return self.since(first, output)

    def run(self, stop: Callable[[], bool] | None, signal: str | None, budget: int, limit: int) -> Trace:
        """To the end, to where `stop` says so, to the signal's handler, at most `budget` instructions. That these
        are used up is told where they are the `limit`."""
        first, output = len(self.entries), len(self.terminal)
        end = self.machine.position + budget
        if stop is None:
            self._all(budget, signal)
        else:
            while self.machine.position < end and self._one(signal) and not stop():
                pass
        spent = budget == limit and self.machine.position >= end
        return self.since(first, output, spent=spent)

    def _all(self, budget: int, signal: str | None) -> None:
        """At full speed, to the end of the budget, or to where the signal's handler is entered."""
        if self.over or not budget:
            return
        for moment in self.stepper.steps(budget):
            self._take(moment)
            if signal and _delivers(moment, signal):
                return

    def _one(self, signal: str | None = None) -> bool:
        """The next moment, with the machine as it is right behind it. Whether to go on."""
        if self.over:
            return False
        steps = self.stepper.steps(1)
        moment = next(steps, None)
        if moment is not None:
            self._take(moment)
        if moment is None or self._may_be_over:
            for more in steps:  # it looks how the run ended
                self._take(more)
        return not self.over and not (moment is not None and signal and _delivers(moment, signal))

    @property
    def _may_be_over(self) -> bool:
        machine = self.machine
        returned = machine.cpu.exit_address == machine.cpu.registers.rip
        return machine.exited or machine.stuck or returned

    def _take(self, moment: Step | Interlude) -> None:
        self.entries.append(self.scribe.tell(moment))
        for event in moment.events:
            if isinstance(event, SignalDelivered):
                self.delivered[event.pieces[0].address] = event

    # Where to stop ------------------------------------------------------------------------------------

    def stop(self, address: int | None, syscall: str | None) -> Callable[[], bool] | None:
        """Whether the machine is at the address, or before that system call; None where it need not be asked.

        Raises UserError for a call that the system hasn't.
        """
        machine, system = self.machine, self.machine.kernel.personality
        if syscall is not None and syscall not in system.numbers:
            raise UserError(f"{syscall!r} is no system call of {system.name}: {close_to(syscall, system.numbers)}")

        def reached() -> bool:
            registers = machine.cpu.registers
            if registers.rip == address:
                return True
            if syscall is None or peek(machine.space, registers.rip, len(_SYSCALL)) != _SYSCALL:
                return False
            number = system.number(registers.values)
            row = system.table.get(number)
            return (row.name if row is not None else system.refuse(number).name) == syscall

        return None if address is None and syscall is None else reached

    def known_signal(self, name: str) -> str:
        """The signal's name. Raises UserError for one that the system hasn't."""
        system = self.machine.kernel.personality
        if name not in system.signals:
            raise UserError(f"{name!r} is no signal of {system.name}: {close_to(name, system.signals)}")
        return name

    # Telling ------------------------------------------------------------------------------------------

    @property
    def terminal(self) -> list[tuple[int, bytes]]:
        """What went to the terminal so far."""
        return self.machine.kernel.terminal.output

    def since(self, first: int, output: int, *, spent: bool = False) -> Trace:
        """The entries and the output from one on, as a trace that says how things stand."""
        ended = self.stepper.ended if self.over or spent else None
        returned = ended is not None and ended.ending == Ending.RETURNED
        self.scribe.stands_at(self.machine.cpu.registers.rip)
        outcome = Outcome(
            ended,
            self.words(ended) if ended else "",
            tuple(self.subject.result_values()) if returned else (),
            tuple(self.terminal[output:]),
        )
        setting = Setting(self.title, self.machine.kernel.personality, self.scribe.names, self.plan)
        return Trace(self.entries[first:], setting, outcome, self.title if not first else "")

    @property
    def title(self) -> str:
        """What is called or run, with its arguments, on which system."""
        subject, system = self.subject, self.machine.kernel.personality.name
        if isinstance(subject, Call):
            pairs = zip_longest(subject.passed, self.plan.arguments)
            arguments = ", ".join(argument_text(passed, text) for passed, text in pairs)
            return f"{symbol_text(subject.routine.symbol)}({arguments}) on {system}"
        return f"{' '.join((subject.executable.path, *self.plan.arguments))} on {system}"

    def words(self, ended: Ended) -> str:
        """How the run ended, and which signals came too late."""
        behind = self.subject.program.symbol_at(ended.address - 1)
        words = ending_text(ended, symbol_text(behind.symbol) if behind else None)
        if self.over and self.machine.kernel.deliveries:
            words += f"; {start.undelivered(self.machine)}"
        return words


def _delivers(moment: Step | Interlude, signal: str) -> bool:
    return any(isinstance(event, SignalDelivered) and event.name == signal for event in moment.events)
