"""What a file is ready for, and a sleep until that changes: what poll and select are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Readiness(NamedTuple):
    """What could be done with a file now without sleeping.

    `readable` says that there are bytes, or a terminal's end of input; `writable` that PIPE_BUF bytes fit.
    `hung_up` is a pipe to read from that nobody writes to any more, `broken` one to write to that nobody reads.
    `waits` is False for what is always ready, as regular files are.
    """

    readable: bool
    writable: bool
    hung_up: bool = False
    broken: bool = False
    waits: bool = True


ALWAYS = Readiness(True, True, waits=False)


class Watched(Protocol):
    """A file, as far as its readiness goes."""

    @property
    def readiness(self) -> Readiness: ...


@dataclass(eq=False, slots=True)
class Watch:
    """Files and what they were ready for when a thread fell asleep: a change wakes it (see `outcomes.Source`)."""

    files: tuple[tuple[Watched, Readiness], ...]

    @property
    def ready(self) -> bool:
        """Whether it is time to look again."""
        return any(file.readiness != seen for file, seen in self.files)
