"""Starting a shipped program: what was linked from sources runs as a process of its own, as its executable would.

The way in is the executable's: what a host is given as a file is given to the loader as bytes. The program
as it was linked gives views what a file's symbol table has not: source lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asm.elf import image
from asm.program import PlacedSymbol, Program
from asm.stubs import Run, linked
from emu.annotate import Labels
from emu.loaders import elf
from emu.loaders.process import Process
from emu.machine import Machine

MILLISECOND = 1_000_000  # nanoseconds


class ProgramProcess(Process):
    """A linked program in a fresh machine, ready to run from its first instruction. Raises ElfError."""

    def __init__(
        self,
        machine: Machine,
        name: str,
        program: Program,
        arguments: Sequence[bytes] = (),
        environment: Mapping[bytes, bytes] | None = None,
    ) -> None:
        executable = elf.parse(name, image(program))
        super().__init__(machine, executable, [name.encode(), *arguments], environment or {})
        self._program = program
        self._labels = Labels(program)

    @property
    def labels(self) -> Labels:
        """Names for addresses."""
        return self._labels

    @property
    def routine(self) -> PlacedSymbol:
        """Where it starts."""
        placed = self.program.symbol_at(self.executable.entry)
        assert placed is not None
        return placed


def start_run(machine: Machine, run: Run) -> ProgramProcess:
    """A program of the catalogue in a fresh machine, with its input on the way."""
    process = ProgramProcess(machine, run.name, linked(run))
    if run.arrivals is not None:
        terminal = machine.kernel.terminal
        terminal.open = True
        for arrival in run.arrivals:
            terminal.arrive(arrival.milliseconds * MILLISECOND, arrival.data)
    return process
