"""Programs of several processes: the same output and exit status as on the host, and on both the same in each run.

What depends on the host is not printed: ids, whether cores are dumped. Each case stands in processes.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("processes.c").read_text()
CASES = re.findall(r"CASE\((\w+)\)[,\n]", SOURCE)
MUSL = ("basics", "copies", "stops", "borrowed", "semaphores", "clones", "threads")


def test_the_cases_are_found():
    assert len(CASES) > 30 and "survivor" in CASES


@pytest.mark.parametrize(("case", "way"), [*((case, "glibc") for case in CASES), *((case, "musl") for case in MUSL)])
def test_a_program_does_as_on_the_host(
    case: str, way: str, build: Callable[..., str], natively: Callable[..., object], emulated: Callable[..., object]
):
    path = build("processes", way)
    assert emulated(path, case) == natively(path, case)
