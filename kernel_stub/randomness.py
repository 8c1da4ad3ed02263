"""The kernel's random numbers: as good as random to a guest, and the same in every run."""

from __future__ import annotations

from dataclasses import dataclass

_BLOCK = 64


@dataclass(slots=True)
class Randomness:
    """A stream of bytes that depends on `seed` alone; `taken` counts the blocks that it gave."""

    seed: int = 0
    taken: int = 0

    def take(self, size: int) -> bytes:
        """The next bytes."""
        first, blocks = self.taken, -(-size // _BLOCK)
        self.taken += blocks
        return b"".join(self._block(index) for index in range(first, first + blocks))[:size]

    def _block(self, index: int) -> bytes:
        from hashlib import blake2b  # few programs ask: a start does not wait for it

        return blake2b(b"%d:%d" % (self.seed, index), digest_size=_BLOCK).digest()
