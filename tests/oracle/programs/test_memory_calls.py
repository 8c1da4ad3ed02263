"""brk, mmap, munmap, mprotect, mremap and madvise in random order: the host's kernel answers the same.

The program prints what each call answered, and again and again which pages of its arena can be read and
written and what is in them. Addresses that the kernel chose are compared too: randomisation is off.
"""

from __future__ import annotations

import pytest

WAYS = {
    "mappings": (("-DSTEPS=300",), range(24)),
    "mappings that move": (("-DSTEPS=300", "-DREMAP"), range(16)),
    # Fewer steps: whether two regions that were moved apart and together again are one is not modelled.
    "mappings that move and leave a gap": (("-DSTEPS=100", "-DREMAP", "-DALONE"), range(16)),
}


@pytest.mark.parametrize(
    ("way", "seed"), [(way, seed) for way, (_, seeds) in WAYS.items() for seed in seeds]
)
def test_the_host_answers_the_same(way, seed, build, natively, emulated):
    path = build("memory", "bare", *WAYS[way][0])
    ours, theirs = emulated(path, str(seed)), natively(path, str(seed))
    lines = theirs.output.decode().splitlines()
    for index, (mine, other) in enumerate(zip(ours.output.decode().splitlines(), lines, strict=False)):
        assert mine == other, "\n".join(lines[max(0, index - 5) : index])
    assert ours == theirs


def test_the_comparison_sees_a_difference(build, natively, emulated):
    path = build("memory", "bare", *WAYS["mappings"][0])
    assert emulated(path, "1").output != natively(path, "2").output
