"""Virtual time: one retired instruction takes one nanosecond, and sleeping takes no instructions.

Two runs of a program see the same times. Plain data, so that a checkpoint can copy it.
"""

from __future__ import annotations

from dataclasses import dataclass

NEVER = (1 << 63) - 1  # the end of time: what is due then, in nanoseconds, doesn't come
SECOND = 1_000_000_000
SWITCHED_ON = 1_228_089_600 * SECOND  # 1 December 2008, 00:00 UTC, in nanoseconds since 1970


@dataclass(slots=True)
class Clock:
    """`retired` is the number of instructions so far, of all processes, set by the machine before each trap; `skipped`
    are the nanoseconds that passed while everybody slept.
    """

    retired: int = 0
    skipped: int = 0

    @property
    def now(self) -> int:
        """Nanoseconds since the machine was switched on."""
        return self.retired + self.skipped

    @property
    def wall(self) -> int:
        """Nanoseconds since 1970: every machine is switched on at the same moment."""
        return SWITCHED_ON + self.now

    def position(self, time: int) -> int:
        """How many instructions will have retired at a time, if nobody sleeps until then."""
        return time - self.skipped

    def skip_to(self, time: int) -> None:
        """Everybody sleeps until then; a time that is past changes nothing."""
        self.skipped += max(0, time - self.now)
