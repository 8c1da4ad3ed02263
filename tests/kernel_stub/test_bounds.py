"""Whoever asks for very much gets the right error in a moment, and the host's memory stays as it is.

That a test ends at all is half of what it says: in a careless kernel each of these calls takes for ever.
"""

from __future__ import annotations

import struct

import pytest

from kernel_stub import pipes
from kernel_stub.linux import memory
from kernel_stub.pages import PAGE
from kernel_stub.signals import IGNORE, Action

O_CREAT_RDWR = {"linux": 0o102, "darwin": 0x202}
THREAD = 0x10F00  # CLONE_VM FS FILES SIGHAND THREAD
AT_FDCWD = -100 & 0xFFFF_FFFF
HUGE = 1 << 62


def opened(guest, name=b"/tmp/f"):
    guest.put(guest.rw, name + b"\0")
    return guest.call("open", guest.rw, O_CREAT_RDWR[guest.kernel.personality.name], 0o600)


def until_refused(most, call):
    """How often a call went well, and the error that it ended with."""
    for count in range(most):
        answer = call(count)
        if isinstance(answer, str):
            return count, answer
    raise AssertionError("there is no end")


# Processes and threads


@pytest.mark.parametrize("way", ["fork", "vfork"])
def test_fork_bomb(linux_family, way):
    kernel = linux_family.kernel
    for _ in range(300):
        linux_family.call(way)
    assert linux_family.result == "EAGAIN"
    assert len(kernel.processes) == (64 << 20) // (16 << 14)
    kernel.restore(kernel.checkpoint())  # however deep they wait for each other


def test_thread_bomb(linux):
    assert until_refused(400, lambda n: linux.call("clone", THREAD, linux.rw + PAGE, 0, 0, 0)) == (255, "EAGAIN")


# Descriptors


def test_descriptors_without_end(guest):
    limit = guest.kernel.process.files.limit
    assert until_refused(5000, lambda n: guest.call("dup", 0)) == (limit - 3, "EMFILE")


def test_the_hard_limit_of_descriptors_holds(linux):
    assert linux.call("setrlimit", 7, linux.put_words(linux.rw, 1 << 20, 1 << 20)) == "EPERM"
    assert linux.call("setrlimit", 7, linux.put_words(linux.rw, 4096, 4096)) == 0
    assert until_refused(5000, lambda n: linux.call("dup", 0)) == (4096 - 3, "EMFILE")


def test_pipes_without_end(guest):
    assert until_refused(3000, lambda n: guest.call("pipe", guest.rw))[1] == "EMFILE"


def test_the_memory_of_pipes(linux, monkeypatch):
    """fs.pipe-user-pages-soft: those behind it have two pages."""
    monkeypatch.setattr(pipes, "SOFT_LIMIT", 40)
    ends = []
    for _ in range(4):
        linux.call("pipe2", linux.rw, 0o4000)
        ends.append(struct.unpack("<ii", linux.memory.copy_in(linux.rw, 8)))
    filled = [until_refused(99, lambda n, end=end: linux.call("write", end, linux.rw, PAGE)) for _, end in ends]
    assert filled == [(16, "EAGAIN"), (16, "EAGAIN"), (2, "EAGAIN"), (2, "EAGAIN")]
    memory = linux.kernel.filesystem.pipes
    assert memory.pages == 36
    linux.kernel.restore(linux.kernel.checkpoint())
    for one, other in ends:
        assert [linux.call("close", one), linux.call("close", other)] == [0, 0]
    assert (memory.pages, linux.kernel.filesystem.pipes.pages) == (36, 0)


def test_pipes_that_are_not_made_take_nothing(linux):
    assert until_refused(3000, lambda n: linux.call("dup", 0))[1] == "EMFILE"
    linux.call("close", 3)
    for _ in range(3):
        assert linux.call("pipe", linux.rw) == "EMFILE"
        assert linux.kernel.filesystem.pipes.pages == 0
    linux.call("dup", 0)
    assert linux.call("pipe", linux.rw) == "EMFILE"
    assert linux.kernel.filesystem.pipes.pages == 0


def test_bytes_in_pipes_whose_names_are_gone(linux):
    for _ in range(20):
        linux.put(linux.rw, b"/tmp/p\0")
        assert linux.call("mknod", linux.rw, 0o10600, 0) == 0
        reader, writer = linux.call("open", linux.rw, 0o4000), linux.call("open", linux.rw, 0o4001)
        assert linux.call("write", writer, linux.rw, PAGE) == PAGE
        assert linux.kernel.filesystem.pipes.pages == 16
        assert [linux.call("close", reader), linux.call("close", writer), linux.call("unlink", linux.rw)] == [0, 0, 0]
    assert (linux.kernel.filesystem.fifos, linux.kernel.filesystem.pipes.pages) == ({}, 0)


