"""poll(2) and ppoll(2) on the terminal and on pipes."""

import struct

import pytest

IN, PRI, OUT, ERR, HUP, NVAL = 1, 2, 4, 8, 0x10, 0x20


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


def test_a_pipe(linux):
    linux.call("pipe", linux.rw)
    assert ask(linux, (3, IN | OUT), (4, IN | OUT)) == (1, [0, OUT])
    linux.call("write", 4, linux.rw, 1)
    assert ask(linux, (3, IN), (4, OUT)) == (2, [IN, OUT])
    linux.call("close", 4)
    assert ask(linux, (3, IN)) == (1, [IN | HUP])
    linux.call("read", 3, linux.rw, 1)
    assert ask(linux, (3, IN)) == (1, [HUP])


def test_a_pipe_without_a_reader(linux):
    linux.call("pipe", linux.rw)
    linux.call("close", 3)
    assert ask(linux, (4, OUT), (4, 0)) == (2, [OUT | ERR, ERR])


def test_a_signal_comes_before_the_end_of_the_time(linux):
    linux.catch("SIGUSR1")
    linux.kernel.thread.blocked = 1 << 9
    linux.kernel.post("SIGUSR1", "a test")
    linux.put_words(linux.rw, 0, 0, 0)
    linux.call("ppoll", 0, 0, linux.rw, linux.rw + 16, 8)
    assert linux.frame()["uc_mcontext.rax"] == -4 & (1 << 64) - 1


def test_ppoll_tells_what_is_left_of_the_time(linux):
    linux.kernel.terminal.arrive(250_000_000, b"line\n")
    linux.put(linux.rw, struct.pack("<iHH", 0, IN, 0))
    time = linux.put_words(linux.rw + 64, 1, 0)
    assert linux.call("ppoll", linux.rw, 1, time, 0, 8) == 1
    assert linux.words(time, 2) == (0, 750_000_000)
    assert linux.text == (
        "ppoll([{fd=0, events=POLLIN}], 1, {tv_sec=1, tv_nsec=0}, NULL, 8) = "
        "1 ([{fd=0, revents=POLLIN}], left {tv_sec=0, tv_nsec=750000000})"
    )


def test_ppolls_mask(linux):
    linux.catch("SIGUSR1")
    linux.kernel.thread.blocked = 1 << 9
    linux.kernel.deliver_at_time(1000, "SIGUSR1")
    linux.put_words(linux.rw, 0)
    linux.call("ppoll", 0, 0, 0, linux.rw, 8)
    frame = linux.frame()
    assert (frame["uc_mcontext.rax"], frame["uc_sigmask"]) == (-4 & (1 << 64) - 1, 1 << 9)
    assert linux.call("ppoll", 0, 0, 0, linux.rw, 7) == "EINVAL"
    assert linux.call("ppoll", 0, 0, linux.hole, 0, 8) == "EFAULT"
