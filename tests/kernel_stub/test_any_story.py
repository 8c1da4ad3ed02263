"""Whatever processes and threads do with each other and with files, in whatever order: no Python exception, the same in
every run, and the same again from any checkpoint."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel_stub.worlds import SYSTEMS, World, story

ROOT = Path(__file__).parents[2]
SYSTEM = st.sampled_from(sorted(SYSTEMS))


@settings(max_examples=150, deadline=None)
@given(SYSTEM, st.randoms(use_true_random=False), st.integers(1, 60))
def test_no_exception(system, random, steps):
    story(World(system), random, steps)


@settings(max_examples=80, deadline=None)
@given(SYSTEM, st.integers(0, 1 << 32), st.integers(24, 60))
def test_no_exception_where_memory_is_short(system, seed, room):
    story(World(system, room=room), Random(seed), 80)


@settings(max_examples=60, deadline=None)
@given(SYSTEM, st.integers(0, 1 << 32), st.integers(0, 40), st.integers(1, 40))
def test_a_checkpoint_goes_on_alike(system, seed, before, after):
    random, world = Random(seed), World(system)
    story(world, random, before)
    saved, state = world.checkpoint(), random.getstate()
    first = story(world, random, after)
    for _ in range(2):
        world.restore(saved)
        random.setstate(state)
        assert story(world, random, after) == first


@settings(max_examples=60, deadline=None)
@given(SYSTEM, st.integers(0, 1 << 32))
def test_two_runs_are_equal(system, seed):
    assert story(World(system), Random(seed), 50) == story(World(system), Random(seed), 50)


def digest(seeds: range) -> str:
    """What is told of many random stories, as one number."""
    found = sha256()
    for system in SYSTEMS:
        for seed in seeds:
            found.update(repr(story(World(system), Random(seed), 60)).encode())
    return found.hexdigest()


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_no_order_depends_on_hashes(hash_seed):
    code = "from tests.kernel_stub.test_any_story import digest; print(digest(range(20)))"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == digest(range(20))
