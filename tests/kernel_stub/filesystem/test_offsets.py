"""Where in a file: read, write, lseek, pread, pwrite, O_APPEND, truncate."""

import pytest

INTMAX = (1 << 63) - 1
NAMES = {"linux": ("pread64", "pwrite64"), "darwin": ("pread", "pwrite")}


@pytest.fixture
def fd(files):
    """A file of ten bytes, opened for both."""
    files.make(b"/tmp/a", b"0123456789")
    return files.open(b"/tmp/a", "O_RDWR")


@pytest.mark.parametrize(
    ("offset", "whence", "expected"),
    [
        (4, "SEEK_SET", 4),
        (2, "SEEK_CUR", 5),
        (-3, "SEEK_CUR", 0),
        (-1, "SEEK_END", 9),
        (100, "SEEK_END", 110),
        (-4, "SEEK_CUR", "EINVAL"),
        (-11, "SEEK_END", "EINVAL"),
        (-1, "SEEK_SET", "EINVAL"),
        (INTMAX, "SEEK_SET", INTMAX),
    ],
)
def test_lseek(files, fd, offset, whence, expected):
    assert files.read(fd, 3) == b"012"
    assert files.call("lseek", fd, offset, files.bits(whence)) == expected
    if expected == 4:
        assert files.read(fd, 3) == b"456"


def test_lseek_refusals(files, fd):
    assert files.call("lseek", fd, 0, 9) == "EINVAL"
    assert files.call("lseek", 99, 0, 0) == "EBADF"
    assert files.call("lseek", 1, 0, 0) == "ESPIPE"
    files.call("lseek", fd, 0, 0)
    assert files.guest.text == f"lseek({fd}, 0, SEEK_SET) = 0"


def test_duplicates_share_the_offset_and_other_openings_do_not(files, fd):
    other = files.open(b"/tmp/a", "O_RDONLY")
    copy = files.call("dup", fd)
    assert files.read(copy, 4) == b"0123"
    assert files.read(fd, 2) == b"45"
    assert files.read(other, 2) == b"01"


def test_pread_and_pwrite_leave_the_offset(files, fd):
    pread, pwrite = NAMES[files.system]
    assert files.call(pread, fd, files.buffer, 3, 7) == 3
    assert files.answer(3) == b"789"
    assert files.call(pwrite, fd, files.buffer, 3, 12) == 3
    assert files.read(fd, 20) == b"0123456789" + bytes(2) + b"789"
    assert files.call(pread, fd, files.buffer, 3, -1) == "EINVAL"
    assert files.call(pread, 1, files.buffer, 3, 0) == "ESPIPE"
    assert files.call(pwrite, 99, files.buffer, 3, 0) == "EBADF"


def test_an_appending_write_goes_to_the_end(files, fd):
    end = files.open(b"/tmp/a", "O_WRONLY", "O_APPEND")
    assert files.write(end, b"ab") == 2
    assert files.write(fd, b"XY") == 2
    assert files.write(end, b"cd") == 2
    assert files.content(b"/tmp/a") == b"XY23456789abcd"
    assert files.call("lseek", end, 0, 1) == 14


def test_a_file_open_for_one_thing_only(files, fd):
    reader = files.open(b"/tmp/a", "O_RDONLY")
    writer = files.open(b"/tmp/a", "O_WRONLY")
    assert files.write(reader, b"x") == "EBADF"
    assert files.read(writer) == "EBADF"


def test_a_transfer_stops_where_memory_does(files, fd):
    guest = files.guest
    assert guest.call("read", fd, guest.hole - 4, 10) == 4
    assert guest.memory.copy_in(guest.hole - 4, 4) == b"0123"
    assert guest.call("read", fd, guest.hole, 10) == "EFAULT"
    assert guest.call("write", fd, guest.hole - 2, 10) == 2
    assert guest.call("write", fd, guest.hole, 10) == "EFAULT"
    assert guest.call("read", fd, guest.ro, 10) == "EFAULT"


def test_truncate(files, fd):
    assert files.call("truncate", b"/tmp/a", 4) == 0
    assert files.call("ftruncate", fd, 6) == 0
    assert files.content(b"/tmp/a") == b"0123\0\0"
    assert files.call("truncate", b"/tmp/a", -1) == "EINVAL"
    assert files.call("truncate", b"/tmp", 0) == "EISDIR"
    assert files.call("truncate", b"/tmp/none", 0) == "ENOENT"
    assert files.call("ftruncate", files.open(b"/tmp/a", "O_RDONLY"), 0) == "EINVAL"


