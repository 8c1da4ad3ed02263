"""stat and its like, chmod, chown, access, times."""

import struct

import pytest

AT_FDCWD = -100
START = 1_228_089_600  # the clock's beginning, in seconds since 1970


def test_what_a_file_is(files):
    files.make(b"/tmp/a", b"hello")
    told = files.stat(b"/tmp/a")
    assert (told["st_mode"], told["st_nlink"], told["st_size"], told["st_blocks"]) == (0o100644, 1, 5, 8)
    assert (told["st_uid"], told["st_blksize"]) == (files.kernel.process.credentials.uid, 4096)
    assert files.guest.text == files.guest.text.split("{")[0] + "{st_mode=S_IFREG|0644, st_size=5, ...}) = 0"


def test_the_terminal_and_pipes_are_told_apart(files):
    told = files.stat(1)
    assert (told["st_mode"], told["st_uid"]) == (0o20620, files.kernel.process.credentials.uid)
    files.call("pipe", files.buffer)
    assert files.stat(3)["st_mode"] == 0o10600
    assert files.stat(3)["st_ino"] == files.stat(4)["st_ino"]
    assert files.stat(b"/dev/null")["st_mode"] == 0o20666
    assert "st_rdev=makedev(" in files.guest.text


def test_links_are_followed_or_not(files):
    files.make(b"/tmp/a")
    files.call("symlink", b"a", b"/tmp/l")
    assert files.stat(b"/tmp/l")["st_mode"] == 0o100644
    told = files.stat(b"/tmp/l", follow=False)
    assert told["st_mode"] == {"linux": 0o120777, "darwin": 0o120755}[files.system]
    assert told["st_size"] == 1


def test_refusals(files):
    assert files.stat(99) == "EBADF"
    assert files.stat(b"/tmp/none") == "ENOENT"
    assert files.stat(b"/dev/null/") == "ENOTDIR"
    name = "fstat" if files.system == "linux" else "fstat64"
    assert files.call(name, 1, files.guest.hole) == "EFAULT"


def test_darwin_lines(on_darwin):
    on_darwin.call("symlink", b"/dev/null", b"/tmp/l")
    assert on_darwin.call("stat64", b"/tmp/l", on_darwin.buffer) == 0
    assert on_darwin.guest.text == 'stat64("/tmp/l", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x3, 0x2), ...}) = 0'
    assert on_darwin.call("lstat64", b"/tmp/l", on_darwin.buffer) == 0
    assert on_darwin.guest.text == 'lstat64("/tmp/l", {st_mode=S_IFLNK|0755, st_size=9, ...}) = 0'


def test_older_darwin_structs(on_darwin):
    on_darwin.make(b"/tmp/a", b"hello")
    for name, argument in (("stat", b"/tmp/a"), ("lstat", b"/tmp/a"), ("fstat", on_darwin.open(b"/tmp/a", "O_RDONLY"))):
        assert on_darwin.call(name, argument, on_darwin.buffer) == 0
        data = on_darwin.answer(120)
        assert struct.unpack_from("<HH", data, 8) == (0o100644, 1)
        assert struct.unpack_from("<q", data, 72) == (5,)
        assert on_darwin.guest.text.endswith("{st_mode=S_IFREG|0644, st_size=5, ...}) = 0")


def test_linux_from_a_directory(on_linux):
    files = on_linux
    files.make(b"/tmp/a", b"hello")
    assert files.call("newfstatat", AT_FDCWD, b"/tmp/a", files.buffer, 0) == 0
    assert files.guest.text == 'newfstatat(AT_FDCWD, "/tmp/a", {st_mode=S_IFREG|0644, st_size=5, ...}, 0) = 0'
    fd = files.open(b"/tmp/a", "O_RDONLY")
    assert files.call("newfstatat", fd, b"", files.buffer, files.bits("AT_EMPTY_PATH")) == 0
    assert files.call("newfstatat", fd, b"", files.buffer, 0) == "ENOENT"
    assert files.call("newfstatat", fd, b"x", files.buffer, 0) == "ENOTDIR"
    assert files.call("newfstatat", 99, b"", files.buffer, files.bits("AT_EMPTY_PATH")) == "EBADF"
    assert files.call("newfstatat", AT_FDCWD, b"/tmp/a", files.buffer, 1 << 30) == "EINVAL"


