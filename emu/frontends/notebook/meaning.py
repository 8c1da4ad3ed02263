"""What the value of a signal frame's field says: a pointer's target, flags, a signal, an exception."""

from __future__ import annotations

from emu.annotate import Labels
from emu.frontends.frames import POINTERS


def of(path: str, value: int, names: Labels) -> str:
    """A few words, or nothing."""
    if path in POINTERS and value:
        return names.name(value) or ""
    return ""
