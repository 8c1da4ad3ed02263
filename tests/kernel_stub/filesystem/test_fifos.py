"""Pipes with names."""

from kernel_stub.filesystem.inodes import S_IFIFO

AT_FDCWD = -100


def make(files, path: bytes = b"/tmp/p") -> None:
    name = ("mknod", path, S_IFIFO | 0o666, 0) if files.system == "linux" else ("mkfifo", path, 0o666)
    assert files.call(*name) == 0


def test_bytes_go_through_it(files):
    make(files)
    assert files.stat(b"/tmp/p")["st_mode"] == 0o10644
    assert files.open(b"/tmp/p", "O_WRONLY", "O_NONBLOCK") == "ENXIO"
    assert files.open(b"/tmp/p", "O_RDONLY", "O_NONBLOCK") == 3
    assert files.read(3) == b""
    assert files.open(b"/tmp/p", "O_WRONLY") == 4
    assert files.read(3) == "EAGAIN"
    assert files.write(4, b"hello") == 5
    assert files.read(3) == b"hello"
    assert files.stat(3)["st_ino"] == files.stat(b"/tmp/p")["st_ino"]


def test_every_writer_counts(files):
    make(files)
    files.open(b"/tmp/p", "O_RDONLY", "O_NONBLOCK")
    files.open(b"/tmp/p", "O_WRONLY")
    files.open(b"/tmp/p", "O_WRONLY")
    files.call("close", 4)
    assert files.read(3) == "EAGAIN"
    files.call("close", 5)
    assert files.read(3) == b""


def test_what_nobody_read_is_gone_with_the_last_end(files):
    make(files)
    files.open(b"/tmp/p", "O_RDONLY", "O_NONBLOCK")
    files.write(files.open(b"/tmp/p", "O_WRONLY"), b"lost")
    files.call("close", 3)
    files.call("close", 4)
    assert files.open(b"/tmp/p", "O_RDONLY", "O_NONBLOCK") == 3
    assert files.read(3) == b""


def test_an_open_waits_for_the_other_end_and_a_signal_ends_it(files):
    make(files)
    files.open(b"/tmp/p", "O_RDONLY")
    assert files.kernel.thread.waiting.what == "the other end of a pipe"
    state = files.kernel.checkpoint()
    assert files.kernel.filesystem.fifos[files.stat_number(b"/tmp/p")].readers == 1
    files.guest.catch("SIGUSR1")
    files.kernel.post("SIGUSR1", "test")
    files.kernel.tick(files.guest.registers)
    assert any(("open" in text and "inter" in text) or "ERESTART" in text for text in files.guest.texts)
    assert files.kernel.filesystem.fifos[files.stat_number(b"/tmp/p")].readers == 0
    files.kernel.restore(state)
    assert files.kernel.filesystem.fifos[files.stat_number(b"/tmp/p")].readers == 1


def test_an_end_for_both_is_not_simulated(files):
    make(files)
    assert files.open(b"/tmp/p", "O_RDWR") == "ENXIO"
    assert files.guest.text.endswith("[not simulated]")


def test_what_mknod_makes(on_linux):
    files = on_linux
    assert files.call("mknodat", AT_FDCWD, b"/tmp/f", 0o644, 0) == 0
    assert files.stat(b"/tmp/f")["st_mode"] == 0o100644
    assert files.call("mknod", b"/tmp/d", 0o40755, 0) == "EPERM"
    assert files.call("mknod", b"/tmp/n", 0o20666, 0x103) == "EPERM"
    assert files.guest.text == (
        'mknod("/tmp/n", S_IFCHR|0666, makedev(0x1, 0x3)) = -1 EPERM (Operation not permitted)'
    )
