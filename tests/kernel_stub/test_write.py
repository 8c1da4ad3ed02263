"""write(2) to the terminal, and its faults. Linux's are compared with the host in tests/oracle."""

import pytest


def test_captures_bytes_by_descriptor(guest):
    guest.put(guest.rw, b"one\ntwo\n")
    assert guest.call("write", 1, guest.rw, 4) == 4
    assert guest.text == 'write(1, "one\\n", 4) = 4'
    assert guest.call("write", 2, guest.rw + 4, 4) == 4
    terminal = guest.kernel.terminal
    assert terminal.output == [(1, b"one\n"), (2, b"two\n")]
    assert (terminal.written(1), terminal.written(2)) == (b"one\n", b"two\n")
    assert terminal.written() == b"one\ntwo\n"


def test_descriptor_0_of_a_terminal_can_be_written(guest):
    """One read-write description stands behind 0, 1 and 2."""
    guest.put(guest.rw, b"x")
    assert guest.call("write", 0, guest.rw, 1) == 1


def test_nothing(guest):
    assert guest.call("write", 1, guest.hole, 0) == 0
    assert guest.text == 'write(1, "", 0) = 0'
    assert guest.kernel.terminal.output == []


def test_from_a_hole(guest):
    assert guest.call("write", 1, guest.hole, 3) == "EFAULT"
    assert guest.text == "write(1, 0x12000, 3) = -1 EFAULT (Bad address)"
    assert guest.call("write", 1, 0, 3) == "EFAULT"
    assert guest.text == "write(1, NULL, 3) = -1 EFAULT (Bad address)"


def test_the_descriptor_is_looked_at_before_the_buffer(guest):
    assert guest.call("write", 9, guest.hole, 3) == "EBADF"


def test_across_the_edge_of_a_hole_linux_keeps_whole_pieces(linux):
    """tty_io.c moves 2048 bytes at a time, and answers what it moved before the fault."""
    linux.put(linux.hole - 2100, b"a" * 2100)
    assert linux.call("write", 1, linux.hole - 2100, 2200) == 2048
    assert linux.kernel.terminal.written() == b"a" * 2048


def test_across_the_edge_of_a_hole_darwin_writes_and_fails(darwin):
    """xnu's ttwrite moves OBUFSIZ (100) bytes at a time; write gives EFAULT although some went out."""
    darwin.put(darwin.hole - 250, b"a" * 250)
    assert darwin.call("write", 1, darwin.hole - 250, 300) == "EFAULT"
    assert darwin.kernel.terminal.written() == b"a" * 200


@pytest.mark.parametrize(
    ("count", "linux_says", "darwin_says"),
    [
        (0x7FFF_FFFF, 0x2000 // 2048 * 2048, "EFAULT"),
        (0x8000_0000, 0x2000 // 2048 * 2048, "EINVAL"),  # xnu: more than INT_MAX
        (1 << 63, "EFAULT", "EINVAL"),  # Linux: access_ok
        ((1 << 64) - 1, "EFAULT", "EINVAL"),
    ],
)
def test_huge_counts(linux, darwin, count, linux_says, darwin_says):
    assert linux.call("write", 1, linux.rw, count) == linux_says
    assert darwin.call("write", 1, darwin.rw, count) == darwin_says


def test_the_kernel_half_is_refused_even_for_nothing_on_linux(linux, darwin):
    """Linux checks the range (access_ok); xnu only what it copies."""
    assert linux.call("write", 1, 0xFFFF_8000_0000_0000, 0) == "EFAULT"
    assert darwin.call("write", 1, 0xFFFF_8000_0000_0000, 0) == 0


def test_long_buffers_are_shortened_in_the_text(guest):
    guest.put(guest.rw, b"x" * 40)
    guest.call("write", 1, guest.rw, 40)
    assert guest.text == f'write(1, "{"x" * 32}"..., 40) = 40'
    guest.call("write", 1, guest.rw, 32)
    assert guest.text == f'write(1, "{"x" * 32}", 32) = 32'
