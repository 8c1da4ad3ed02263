"""Starting what was linked from sources: it runs as a process of its own, as its executable would.

The way in is the executable's: what a host is given as a file is given to the loader as bytes. Views get
from the program what a file has not: source lines.
"""

from __future__ import annotations

from asm.elf import image
from asm.program import Program
from asm.stubs import Run, linked
from emu.loaders import elf
from emu.loaders.darwin_process import DarwinProcess
from emu.loaders.process import Process
from emu.machine import Machine

MILLISECOND = 1_000_000  # nanoseconds
PROCESSES: dict[str, type[Process]] = {"linux": Process, "darwin": DarwinProcess}


def executable(name: str, program: Program) -> elf.Executable:
    """The program as an executable file. Raises ElfError."""
    return elf.parse(name, image(program))._replace(source=program)


def start_run(machine: Machine, run: Run) -> Process:
    """A program of the catalogue in a fresh machine, with its input on the way."""
    start = PROCESSES[machine.kernel.personality.name]
    process = start(machine, executable(run.name, linked(run)), [run.name.encode()], {})
    if run.arrivals is not None:
        terminal = machine.kernel.terminal
        terminal.open = True
        for arrival in run.arrivals:
            terminal.arrive(arrival.milliseconds * MILLISECOND, arrival.data)
    return process
