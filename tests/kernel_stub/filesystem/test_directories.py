"""Listing directories, and the working directory."""

import pytest

DIR, REG, LNK = 4, 8, 10


@pytest.fixture
def folder(files):
    """A folder with a file, a folder and a link, opened."""
    files.call("mkdir", b"/tmp/d", 0o755)
    files.make(b"/tmp/d/file")
    files.call("mkdir", b"/tmp/d/folder", 0o755)
    files.call("symlink", b"x", b"/tmp/d/link")
    return files.open(b"/tmp/d", "O_RDONLY")


WHOLE = [(b".", DIR), (b"..", DIR), (b"file", REG), (b"folder", DIR), (b"link", LNK)]


def test_a_listing(files, folder):
    assert files.listing(folder) == WHOLE
    assert files.listing(folder) == []
    assert files.call("lseek", folder, 0, 0) == 0
    assert files.listing(folder) == WHOLE


def test_a_listing_in_pieces(files, folder):
    rows = []
    while piece := files.listing(folder, 64):
        assert len(piece) <= 2
        rows += piece
    assert rows == WHOLE


def test_a_listing_goes_on_behind_what_was_taken_away(files, folder):
    assert files.listing(folder, 64) == WHOLE[:2]
    files.call("unlink", b"/tmp/d/file")
    files.make(b"/tmp/d/new")
    assert files.listing(folder) == [(b"folder", DIR), (b"link", LNK), (b"new", REG)]


def test_lines(on_linux, on_darwin):
    for files, call in ((on_linux, "getdents64"), (on_darwin, "getdirentries64")):
        fd = files.open(b"/tmp", "O_RDONLY")
        assert files.call(call, fd, files.buffer, 512, files.guest.rw) > 0
        assert files.guest.text.startswith(f"{call}({fd}, {files.buffer:#x} /* 2 entries */, 512")


def test_refusals(files, folder):
    assert files.listing(folder, 8) == "EINVAL"
    assert files.listing(99) == "EBADF"
    assert files.listing(1) == {"linux": "ENOTDIR", "darwin": "EINVAL"}[files.system]
    assert files.read(folder) == "EISDIR"
    files.call("mkdir", b"/tmp/e", 0o755)
    gone = files.open(b"/tmp/e", "O_RDONLY")
    files.call("rmdir", b"/tmp/e")
    assert files.listing(gone) == "ENOENT"


def test_older_forms(on_linux, on_darwin):
    for files, name in ((on_linux, "getdents"), (on_darwin, "getdirentries")):
        files.make(b"/tmp/file")
        fd = files.open(b"/tmp", "O_RDONLY")
        rest = () if name == "getdents" else (files.guest.rw,)
        size = files.call(name, fd, files.buffer, 512, *rest)
        last = files.answer(size)[-24:] if name == "getdents" else files.answer(size)[-16:]
        if name == "getdents":  # inode, next place, length, the name, its type in the last byte
            assert (last[16], last[18:22], last[-1]) == (24, b"file", REG)
        else:  # inode, length, type, length of the name, the name
            assert (last[4], last[6], last[7], last[8:12]) == (16, REG, 4, b"file")
        assert files.guest.text.endswith(f"= {size}")
        assert "/* 3 entries */" in files.guest.text


def test_darwin_tells_where_a_listing_began(on_darwin):
    fd = on_darwin.open(b"/dev", "O_RDONLY")
    on_darwin.listing(fd, 64)
    assert on_darwin.guest.words(on_darwin.guest.rw, 1) == (0,)
    on_darwin.listing(fd)
    assert on_darwin.guest.words(on_darwin.guest.rw, 1) == (2,)
    assert on_darwin.call("getdirentries64", fd, on_darwin.buffer, 64, on_darwin.guest.hole) == "EFAULT"


def test_the_working_directory(on_linux):
    files = on_linux
    assert files.call("getcwd", files.buffer, 2) == 2
    assert files.answer(2) == b"/\0"
    assert files.guest.text == 'getcwd("/", 2) = 2'
    files.call("mkdir", b"/tmp/d", 0o755)
    assert files.call("chdir", b"/tmp/d") == 0
    assert files.call("getcwd", files.buffer, 6) == "ERANGE"
    assert files.call("getcwd", files.buffer, 7) == 7
    assert files.answer(7) == b"/tmp/d\0"
    files.call("rename", b"/tmp/d", b"/tmp/e")
    assert files.call("getcwd", files.buffer, 99) == 7
    assert files.answer(7) == b"/tmp/e\0"


def test_relative_paths(files):
    files.call("chdir", b"/tmp")
    files.make(b"a", b"here")
    assert files.content(b"/tmp/a") == b"here"
    assert files.content(b"../tmp/a") == b"here"
    assert files.content(b"./././a") == b"here"
    fd = files.open(b"/dev", "O_RDONLY")
    assert files.call("fchdir", fd) == 0
    assert files.stat(b"null")["st_mode"] == 0o20666


def test_a_working_directory_that_was_removed(files):
    files.call("mkdir", b"/tmp/d", 0o755)
    files.call("chdir", b"/tmp/d")
    files.call("rmdir", b"/tmp/d")
    assert files.stat(b".")["st_nlink"] == 0
    assert files.stat(b"x") == "ENOENT"
    assert files.open(b"x", "O_WRONLY", "O_CREAT") == "ENOENT"
    assert files.call("mkdir", b"x", 0o755) == "ENOENT"
    assert files.call("chdir", b"..") == 0
    assert files.stat(b"pts" if files.system == "linux" else b"d") == "ENOENT"


@pytest.mark.parametrize(
    ("path", "expected"),
    [(b"/tmp/none", "ENOENT"), (b"/dev/null", "ENOTDIR"), (b"", "ENOENT"), (b"/tmp/shut", "EACCES")],
)
def test_where_one_cannot_go(files, path, expected):
    files.call("mkdir", b"/tmp/shut", 0o600)
    assert files.call("chdir", path) == expected
    assert files.call("fchdir", 1) == "ENOTDIR"
