"""Running a program to its end while its output goes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emu.machine import Machine, Stop
from kernel_stub import streams
from kernel_stub.process import ExitStatus

SLICE = 20_000_000  # instructions between two looks at the host's own signals (Ctrl-C)


@dataclass(slots=True)
class Runner:
    """Runs `machine`; `write(fd, data)` gets what the program writes, as it writes it; fd is 1 or 2."""

    machine: Machine
    write: Callable[[int, bytes], None]

    def __post_init__(self) -> None:
        streams.separate(self.machine.kernel)

    def run(self, limit: int | None = None) -> ExitStatus | None:
        """The status that the first process ended with; None if it has not ended after `limit` instructions, or if it
        sleeps (or is stopped) for ever: `machine.stuck`."""
        machine = self.machine
        end = None if limit is None else machine.position + limit
        while not machine.exited:
            left = SLICE if end is None else min(SLICE, end - machine.position)
            if left <= 0 or machine.stuck:
                break
            if machine.run(left) == Stop.SYSCALL:
                self.flush()
        return machine.kernel.first.exit

    def flush(self) -> None:
        """Passes on what has been written since the last time."""
        output = self.machine.kernel.terminal.output
        for fd, data in output:
            self.write(2 if fd == 2 else 1, data)
        output.clear()
