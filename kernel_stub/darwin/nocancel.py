"""Calls that are points where a thread can be cancelled have a second number that is none (since 10.5).

No thread is cancelled here (that takes __pthread_markcancel), so both are the same call.
"""

from __future__ import annotations

from collections.abc import Iterator

from kernel_stub.darwin.abi import UNIX
from kernel_stub.darwin.syscall_names import NUMBERS
from kernel_stub.syscalls import Row


def with_nocancel(*rows: Row) -> Iterator[Row]:
    """The rows, and behind each the one of its `_nocancel` call, if sys/syscall.h has such a number."""
    for row in rows:
        yield row
        name = f"{row.name}_nocancel"
        if name in NUMBERS:
            yield Row(UNIX | NUMBERS[name], name, row.handler, row.manual, f"{row.source}_nocancel")
