"""poll(2) on the terminal."""

import struct

import pytest

IN, PRI, OUT, NVAL = 1, 2, 4, 0x20


def ask(guest, *rows, timeout=0):
    """What poll answers, and the revents."""
    guest.put(guest.rw, b"".join(struct.pack("<iHH", fd, events, 0xFFFF) for fd, events in rows))
    answer = guest.call("poll", guest.rw, len(rows), timeout)
    data = guest.memory.copy_in(guest.rw, 8 * len(rows))
    return answer, [revents for _, _, revents in struct.iter_unpack("<iHH", data)]


def test_a_terminal_can_be_written_and_its_end_read(linux):
    assert ask(linux, (0, IN), (1, OUT), (2, IN | OUT | PRI)) == (3, [IN, OUT, IN | OUT])


def test_descriptors_that_are_not_open(linux):
    assert ask(linux, (9, IN), (-1, IN)) == (1, [NVAL, 0])


def test_without_input_only_output_is_ready(linux):
    linux.kernel.terminal.open = True
    assert ask(linux, (0, IN), (1, OUT)) == (1, [0, OUT])
    assert ask(linux, (0, IN)) == (0, [0])


def test_input_wakes(linux):
    linux.kernel.terminal.arrive(5_000_000, b"line\n")
    assert ask(linux, (0, IN), timeout=-1) == (1, [IN])
    assert linux.kernel.clock.now >= 5_000_000


def test_time_runs_out(linux):
    linux.kernel.terminal.open = True
    assert ask(linux, (0, IN), timeout=3) == (0, [0])
    assert linux.kernel.clock.now >= 3_000_000
    assert linux.call("poll", 0, 0, 10) == 0


def test_for_ever(linux):
    linux.call("poll", 0, 0, -1)
    assert linux.kernel.waiting


@pytest.mark.parametrize(
    ("address", "count", "expected"),
    [(0x12000, 1, "EFAULT"), (0x10000, 1025, "EINVAL"), (0x13000, 1, "EFAULT"), (0x12000, 0, 0)],
)
def test_answers(linux, address, count, expected):
    assert linux.call("poll", address, count, 0) == expected
