"""Memory that may differ between the host's run and ours: named, narrow, and only as long as nobody writes it."""

from __future__ import annotations

from tests.oracle.signals.native import Watched

FEATURES = 3  # XSAVE components that the emulated processor has: x87 and SSE
UC_ERR, UC_TRAPNO, UC_FPSTATE, UC_FROM_FRAME = 192, 200, 224, 8
FOP, MXCSR_MASK, SW_XFEATURES, SW_XSTATE_SIZE, HEADER, EXTENDED = 6, 28, 472, 480, 512, 576
SIGTRAP, DEBUG = 5, 1
RED_ZONE = 128

Memory = bytes | bytearray


class Exemptions:
    """Address ranges whose bytes may differ, by name. `clocks` may change at any time, each run in its way."""

    def __init__(self, watched: Watched, clocks: dict[str, range]) -> None:
        self.watched = watched
        self.names: dict[tuple[int, int], str] = {(part.start, part.stop): name for name, part in clocks.items()}
        self._clocks = frozenset(self.names)
        self._before: tuple[bytes, bytes] = (b"", b"")

    def covering(self, address: int, size: int) -> str | None:
        """The name of a range that holds all of these bytes."""
        return next((n for (a, b), n in self.names.items() if a <= address and address + size <= b), None)

    def add_frame(self, frame: int, signal: int, theirs: Memory, ours: Memory) -> None:
        """What may differ in the frame of a signal just delivered."""
        context = frame + UC_FROM_FRAME
        if signal != SIGTRAP and self.watched.word(theirs, context + UC_TRAPNO) == DEBUG:
            self.names[context + UC_ERR, context + UC_TRAPNO + 8] = "trapno and err: the tracer's last step"
        area = self.watched.word(theirs, context + UC_FPSTATE)
        if area == self.watched.word(ours, context + UC_FPSTATE):
            self.add_area(area, theirs, ours)

    def add_failed_frame(self, rsp: int, xsave_bytes: int, theirs: Memory, ours: Memory) -> None:
        """The same for the XSAVE area of a frame that could not be made in whole, by RSP before it."""
        self.add_area(rsp - RED_ZONE - xsave_bytes & -64, theirs, ours)

    def add_area(self, area: int, theirs: Memory, ours: Memory) -> None:
        """What the two processors' XSAVE does differently."""
        if self.watched.offset(area) is None:
            return
        size = self.watched.word(theirs, area + SW_XSTATE_SIZE) & 0xFFFF_FFFF
        if size != self.watched.word(ours, area + SW_XSTATE_SIZE) & 0xFFFF_FFFF:
            return
        for offset in (SW_XFEATURES, HEADER):
            if self.watched.word(theirs, area + offset) & FEATURES == self.watched.word(ours, area + offset):
                self.names[area + offset, area + offset + 8] = "XSAVE components: x87 and SSE alone"
        self.names[area + FOP, area + FOP + 18] = "XSAVE: FOP, FIP and FDP of the last x87 instruction"
        self.names[area + MXCSR_MASK, area + MXCSR_MASK + 4] = "XSAVE: MXCSR_MASK"
        self.names[area + EXTENDED, area + max(size, EXTENDED)] = "XSAVE: the state of components beyond SSE"

    def reconcile(self, theirs: Memory, ours: bytes, *, plain: bool) -> tuple[bytes, list[str]]:
        """Their memory with our bytes where they may differ, and the names of what did.

        `plain` where no frame was made since the last call: then exempt bytes must not change differently.
        """
        merged, used = bytearray(theirs), []
        for (start, stop), name in self.names.items() if merged != ours else ():
            at = self.watched.offset(start)
            assert at is not None
            part = slice(at, at + stop - start)
            free = not plain or (start, stop) in self._clocks
            if merged[part] != ours[part] and (free or not self._written(theirs, ours, part)):
                merged[part] = ours[part]
                used.append(name)
        self._before = (bytes(theirs), ours)
        return bytes(merged), used

    def _written(self, theirs: Memory, ours: bytes, part: slice) -> bool:
        """Whether a byte that differs changed since the last call, in either memory."""
        their_old, our_old = self._before
        if theirs[part] == their_old[part] and ours[part] == our_old[part]:
            return False
        return any(
            theirs[at] != ours[at] and (theirs[at] != their_old[at] or ours[at] != our_old[at])
            for at in range(part.start, part.stop)
        )
