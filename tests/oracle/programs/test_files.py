"""C programs that work with files: same output and same end as on the host."""

from __future__ import annotations

from pathlib import Path

import pytest

WHAT = ("stdio", "folders", "attributes", "mapping", "behind-the-end", "descriptors", "fifo", "shared")


@pytest.mark.parametrize("way", ["glibc", "musl"])
@pytest.mark.parametrize("what", WHAT)
def test_the_same_as_on_the_host(what, way, build, natively, emulated, tmp_path: Path):
    path = build("files", way)
    ours = emulated(path, "/tmp", what)
    assert ours == natively(path, str(tmp_path), what)
    assert ours.output