def test_statx(on_linux):
    files = on_linux
    files.make(b"/tmp/a", b"hello")
    assert files.call("statx", AT_FDCWD, b"/tmp/a", 0, 0xFFF, files.buffer) == 0
    data = files.answer(256)
    assert struct.unpack_from("<I", data)[0] == 0x7FF
    assert struct.unpack_from("<H", data, 28) == (0o100644,)
    assert struct.unpack_from("<Q", data, 40) == (5,)
    assert struct.unpack_from("<q", data, 112) == (START,)
    assert files.call("statx", AT_FDCWD, b"/tmp/a", 0x6000, 0xFFF, files.buffer) == "EINVAL"
    assert files.call("statx", AT_FDCWD, b"/tmp/a", 0, 1 << 31, files.buffer) == "EINVAL"


def test_permissions(files):
    files.make(b"/tmp/a")
    assert files.call("chmod", b"/tmp/a", 0o4711) == 0
    assert files.stat(b"/tmp/a")["st_mode"] == 0o104711
    assert files.call("fchmod", files.open(b"/tmp/a", "O_RDONLY"), 0o600) == 0
    assert files.stat(b"/tmp/a")["st_mode"] == 0o100600
    files.become(99)
    assert files.call("chmod", b"/tmp/a", 0o777) == "EPERM"
    assert files.call("fchmod", 99, 0o777) == "EBADF"
    files.become(0)
    assert files.call("chmod", b"/tmp/a", 0o777) == 0


def test_owners(files):
    files.make(b"/tmp/a", mode=0o4755)
    uid = files.kernel.process.credentials.uid
    assert files.call("chown", b"/tmp/a", uid, -1) == 0
    assert files.stat(b"/tmp/a")["st_mode"] == 0o100755  # no longer set-user-ID
    assert files.call("chown", b"/tmp/a", 99, -1) == "EPERM"
    assert files.call("chown", b"/tmp/a", -1, 99) == "EPERM"
    files.become(0)
    assert files.call("chown", b"/tmp/a", 99, 98) == 0
    told = files.stat(b"/tmp/a")
    assert (told["st_uid"], told["st_gid"]) == (99, 98)
    files.call("symlink", b"a", b"/tmp/l")
    assert files.call("lchown", b"/tmp/l", 5, -1) == 0
    assert (files.stat(b"/tmp/a")["st_uid"], files.stat(b"/tmp/l", follow=False)["st_uid"]) == (99, 5)
    assert files.call("fchown", files.open(b"/tmp/a", "O_RDONLY"), 7, -1) == 0
    assert files.stat(b"/tmp/a")["st_uid"] == 7


def test_owners_from_a_directory(on_linux):
    files = on_linux
    files.make(b"/tmp/a")
    assert files.call("fchownat", AT_FDCWD, b"/tmp/a", -1, -1, 0) == 0
    assert files.call("fchownat", AT_FDCWD, b"/tmp/a", -1, -1, 1 << 20) == "EINVAL"
    assert files.call("fchmodat", AT_FDCWD, b"/tmp/a", 0o611) == 0
    assert files.stat(b"/tmp/a")["st_mode"] == 0o100611


@pytest.mark.parametrize(
    ("path", "mode", "expected"),
    [
        (b"/tmp/a", 0, 0), (b"/tmp/a", 4, 0), (b"/tmp/a", 6, 0), (b"/tmp/a", 1, "EACCES"), (b"/tmp/b", 0, "ENOENT"),
        (b"/", 5, 0), (b"/", 2, "EACCES"), (b"/tmp/a", 8, "EINVAL"), (b"/tmp/a/b", 0, "ENOTDIR"),
    ],
)  # fmt: skip
def test_access(files, path, mode, expected):
    files.make(b"/tmp/a")
    assert files.call("access", path, mode) == expected


