"""A signal frame's place on the stack, drawn to scale."""

from __future__ import annotations

from emu.frontends.notebook.rich import Picture
from kernel_stub.events import SignalDelivered


def picture(event: SignalDelivered) -> Picture:
    """The stack from the interrupted stack pointer down to where the handler's points."""
    return Picture("", "")
