"""A routine's results by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emu.frontends.notebook.rich import Block, Prose, Rich, UnknownName, close_to
from emu.frontends.wording import result_text
from emu.loaders.call import Result
from kernel_stub.personality import Personality


class Results(Rich, Mapping[str, Any]):
    """Result slots by name, as signed numbers; None where nothing was written.

    >>> from emu import trace
    >>> result = trace("rawsyscall", "close", 99).result
    >>> result
    r1 = -1  r2 = 0  errno = 9 EBADF (Bad file descriptor)
    >>> result["r1"], result.errno
    (-1, 9)
    """

    def __init__(self, results: Sequence[Result], personality: Personality) -> None:
        self._results = {result.name: result for result in results}
        self._personality = personality

    def __getitem__(self, name: str) -> int | None:
        """A slot's value. Raises UnknownName."""
        if name not in self._results:
            raise UnknownName(f"there is no result {name!r}: {close_to(name, self._results)}")
        return self._results[name].signed

    def __getattr__(self, name: str) -> int | None:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    def blocks(self) -> Iterator[Block]:
        texts = (f"{name} = {result_text(result, self._personality)}" for name, result in self._results.items())
        yield Prose("  ".join(texts) or "no results")
