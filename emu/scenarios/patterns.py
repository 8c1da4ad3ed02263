"""Texts with wildcards, and lists of them with gaps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

GAP = "..."


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """`*` is any text; everything else is itself."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says."""
    return compiled(pattern).fullmatch(text) is not None


def first_difference(patterns: Sequence[str], texts: Sequence[str]) -> tuple[int, int] | None:
    """None if the texts are as the patterns say, where GAP stands for any number of texts. Else how many
    patterns and how many texts agree, along the way that gets furthest in the patterns."""
    furthest = (0, 0)
    state = _closed({0}, patterns)  # patterns that may be behind us before each text
    for count, text in enumerate([*texts, None]):
        furthest = max(furthest, (max(state), count))
        if text is None:
            return None if len(patterns) in state else furthest
        state = _closed(
            {i if patterns[i] == GAP else i + 1 for i in state if i < len(patterns) and _takes(patterns[i], text)},
            patterns,
        )
        if not state:
            return furthest
    return furthest


def _takes(pattern: str, text: str) -> bool:
    return pattern == GAP or matches(pattern, text)


def _closed(state: set[int], patterns: Sequence[str]) -> set[int]:
    """With a gap passed that stands for nothing."""
    for index in sorted(state):
        while index < len(patterns) and patterns[index] == GAP:
            index += 1
            state.add(index)
    return state


def in_range(count: int, wanted: int | str) -> bool:
    """Whether a count is the one wanted, or in the range `10..20` (either end may be left out)."""
    if isinstance(wanted, int):
        return count == wanted
    low, _, high = wanted.partition("..")
    return (not low or count >= int(low)) and (not high or count <= int(high))
