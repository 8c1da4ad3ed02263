"""Linux's calls that take a path. There are no files: only the terminal's descriptors, and /proc/self/exe.

A path that would lead anywhere is answered with ENOENT, and the trace says that this is not simulated.
Sources: fs/open.c, fs/stat.c, fs/namei.c, fs/d_path.c.
"""

from __future__ import annotations

from typing import Annotated, NoReturn

from kernel_stub import user
from kernel_stub.cpu import Memory
from kernel_stub.flags import Flags, named
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Address, Fd, Int, Kind, Size, Values, peek, pointer_text, quoted
from kernel_stub.linux.constants import CONSTANTS
from kernel_stub.linux.devices import terminal_stat
from kernel_stub.linux.flags import STATUS
from kernel_stub.outcomes import Errno

SELF = b"/proc/self/exe"
AT_FDCWD, AT_EMPTY_PATH = CONSTANTS["AT_FDCWD"], CONSTANTS["AT_EMPTY_PATH"]
STAT_FLAGS = AT_EMPTY_PATH | CONSTANTS["AT_SYMLINK_NOFOLLOW"] | CONSTANTS["AT_NO_AUTOMOUNT"]
DIRECTORY = b"/"


class PathKind(Kind):
    """A C string that the kernel reads."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return quoted(data, len(data)) if value and data is not None else pointer_text(value)

    def before(self, memory: Memory, value: int, values: Values) -> bytes | None:
        try:
            return user.string(memory, value, user.PATH_MAX)
        except Errno:
            return None


class LinkKind(Kind):
    """A buffer that the kernel fills with a path; the result is its length."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return quoted(data, len(data)) if value and data is not None else pointer_text(value)

    def after(self, memory: Memory, value: int, values: Values, result: int) -> bytes | None:
        return peek(memory, value, result, user.PATH_MAX)


class DirectoryKind(Kind):
    """A descriptor of a directory, or AT_FDCWD."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return "AT_FDCWD" if value == AT_FDCWD else str(value)


class ModeKind(Kind):
    """Permissions, in octal."""

    __slots__ = ()

    def text(self, value: int, values: Values, data: bytes | None) -> str | None:
        return f"{value:#o}".replace("0o", "0") if value else "0"


Path = Annotated[int, PathKind("const char *%")]
Link = Annotated[int, LinkKind("char *%")]
Directory = Annotated[int, DirectoryKind("int %", signed=True, bits=32)]
Mode = Annotated[int, ModeKind("mode_t %", bits=16)]
OpenFlags = Annotated[int, STATUS]
AccessMode = Annotated[
    int,
    Flags(
        "int %", unknown="?_OK", names=named(CONSTANTS, "R_OK", "W_OK", "X_OK"), modes=(("F_OK", 0),), mode_mask=~0
    ),
]
AtFlags = Annotated[
    int,
    Flags(
        "int %",
        unknown="AT_???",
        names=named(CONSTANTS, "AT_SYMLINK_NOFOLLOW", "AT_SYMLINK_FOLLOW", "AT_NO_AUTOMOUNT", "AT_EMPTY_PATH"),
    ),
]


def _nothing(kernel: Kernel, path: int, directory: int = AT_FDCWD) -> NoReturn:
    """Reads the path, for the errors that it and its directory may have, and finds no file."""
    name = user.path(kernel.memory, path)
    if directory != AT_FDCWD and not name.startswith(b"/"):
        kernel.process.files.get(directory)
        raise Errno("ENOTDIR")
    raise Errno("ENOENT", simulated=False)


def open(kernel: Kernel, pathname: Path, flags: OpenFlags, mode: Mode) -> Fd:
    """Open a file by its path."""
    _nothing(kernel, pathname)


def openat(kernel: Kernel, dirfd: Directory, pathname: Path, flags: OpenFlags, mode: Mode) -> Fd:
    """Open a file by its path, from a directory."""
    _nothing(kernel, pathname, dirfd)


def access(kernel: Kernel, pathname: Path, mode: AccessMode) -> Int:
    """Whether the caller may use a file."""
    return faccessat(kernel, AT_FDCWD, pathname, mode)


def faccessat(kernel: Kernel, dirfd: Directory, pathname: Path, mode: AccessMode) -> Int:
    """Whether the caller may use a file, from a directory."""
    if mode & ~7:
        raise Errno("EINVAL")
    _nothing(kernel, pathname, dirfd)


def stat(kernel: Kernel, pathname: Path, statbuf: Address) -> Int:
    """What a file is, by its path."""
    _nothing(kernel, pathname)


def lstat(kernel: Kernel, pathname: Path, statbuf: Address) -> Int:
    """What a file is, by its path; a symbolic link is not followed."""
    _nothing(kernel, pathname)


def fstat(kernel: Kernel, fd: Fd, statbuf: Address) -> Int:
    """What an open file is."""
    kernel.process.files.get(fd)
    user.write(kernel.memory, statbuf, terminal_stat(kernel))
    return 0


def newfstatat(kernel: Kernel, dirfd: Directory, pathname: Path, statbuf: Address, flags: AtFlags) -> Int:
    """What a file is, by its path from a directory, or the open file itself (AT_EMPTY_PATH)."""
    if flags & ~STAT_FLAGS:
        raise Errno("EINVAL")
    if flags & AT_EMPTY_PATH and (not pathname or user.string(kernel.memory, pathname, 1) == b""):
        if dirfd == AT_FDCWD:
            raise Errno("ENOENT", simulated=False)
        return fstat(kernel, dirfd, statbuf)
    _nothing(kernel, pathname, dirfd)


def readlink(kernel: Kernel, pathname: Path, buf: Link, bufsiz: Int) -> Int:
    """What a symbolic link says: here only /proc/self/exe, the program's own path."""
    return readlinkat(kernel, AT_FDCWD, pathname, buf, bufsiz)


def readlinkat(kernel: Kernel, dirfd: Directory, pathname: Path, buf: Link, bufsiz: Int) -> Int:
    """What a symbolic link says, from a directory."""
    if bufsiz <= 0:
        raise Errno("EINVAL")
    target = kernel.process.executable.encode(errors="surrogateescape")
    if not target or user.path(kernel.memory, pathname) != SELF:
        _nothing(kernel, pathname, dirfd)
    user.write(kernel.memory, buf, target[:bufsiz])
    return min(len(target), bufsiz)


def getcwd(kernel: Kernel, buf: Link, size: Size) -> Int:
    """The working directory; the result counts its NUL."""
    if size < len(DIRECTORY) + 1:
        raise Errno("ERANGE")
    user.write(kernel.memory, buf, DIRECTORY + b"\0")
    return len(DIRECTORY) + 1
