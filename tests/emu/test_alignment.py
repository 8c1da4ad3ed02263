"""Which steps answer to each other: a longest common subsequence, names that are alike, code of equal shape."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emu import alignment
from emu.alignment import common, pair_names

TOKENS = st.lists(st.integers(0, 4), max_size=14)


def longest(left: Sequence[int], right: Sequence[int]) -> int:
    """The length of a longest common subsequence, by the table of textbooks."""
    row = [0] * (len(right) + 1)
    for a in left:
        before = row
        row = [0]
        for j, b in enumerate(right):
            row.append(before[j] + 1 if a == b else max(row[j], before[j + 1]))
    return row[-1]


def is_subsequence(left: Sequence[int], right: Sequence[int], pairs: Sequence[tuple[int, int]]) -> bool:
    ascending = all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))
    return ascending and all(left[i] == right[j] for i, j in pairs)


@given(TOKENS, TOKENS)
@settings(max_examples=300, deadline=None)
def test_a_common_subsequence_is_a_longest_one(left: list[int], right: list[int]):
    found = common(left, right)
    assert is_subsequence(left, right, found)
    assert len(found) == longest(left, right)


@given(TOKENS, TOKENS, st.integers(1, 6))
@settings(max_examples=300, deadline=None)
def test_a_search_that_stops_early_still_finds_a_common_subsequence(left: list[int], right: list[int], most: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "MOST_EDITS", most)
        assert is_subsequence(left, right, common(left, right))


def test_runs_of_a_loop_that_differ_in_one_turn_stay_aligned():
    turn, other = list(range(20)), [*range(10), 100, 101, *range(10, 20)]
    left, right = turn * 500, turn * 200 + other + turn * 299
    assert len(common(left, right)) == len(left)


def test_what_only_one_side_has_costs_no_search():
    left = [object() for _ in range(20_000)]
    right = [object() for _ in range(20_000)]
    assert common([1, *left, 2], [1, *right, 2]) == [(0, 0), (20_001, 20_001)]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (["f", "g"], ["g", "f"], [("f", "f"), ("g", "g")]),
        (["rt_sigaction", "main"], ["main", "sigaction"], [("main", "main"), ("rt_sigaction", "sigaction")]),
        (["_rt0_amd64_linux"], ["_rt0_amd64_darwin"], [("_rt0_amd64_linux", "_rt0_amd64_darwin")]),
        (["sigreturn"], ["notok"], []),
        (["sigaction", "rt_sigaction"], ["sigaction"], [("sigaction", "sigaction")]),
    ],
)
def test_routines_pair_by_equal_names_and_then_by_alike_ones(
    left: list[str], right: list[str], expected: list[tuple[str, str]]
):
    assert list(pair_names(left, right)) == expected
