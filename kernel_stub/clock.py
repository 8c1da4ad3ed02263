"""Virtual time: one retired instruction takes one nanosecond, and sleeping takes no instructions.

Two runs of a program see the same times. Plain data, so that a checkpoint can copy it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Clock:
    """`retired` is the number of instructions so far, set by the machine before each trap; `skipped` are the
    nanoseconds that passed while everybody slept."""

    retired: int = 0
    skipped: int = 0

    @property
    def now(self) -> int:
        """Nanoseconds since the machine was switched on."""
        return self.retired + self.skipped

    def skip_to(self, time: int) -> None:
        """Everybody sleeps until then; a time that is past changes nothing."""
        self.skipped += max(0, time - self.now)