def test_select_on_every_descriptor(linux):
    linux.call("setrlimit", 7, linux.put_words(linux.rw, 4096, 4096))
    assert linux.call("dup2", 0, 4095) == 4095
    sets = linux.put_words(linux.rw, *[0] * 63, -(1 << 63))
    linux.put_words(linux.rw + 0x1000, 0, 0)
    assert linux.call("select", 0x7FFF_FFFF, 0, sets, 0, linux.rw + 0x1000) == 1
    linux.put_words(linux.rw, *[-1] * 64)
    assert linux.call("select", 0x7FFF_FFFF, sets, sets, sets, linux.rw + 0x1000) == "EBADF"
    assert linux.call("select", -1, 0, 0, 0, 0) == "EINVAL"


def test_poll_of_more_than_there_can_be(linux):
    assert linux.call("poll", linux.rw, 1025, 0) == "EINVAL"
    assert linux.call("poll", linux.rw, 0xFFFF_FFFF, 0) == "EINVAL"
    assert linux.call("poll", linux.rw, 1024, 0) == 0
    assert linux.call("poll", linux.hole, 1, 0) == "EFAULT"


# Signals and timers


def test_signals_without_end(linux):
    linux.call("rt_sigprocmask", 0, linux.put_words(linux.rw, -1), 0, 8)
    linux.put(linux.rw, struct.pack("<iii116x", 40, 0, -1))
    assert linux.call("setrlimit", 11, linux.put_words(linux.rw + 512, 1 << 40, 1 << 40)) == "EPERM"
    assert linux.call("setrlimit", 11, linux.put_words(linux.rw + 512, 300, 15000)) == 0
    sending = until_refused(400, lambda n: linux.call("rt_sigqueueinfo", linux.kernel.process.pid, 40, linux.rw))
    assert sending == (300, "EAGAIN")
    for _ in range(1000):
        assert linux.call("kill", linux.kernel.process.pid, 40) == 0  # it merges where the queue is full
    assert len(linux.kernel.process.pending) == 300


@pytest.mark.parametrize("how", ["ignored", "blocked"])
def test_a_timer_that_wakes_nobody(guest, how):
    """Its process sleeps for ever, however often it expires."""
    alarm = 14
    guest.put_words(guest.rw, 0, 1, 0, 1)
    if how == "ignored":
        guest.kernel.process.actions[alarm] = Action(IGNORE)
    guest.kernel.thread.blocked = 1 << (alarm - 1)
    assert guest.call("setitimer", 0, guest.rw, 0) == 0
    if guest.kernel.personality.name == "linux":
        guest.call("rt_sigsuspend", guest.put_words(guest.rw + 64, -1), 8)
    else:
        guest.call("sigsuspend", 0xFFFF_FFFF)
    assert guest.kernel.waiting and guest.kernel.process.exit is None


def test_a_sleep_to_the_end_of_time(linux):
    linux.put_words(linux.rw, (1 << 63) - 1, 999_999_999)
    linux.call("nanosleep", linux.rw, 0)
    assert linux.kernel.waiting


# Files


def test_sparse_files(linux):
    fd = opened(linux)
    assert linux.call("ftruncate", fd, HUGE) == 0
    assert linux.call("pwrite64", fd, linux.rw, 1, HUGE) == 1
    assert linux.call("pwrite64", fd, linux.rw, 100, (1 << 63) - 50) == 49
    assert linux.call("pwrite64", fd, linux.rw, 100, (1 << 63) - 1) == "EFBIG"
    assert linux.call("lseek", fd, 0, 3) == HUGE
    assert linux.call("lseek", fd, HUGE, 4) == HUGE + PAGE
    assert linux.call("ftruncate", fd, -1) == "EINVAL"
    assert linux.call("pread64", fd, linux.rw, 1 << 40, 1 << 50) == 2 * PAGE
    assert linux.kernel.filesystem.used == 3  # its name and two pages
    assert linux.call("ftruncate", fd, 0) == 0
    assert linux.kernel.filesystem.used == 1


def test_a_disk_that_is_full(linux):
    linux.kernel.filesystem.capacity = 100
    fd = opened(linux)
    assert until_refused(200, lambda n: linux.call("write", fd, linux.rw, 2 * PAGE)) == (50, "ENOSPC")
    linux.put(linux.rw, b"/tmp/g\0")
    assert linux.call("creat", linux.rw, 0o600) == "ENOSPC"
    assert linux.call("mkdir", linux.rw, 0o700) == "ENOSPC"
    linux.put(linux.rw, b"/tmp/f\0")
    assert linux.call("unlink", linux.rw) == 0
    assert linux.call("close", fd) == 0
    assert linux.kernel.filesystem.used == 0


def test_deep_directories(linux):
    linux.put(linux.rw, b"/tmp\0d\0")
    linux.call("chdir", linux.rw)
    for _ in range(2100):
        assert linux.call("mkdir", linux.rw + 5, 0o700) == 0
        assert linux.call("chdir", linux.rw + 5) == 0
    for size in (0, 10, PAGE, 1 << 40):
        assert linux.call("getcwd", linux.rw + 16, size) == "ENAMETOOLONG"
    linux.kernel.restore(linux.kernel.checkpoint())
    assert linux.call("mkdir", linux.rw + 5, 0o700) == 0


