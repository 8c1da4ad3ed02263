"""What a view knows of each process: its memory, and the signal frames of handlers that run in it."""

from __future__ import annotations

from typing import Any

from emu.frontends.view_memory import KnownMemory
from kernel_stub.events import Event, SignalDelivered, SignalReturned

MOST_FRAMES = 4  # that a view keeps: handlers may leave by a jump, and their frames are never taken back


class KnownProcess:
    """One process. `mark` begins a chunk: `checkpoint` then answers as of the mark."""

    def __init__(self, memory: KnownMemory, frames: list[dict[str, Any]]) -> None:
        self.memory, self.frames = memory, frames
        self._marked = frames

    def mark(self) -> None:
        """From here on, `checkpoint` answers with what is known now."""
        self.memory.mark()
        self._marked = self.frames

    def child(self, shares_memory: bool) -> KnownProcess:
        """A process that this one makes: its memory is a copy, or the same."""
        return KnownProcess(self.memory if shares_memory else self.memory.copy(), self.frames)

    def take(self, event: Event, told: dict[str, Any]) -> None:
        """An event in this process; `told` is what the trace's line says of it."""
        if isinstance(event, SignalDelivered):
            self.frames = [*self.frames, told][-MOST_FRAMES:]
            for placed in event.frame:
                self.memory.store(placed.address, placed.data)
        elif isinstance(event, SignalReturned) and event.pieces:
            self.frames = [frame for frame in self.frames if not _holds(frame, event.frame[0].address)]

    def checkpoint(self, starts: list[int]) -> dict[str, Any]:
        """As of the mark: those of these words of which something was known, and the frames."""
        words = [[hex(start), data.hex(), mask.hex()] for start, data, mask in self.memory.words(starts)]
        return {"words": words, "frames": self._marked}


def checkpoints(processes: dict[int, KnownProcess], starts: list[int]) -> list[dict[str, Any]]:
    """All of them. One whose memory is another's says which (`shares`), and has no words."""
    owners: dict[int, int] = {}
    found = []
    for pid, process in processes.items():
        owner = owners.setdefault(id(process.memory), pid)
        told = process.checkpoint(starts if owner == pid else [])
        found.append({"pid": pid, **told, **({"shares": owner} if owner != pid else {})})
    return found


def _holds(frame: dict[str, Any], address: int) -> bool:
    """Whether a delivered frame has a field there. On Linux sigreturn reads from behind its start: RET took that."""
    ends = (int(frame["frame"][end]["address"], 16) for end in (0, -1))
    return next(ends) <= address <= next(ends)
