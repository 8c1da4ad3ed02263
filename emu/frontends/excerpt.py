"""Which part of a run a trace shows."""

from __future__ import annotations

from typing import NamedTuple


class Excerpt(NamedTuple):
    """Positions `first` to `last` (None: to the end), both shown; with `events` only what the kernel did there."""

    first: int = 0
    last: int | None = None
    events: bool = False

    def holds(self, position: int) -> bool:
        """Whether a position is shown."""
        return self.first <= position and (self.last is None or position <= self.last)


WHOLE = Excerpt()
