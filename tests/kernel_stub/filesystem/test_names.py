"""mkdir, rmdir, link, unlink, rename, symlink, readlink, and their calls from directories (Linux)."""

import pytest

AT_FDCWD = -100
DIRECTORY_ERROR = {"linux": "EISDIR", "darwin": "EPERM"}


@pytest.fixture
def tree(files):
    """/tmp/d/f, /tmp/e (empty), /tmp/f, and /tmp/s that leads to /tmp/d."""
    assert files.call("mkdir", b"/tmp/d", 0o755) == 0
    assert files.call("mkdir", b"/tmp/e", 0o777) == 0
    files.make(b"/tmp/d/f", b"inner")
    files.make(b"/tmp/f", b"outer")
    assert files.call("symlink", b"d", b"/tmp/s") == 0
    return files


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("mkdir", b"/tmp/d", 0o755), "EEXIST"),
        (("mkdir", b"/tmp/s", 0o755), "EEXIST"),
        (("mkdir", b"/tmp/new/", 0o755), 0),
        (("mkdir", b"/tmp/no/new", 0o755), "ENOENT"),
        (("mkdir", b"/new", 0o755), "EACCES"),
        (("rmdir", b"/tmp/e"), 0),
        (("rmdir", b"/tmp/e/"), 0),
        (("rmdir", b"/tmp/d"), "ENOTEMPTY"),
        (("rmdir", b"/tmp/f"), "ENOTDIR"),
        (("rmdir", b"/tmp/s"), "ENOTDIR"),
        (("rmdir", b"/tmp/e/."), "EINVAL"),
        (("rmdir", b"/tmp/e/.."), "ENOTEMPTY"),
        (("unlink", b"/tmp/f"), 0),
        (("unlink", b"/tmp/s"), 0),
        (("unlink", b"/tmp/none"), "ENOENT"),
        (("unlink", b"/tmp/f/"), "ENOTDIR"),
        (("unlink", b"/dev/null"), "EACCES"),
        (("link", b"/tmp/f", b"/tmp/g"), 0),
        (("link", b"/tmp/f", b"/tmp/d"), "EEXIST"),
        (("link", b"/tmp/d", b"/tmp/g"), "EPERM"),
        (("link", b"/tmp/none", b"/tmp/g"), "ENOENT"),
        (("rename", b"/tmp/f", b"/tmp/d/f"), 0),
        (("rename", b"/tmp/f", b"/tmp/d"), "EISDIR"),
        (("rename", b"/tmp/d", b"/tmp/f"), "ENOTDIR"),
        (("rename", b"/tmp/d", b"/tmp/e"), 0),
        (("rename", b"/tmp/e", b"/tmp/d"), "ENOTEMPTY"),
        (("rename", b"/tmp/d", b"/tmp/d/in"), "EINVAL"),
        (("rename", b"/tmp/d/f", b"/tmp/d"), "ENOTEMPTY"),
        (("rename", b"/tmp/none", b"/tmp/x"), "ENOENT"),
        (("rename", b"/tmp/f", b"/tmp/f"), 0),
        (("symlink", b"anything", b"/tmp/f"), "EEXIST"),
        (("symlink", b"", b"/tmp/x"), "ENOENT"),
        (("symlink", b"x", b"/tmp/x/"), "ENOENT"),
    ],
)
def test_answers(tree, call, expected):
    assert tree.call(*call) == expected


@pytest.mark.parametrize(
    ("call", "linux", "darwin"),
    [
        (("mkdir", b"/", 0o755), "EEXIST", "EISDIR"),
        (("rmdir", b"/"), "EBUSY", "EISDIR"),
        (("unlink", b"/"), "EISDIR", "EISDIR"),
        (("rename", b"/", b"/tmp/x"), "EBUSY", "EISDIR"),
        (("symlink", b"x", b"/"), "EEXIST", "EISDIR"),
        (("unlink", b"/tmp/."), "EISDIR", "EPERM"),
        (("rename", b"/tmp/d/.", b"/tmp/x"), "EBUSY", "EINVAL"),
        (("rename", b"/tmp/d", b"/tmp/e/.."), "EBUSY", "EINVAL"),
    ],
)
def test_names_that_cannot_be_made_or_taken_away(tree, call, linux, darwin):
    assert tree.call(*call) == {"linux": linux, "darwin": darwin}[tree.system]


def test_a_directory_is_not_unlinked(tree):
    assert tree.call("unlink", b"/tmp/e") == DIRECTORY_ERROR[tree.system]


def test_a_file_lives_as_long_as_it_has_names_or_is_open(tree):
    assert tree.call("link", b"/tmp/f", b"/tmp/g") == 0
    assert tree.stat(b"/tmp/f")["st_nlink"] == 2
    tree.call("unlink", b"/tmp/f")
    assert tree.content(b"/tmp/g") == b"outer"
    fd = tree.open(b"/tmp/g", "O_RDONLY")
    tree.call("unlink", b"/tmp/g")
    assert tree.stat(fd)["st_nlink"] == 0
    assert tree.read(fd) == b"outer"


