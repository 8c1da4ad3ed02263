"""What a handler may answer besides a value: an error, or that the registers are not to be touched."""

from __future__ import annotations

from enum import Enum


class Errno(Exception):
    """Raised by a handler: the call fails with this error. `name` is looked up in the personality's table.

    `simulated` is False where the real system would do something that we don't, so that the trace says so.
    """

    def __init__(self, name: str, *, simulated: bool = True) -> None:
        super().__init__(name)
        self.name = name
        self.simulated = simulated


class Replaced(Enum):
    """Answered by a call that never returns to its caller: nothing is written into the registers."""

    REPLACED = "?"


REPLACED = Replaced.REPLACED

Outcome = int | Replaced