def test_symlink_chains(guest):
    most = guest.kernel.filesystem.rules.symlinks
    guest.put(guest.rw, b"/tmp\0")
    guest.call("chdir", guest.rw)
    for index in range(60):
        guest.put(guest.rw, b"%d\0" % (index + 1))
        guest.put(guest.rw + 8, b"%d\0" % index)
        assert guest.call("symlink", guest.rw, guest.rw + 8) == 0
    opened(guest, b"60")
    for index, answer in ((60 - most - 1, "ELOOP"), (60 - most, 0), (0, "ELOOP")):
        guest.put(guest.rw, b"%d\0" % index)
        assert guest.call("access", guest.rw, 0) == answer


def test_a_link_that_leads_to_itself_by_a_long_way(linux):
    linux.put(linux.rw, b"./" * 2040 + b"tmp\0")
    linux.put(linux.rw + PAGE, b"tmp\0")
    assert linux.call("symlink", linux.rw, linux.rw + PAGE) == "EEXIST"
    linux.put(linux.rw, b"./" * 2040 + b"fat\0")
    linux.put(linux.rw + PAGE, b"/tmp/fat\0")
    assert linux.call("symlink", linux.rw, linux.rw + PAGE) == 0
    assert linux.call("open", linux.rw + PAGE, 0) == "ELOOP"


def test_a_directory_in_small_pieces(linux):
    linux.put(linux.rw, b"/tmp\0")
    linux.call("chdir", linux.rw)
    for index in range(500):
        linux.put(linux.rw, b"%03d\0" % index)
        linux.call("mkdir", linux.rw, 0o700)
    linux.put(linux.rw, b".\0")
    fd = linux.call("open", linux.rw, 0)
    assert [linux.call("getdents64", fd, linux.rw, size) for size in (0, 1, 23)] == ["EINVAL"] * 3
    count = 0
    while linux.call("getdents64", fd, linux.rw, 24) == 24:
        count += 1
    assert count == 502


def test_transfers_of_many_buffers(linux):
    fd = opened(linux)
    linux.call("ftruncate", fd, HUGE)
    for count in (-1, 1025, 0x7FFF_FFFF):
        assert linux.call("readv", fd, linux.rw, count) == "EINVAL"
        assert linux.call("writev", 1, linux.rw, count) == "EINVAL"
    linux.put(linux.rw, struct.pack("<QQ", linux.rw + PAGE, PAGE) * 64)
    assert linux.call("readv", fd, linux.rw, 64) == 64 * PAGE
    linux.put(linux.rw, struct.pack("<QQ", linux.rw + PAGE, 1 << 63))
    assert linux.call("readv", fd, linux.rw, 1) == "EINVAL"


# Memory


@pytest.mark.parametrize("protection", [0, 1, 3])
def test_populating_more_than_there_is(linux, protection):
    """MAP_POPULATE of 64 TiB: there is nothing to do without permissions, and else no memory for it."""
    linux.memory.room = 500
    answer = linux.call("mmap", 0, 1 << 46, protection, 0xC022, -1 & 0xFFFF_FFFF, 0)
    assert isinstance(answer, int) if not protection else linux.kernel.process.exit.signal == "SIGKILL"


def test_mappings_without_end(linux, monkeypatch):
    monkeypatch.setattr(memory, "MAX_MAP_COUNT", 500)
    mapping = until_refused(600, lambda n: linux.call("mmap", 0, PAGE, n % 2, 0x22, -1 & 0xFFFF_FFFF, 0))
    assert mapping == (501, "ENOMEM")


def test_fork_with_large_mappings_of_an_empty_file(linux):
    fd = opened(linux)
    for _ in range(500):
        assert isinstance(linux.call("mmap", 0, 64 << 20, 3, 1, fd, 0), int)
    assert linux.call("fork") == linux.kernel.newest_id


def test_pointers_at_the_last_byte(linux):
    end = linux.rw + 2 * PAGE
    linux.put(end - 5, b"/tmp/")
    assert linux.call("open", end - 5, 0) == "EFAULT"  # no NUL before the end
    linux.put(end - 5, b"/tmp\0")
    assert isinstance(linux.call("open", end - 5, 0), int)
    linux.put(linux.rw, b"/tmp\0")
    assert linux.call("stat", linux.rw, end - 143) == "EFAULT"
    assert linux.call("stat", linux.rw, end - 144) == 0
    assert linux.call("statx", AT_FDCWD, linux.rw, 0, 0xFFF, end - 255) == "EFAULT"
    assert linux.call("statx", AT_FDCWD, linux.rw, 0, 0xFFF, end - 256) == 0
    linux.put(linux.rw, b"a" * 2 * PAGE)
    assert linux.call("open", end - 4095, 0) == "EFAULT"
    assert linux.call("open", end - 4096, 0) == "ENAMETOOLONG"