def test_link_and_symbolic_links(tree):
    """Linux gives the link a name, Darwin what it leads to."""
    tree.call("symlink", b"f", b"/tmp/t")
    assert tree.call("link", b"/tmp/t", b"/tmp/u") == 0
    kind = tree.stat(b"/tmp/u", follow=False)["st_mode"] & 0o170000
    assert kind == {"linux": 0o120000, "darwin": 0o100000}[tree.system]


def test_a_directory_counts_its_own(tree):
    assert tree.stat(b"/tmp/d")["st_nlink"] == 2
    tree.call("mkdir", b"/tmp/d/x", 0o755)
    assert tree.stat(b"/tmp/d")["st_nlink"] == 3
    tree.call("rename", b"/tmp/d/x", b"/tmp/x")
    assert tree.stat(b"/tmp/d")["st_nlink"] == 2
    assert tree.stat(b"/tmp/x/..")["st_ino"] == tree.stat(b"/tmp")["st_ino"]


def test_the_umask_counts_for_directories(tree):
    assert tree.stat(b"/tmp/e")["st_mode"] == 0o40755
    assert tree.call("umask", 0o77) == 0o22
    assert tree.guest.text == "umask(077) = 022"
    tree.call("mkdir", b"/tmp/x", 0o7777)
    assert tree.stat(b"/tmp/x")["st_mode"] == 0o41700


def test_readlink(tree):
    assert tree.call("readlink", b"/tmp/s", tree.buffer, 64) == 1
    assert tree.answer(1) == b"d"
    assert tree.call("readlink", b"/tmp/f", tree.buffer, 64) == "EINVAL"
    assert tree.call("readlink", b"/tmp/s/", tree.buffer, 64) == "EINVAL"


def test_the_sticky_bit_guards_others_files(tree):
    tree.become(99)
    assert tree.call("unlink", b"/tmp/f") == "EPERM"
    assert tree.call("rename", b"/tmp/f", b"/tmp/mine") == "EPERM"
    tree.become(0)
    assert tree.call("unlink", b"/tmp/f") == 0


def test_others_directories_are_closed(tree):
    tree.call("chmod", b"/tmp/d", 0o700)
    tree.become(99)
    assert tree.call("unlink", b"/tmp/d/f") == "EACCES"
    assert tree.stat(b"/tmp/d/f") == "EACCES"
    assert tree.open(b"/tmp/d", "O_RDONLY") == "EACCES"


def test_from_directories(on_linux):
    files = on_linux
    assert files.call("mkdirat", AT_FDCWD, b"/tmp/d", 0o755) == 0
    fd = files.open(b"/tmp/d", "O_RDONLY")
    assert files.call("mkdirat", fd, b"x", 0o755) == 0
    assert files.call("symlinkat", b"told", fd, b"s") == 0
    assert files.call("readlinkat", fd, b"s", files.buffer, 9) == 4
    assert files.call("linkat", fd, b"s", fd, b"t", 0) == 0
    assert files.call("linkat", fd, b"s", fd, b"u", files.bits("AT_SYMLINK_FOLLOW")) == "ENOENT"
    assert files.call("linkat", fd, b"", fd, b"u", files.bits("AT_EMPTY_PATH")) == "ENOENT"
    assert files.call("renameat", fd, b"t", AT_FDCWD, b"/tmp/t") == 0
    assert files.call("unlinkat", fd, b"x", 0) == "EISDIR"
    assert files.call("unlinkat", fd, b"x", files.bits("AT_REMOVEDIR")) == 0
    assert files.guest.text == f'unlinkat({fd}, "x", AT_REMOVEDIR) = 0'
    assert files.call("unlinkat", fd, b"x", 1) == "EINVAL"


def test_rename_with_flags(on_linux):
    files = on_linux
    files.make(b"/tmp/a", b"a")
    files.make(b"/tmp/b", b"b")
    keep, swap, whiteout = files.bits("RENAME_NOREPLACE"), files.bits("RENAME_EXCHANGE"), files.bits("RENAME_WHITEOUT")
    assert files.call("renameat2", AT_FDCWD, b"/tmp/a", AT_FDCWD, b"/tmp/b", keep) == "EEXIST"
    assert files.guest.text.startswith('renameat2(AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/b", RENAME_NOREPLACE) = ')
    assert files.call("renameat2", AT_FDCWD, b"/tmp/a", AT_FDCWD, b"/tmp/b", swap) == 0
    assert (files.content(b"/tmp/a"), files.content(b"/tmp/b")) == (b"b", b"a")
    assert files.call("renameat2", AT_FDCWD, b"/tmp/a", AT_FDCWD, b"/tmp/none", swap) == "ENOENT"
    assert files.call("renameat2", AT_FDCWD, b"/tmp/a", AT_FDCWD, b"/tmp/b", swap | keep) == "EINVAL"
    assert files.call("renameat2", AT_FDCWD, b"/tmp/a", AT_FDCWD, b"/tmp/b", whiteout) == "EINVAL"
    assert files.guest.text.endswith("[not simulated]")


def test_a_thousand_directories_deep_can_be_kept_and_gone_back_to(files):
    files.call("chdir", b"/tmp")
    for _ in range(1000):
        assert files.call("mkdir", b"d", 0o755) == 0
        assert files.call("chdir", b"d") == 0
    state = files.kernel.checkpoint()
    files.kernel.restore(state)
    assert files.call("rmdir", b"../d") == 0
