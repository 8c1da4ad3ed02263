"""What an expectation says when it isn't met."""

from __future__ import annotations

from typing import NamedTuple

from emu.scenarios.lines import Path


class Failure(NamedTuple):
    """`path` is the key in the case, `step` the index of the one where the run first differs (None: at its end).

    `details` are further lines, such as a diff.
    """

    path: Path
    message: str
    step: int | None = None
    details: tuple[str, ...] = ()
