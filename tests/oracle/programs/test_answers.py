"""Calls that need no files: what goes wrong with them goes wrong in the same way on the host."""

from __future__ import annotations


def test_the_host_answers_the_same(build, natively, emulated):
    path = build("answers", "bare")
    ours, theirs = (run(path).output.decode().splitlines() for run in (emulated, natively))
    assert len(theirs) > 80
    assert ours == theirs