def test_access_asks_for_the_real_user(files):
    files.make(b"/tmp/a", mode=0o600)
    files.kernel.process.credentials = files.kernel.process.credentials._replace(uid=99, gid=99)
    assert files.call("access", b"/tmp/a", 4) == "EACCES"
    assert isinstance(files.open(b"/tmp/a", "O_RDONLY"), int)


def test_access_from_a_directory(on_linux):
    files = on_linux
    files.make(b"/tmp/a", mode=0o600)
    files.kernel.process.credentials = files.kernel.process.credentials._replace(uid=99, gid=99)
    effective = files.bits("AT_EACCESS")
    assert files.call("faccessat", AT_FDCWD, b"/tmp/a", 4) == "EACCES"
    assert files.call("faccessat2", AT_FDCWD, b"/tmp/a", 4, effective) == 0
    assert files.guest.text == 'faccessat2(AT_FDCWD, "/tmp/a", R_OK, AT_EACCESS) = 0'
    assert files.call("faccessat2", AT_FDCWD, b"/tmp/a", 4, 1) == "EINVAL"


def test_times_follow_the_clock(files):
    files.make(b"/tmp/a", b"x")
    field = "st_mtime" if files.system == "linux" else "st_mtimespec.tv_sec"
    assert files.stat(b"/tmp/a")[field] == START
    files.kernel.clock.skip_to(5_000_000_000)
    fd = files.open(b"/tmp/a", "O_WRONLY")
    assert files.stat(b"/tmp/a")[field] == START
    files.write(fd, b"y")
    assert files.stat(b"/tmp/a")[field] == START + 5


def test_linux_sets_times(on_linux):
    files = on_linux
    files.make(b"/tmp/a")
    now, omit = files.bits("UTIME_NOW"), files.bits("UTIME_OMIT")
    times = files.guest.put_words(files.buffer, 5, 6, 7, 8)
    assert files.call("utimensat", AT_FDCWD, b"/tmp/a", times, 0) == 0
    assert files.guest.text == (
        'utimensat(AT_FDCWD, "/tmp/a", [{tv_sec=5, tv_nsec=6} /* 1970-01-01T00:00:05.000000006+0000 */, '
        "{tv_sec=7, tv_nsec=8} /* 1970-01-01T00:00:07.000000008+0000 */], 0) = 0"
    )
    told = files.stat(b"/tmp/a")
    assert (told["st_atime"], told["st_mtime"], told["st_mtime_nsec"]) == (5, 7, 8)
    files.guest.put_words(files.buffer, 0, omit, 0, now)
    assert files.call("utimensat", files.open(b"/tmp/a", "O_RDONLY"), 0, files.buffer, 0) == 0
    told = files.stat(b"/tmp/a")
    assert (told["st_atime"], told["st_mtime"]) == (5, START)
    files.guest.put_words(files.buffer, 0, 1_000_000_000, 0, 0)
    assert files.call("utimensat", AT_FDCWD, b"/tmp/a", files.buffer, 0) == "EINVAL"
    files.become(99)
    assert files.call("utimensat", AT_FDCWD, b"/tmp/a", 0, 0) == "EACCES"


def test_darwin_sets_times(on_darwin):
    files = on_darwin
    files.make(b"/tmp/a")
    files.guest.put(files.buffer, struct.pack("<qi4xqi4x", 5, 6, 7, 8))
    assert files.call("utimes", b"/tmp/a", files.buffer) == 0
    told = files.stat(b"/tmp/a")
    assert (told["st_atimespec.tv_sec"], told["st_mtimespec.tv_nsec"]) == (5, 8000)
    assert files.call("futimes", files.open(b"/tmp/a", "O_RDONLY"), 0) == 0
    assert files.stat(b"/tmp/a")["st_mtimespec.tv_sec"] == START


def test_there_is_no_disk_to_wait_for(files):
    fd = files.open(b"/tmp/a", "O_WRONLY", "O_CREAT")
    assert files.call("fsync", fd) == 0
    assert files.call("fsync", 1) == {"linux": "EINVAL", "darwin": "ENOTSUP"}[files.system]
    if files.system == "linux":
        assert files.call("fdatasync", fd) == 0
