"""Random trees of processes with pipes, signals, groups and waits: each prints the same on the host and on ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_a_tree_does_as_on_the_host(
    first: int, build: Callable[..., str], natively: Callable[..., object], emulated: Callable[..., object]
):
    path, seeds = build("trees", "glibc"), (str(first), str(first + 40))
    assert emulated(path, *seeds) == natively(path, *seeds)