def test_holes(on_linux):
    files = on_linux
    files.make(b"/tmp/a", b"start")
    fd = files.open(b"/tmp/a", "O_RDWR")
    files.call("pwrite64", fd, files.buffer, 1, 0x5000)
    seek_data, seek_hole = files.bits("SEEK_DATA"), files.bits("SEEK_HOLE")
    assert files.call("lseek", fd, 0, seek_hole) == 0x1000
    assert files.call("lseek", fd, 0x1000, seek_data) == 0x5000
    assert files.call("lseek", fd, 0x5000, seek_hole) == 0x5001
    assert files.call("lseek", fd, 0x5001, seek_data) == "ENXIO"
    assert files.stat(b"/tmp/a")["st_blocks"] == 16


def test_several_buffers_at_a_place(on_linux):
    files, guest = on_linux, on_linux.guest
    files.make(b"/tmp/a", b"0123456789")
    fd = files.open(b"/tmp/a", "O_RDWR")
    iov = guest.put_words(guest.rw, files.buffer, 2, files.buffer + 8, 3)
    assert guest.call("preadv", fd, iov, 2, 4) == 5
    assert (files.answer(2), guest.memory.copy_in(files.buffer + 8, 3)) == (b"45", b"678")
    assert guest.call("pwritev", fd, iov, 2, 0) == 5
    assert files.content(b"/tmp/a") == b"4567856789"
    assert guest.call("preadv", fd, iov, 2, -1) == "EINVAL"
    assert guest.call("pwritev", 1, iov, 2, 0) == "ESPIPE"


def test_the_limit_of_a_file_ends_a_write_and_then_the_process(files):
    fd = files.open(b"/tmp/a", "O_WRONLY", "O_CREAT")
    files.kernel.process.limits[files.bits("RLIMIT_FSIZE")] = (4, 4)
    assert files.write(fd, b"abcdef") == 4
    files.guest.catch("SIGXFSZ")
    files.write(fd, b"g")
    assert any("SIGXFSZ" in text for text in files.guest.texts)
    assert "EFBIG" in files.guest.text


def test_a_system_that_is_full(files):
    files.kernel.filesystem.capacity = files.kernel.filesystem.used + 3  # a name and two pages
    fd = files.open(b"/tmp/a", "O_WRONLY", "O_CREAT")
    files.guest.memory.map(0x40000, 0x4000)
    assert files.call("write", fd, 0x40000, 0x4000) == 0x2000
    assert files.call("write", fd, 0x40000, 1) == "ENOSPC"
    assert files.open(b"/tmp/b", "O_WRONLY", "O_CREAT") == "ENOSPC"
    assert files.call("mkdir", b"/tmp/b", 0o755) == "ENOSPC"
    assert files.call("unlink", b"/tmp/a") == 0
    assert files.open(b"/tmp/b", "O_WRONLY", "O_CREAT") == 4  # the name is free, the pages are still open
    assert files.write(4, b"x") == "ENOSPC"
    files.call("close", fd)
    assert files.write(4, b"x") == 1


def test_a_hole_takes_no_room_however_large(files):
    fd = files.open(b"/tmp/a", "O_RDWR", "O_CREAT")
    assert files.call("ftruncate", fd, 1 << 50) == 0
    assert files.stat(fd)["st_size"] == 1 << 50
    assert files.call("read", fd, files.guest.hole - 8, 1 << 30) == 8
    assert files.kernel.filesystem.used < 10


def test_a_checkpoint_keeps_files_and_offsets(files, fd):
    files.read(fd, 3)
    state = files.kernel.checkpoint()
    files.write(fd, b"xxx")
    files.call("unlink", b"/tmp/a")
    files.kernel.restore(state)
    assert files.read(fd, 3) == b"345"
    assert files.content(b"/tmp/a") == b"0123456789"


def test_darwin_calls_that_are_no_cancellation_points(on_darwin):
    files = on_darwin
    files.make(b"/tmp/a", b"hello")
    assert files.call("open_nocancel", b"/tmp/a", files.bits("O_RDWR"), 0) == 3
    assert files.call("pread_nocancel", 3, files.buffer, 2, 1) == 2
    assert files.answer(2) == b"el"
    assert files.call("pwrite_nocancel", 3, files.buffer, 2, 4) == 2
    assert files.content(b"/tmp/a") == b"hellel"
    assert files.call("fsync_nocancel", 3) == 0
