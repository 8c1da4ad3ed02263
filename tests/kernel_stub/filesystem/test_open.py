"""open: making and opening files, on both systems."""

import pytest


def test_a_file_is_made_written_and_read_again(files):
    fd = files.open(b"/tmp/a", "O_RDWR", "O_CREAT", mode=0o666)
    assert fd == 3
    assert files.write(fd, b"hello") == 5
    assert files.read(fd) == b""
    assert files.content(b"/tmp/a") == b"hello"
    assert files.stat(b"/tmp/a")["st_mode"] == 0o100644  # the umask is 022


@pytest.mark.parametrize(
    ("path", "flags", "expected"),
    [
        (b"/tmp/none", ("O_RDONLY",), "ENOENT"),
        (b"/none/a", ("O_WRONLY", "O_CREAT"), "ENOENT"),
        (b"/dev/null/a", ("O_RDONLY",), "ENOTDIR"),
        (b"/tmp/file/", ("O_RDONLY",), "ENOTDIR"),
        (b"/tmp/file", ("O_RDONLY", "O_DIRECTORY"), "ENOTDIR"),
        (b"/tmp/file", ("O_WRONLY", "O_CREAT", "O_EXCL"), "EEXIST"),
        (b"/tmp", ("O_WRONLY",), "EISDIR"),
        (b"/tmp", ("O_RDONLY", "O_TRUNC"), "EISDIR"),
        (b"/etc", ("O_WRONLY", "O_CREAT"), "EACCES"),
        (b"/tmp/secret", ("O_RDONLY",), "EACCES"),
        (b"/tmp/link", ("O_RDONLY", "O_NOFOLLOW"), "ELOOP"),
        (b"/tmp/loop", ("O_RDONLY",), "ELOOP"),
        (b"/tmp/" + b"n" * 256, ("O_RDONLY",), "ENAMETOOLONG"),
        (b"", ("O_RDONLY",), "ENOENT"),
        (b"/tmp/link", ("O_RDONLY", "O_EXCL"), 3),  # without O_CREAT it says nothing
        (b"/tmp/link", ("O_RDONLY",), 3),
        (b"/tmp", ("O_RDONLY", "O_DIRECTORY"), 3),
        (b"/dev/null", ("O_RDWR", "O_TRUNC"), 3),
        (b"/tmp/../tmp/./file", ("O_RDONLY",), 3),
    ],
)
def test_answers(files, path, flags, expected):
    files.make(b"/tmp/file")
    files.make(b"/tmp/secret", mode=0o000)
    files.call("symlink", b"file", b"/tmp/link")
    files.call("symlink", b"loop", b"/tmp/loop")
    assert files.open(path, *flags) == expected


def test_what_is_longer_than_a_path_may_be(files):
    most = files.kernel.filesystem.rules.path_max
    assert files.open(b"/" * (most - 1)) == 3
    assert files.open(b"/" * most) == "ENAMETOOLONG"


def test_a_full_table_is_found_before_the_file_is_made(files):
    files.kernel.process.files.limit = 3
    assert files.open(b"/tmp/a", "O_WRONLY", "O_CREAT") == "EMFILE"
    files.kernel.process.files.limit = 4
    assert files.open(b"/tmp/a", "O_RDONLY") == "ENOENT"


def test_a_dangling_link_is_made_where_it_points(files):
    files.call("symlink", b"made", b"/tmp/link")
    files.make(b"/tmp/link", b"x")
    assert files.content(b"/tmp/made") == b"x"


def test_the_systems_differ_in_a_directory_opened_with_o_creat(files):
    expected = {"linux": "EISDIR", "darwin": 3}[files.system]
    assert files.open(b"/tmp", "O_RDONLY", "O_CREAT") == expected


def test_a_name_with_a_slash_is_no_file(files):
    expected = {"linux": "EISDIR", "darwin": "ENOENT"}[files.system]
    assert files.open(b"/tmp/a/", "O_RDWR", "O_CREAT") == expected


def test_a_file_made_without_permissions_is_its_makers_all_the_same(files):
    fd = files.open(b"/tmp/a", "O_RDWR", "O_CREAT", mode=0)
    assert files.write(fd, b"x") == 1
    assert files.open(b"/tmp/a", "O_RDWR") == "EACCES"


def test_darwin_files_have_their_directorys_group(files):
    files.kernel.process.credentials = files.kernel.process.credentials._replace(egid=77)
    files.make(b"/tmp/a")
    assert files.stat(b"/tmp/a")["st_gid"] == {"linux": 77, "darwin": 0}[files.system]


def test_only_linux_opens_a_file_for_nothing(on_linux, on_darwin):
    for files in (on_linux, on_darwin):
        files.make(b"/tmp/a")
    assert on_linux.open(b"/tmp/a", "O_ACCMODE") == 3
    assert on_linux.read(3) == "EBADF"
    assert on_linux.call("fcntl", 3, on_linux.bits("F_GETFL")) == 0x8003
    assert on_darwin.open(b"/tmp/a", "O_ACCMODE") == "EINVAL"


def test_status_flags_stay(files):
    fd = files.open(b"/tmp/a", "O_RDWR", "O_CREAT", "O_EXCL", "O_APPEND", "O_CLOEXEC")
    flags = files.call("fcntl", fd, files.bits("F_GETFL"))
    assert flags == files.bits("O_RDWR", "O_APPEND") | (0x8000 if files.system == "linux" else 0)
    assert files.call("fcntl", fd, files.bits("F_GETFD")) == 1


def test_from_a_directory(on_linux):
    files = on_linux
    assert files.call("mkdir", b"/tmp/d", 0o755) == 0
    fd = files.open(b"/tmp/d", "O_RDONLY")
    assert files.call("openat", fd, b"x", files.bits("O_WRONLY", "O_CREAT"), 0o600) == 4
    assert files.stat(b"/tmp/d/x")["st_mode"] == 0o100600
    assert files.call("openat", 4, b"x", 0, 0) == "ENOTDIR"
    assert files.call("openat", 99, b"x", 0, 0) == "EBADF"
    assert files.call("openat", 99, b"/tmp/d/x", 0, 0) == 5
    assert files.call("creat", b"/tmp/d/y", 0o4444) == 6
    assert files.guest.text == 'creat("/tmp/d/y", 04444) = 6'


def test_lines(files):
    files.open(b"/tmp/a", "O_WRONLY", "O_CREAT", "O_TRUNC")
    assert files.guest.text == 'open("/tmp/a", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3'
    files.open(b"/tmp/a", "O_RDONLY")
    assert files.guest.text == 'open("/tmp/a", O_RDONLY) = 4'


def test_what_is_not_simulated_says_so(on_linux, on_darwin):
    assert on_linux.open(b"/tmp", "O_TMPFILE", "O_RDWR") == "EOPNOTSUPP"
    assert on_linux.guest.text.endswith("[not simulated]")
    assert on_darwin.open(b"/tmp", "O_EXLOCK") == "EOPNOTSUPP"
    assert on_darwin.guest.text.endswith("[not simulated]")
