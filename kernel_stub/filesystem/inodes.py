"""An inode: what a file is apart from its names. The numbers are those of POSIX systems since V7 (sys/stat.h)."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from kernel_stub.filesystem.contents import Contents
from kernel_stub.filesystem.hosted import Hosted

S_IFMT, S_IFIFO, S_IFCHR, S_IFDIR, S_IFREG, S_IFLNK = 0o170000, 0o10000, 0o20000, 0o40000, 0o100000, 0o120000
S_ISUID, S_ISGID, S_ISVTX, S_IXGRP = 0o4000, 0o2000, 0o1000, 0o10
PERMISSIONS = 0o7777

READ, WRITE, SEARCH = 4, 2, 1  # wanted permissions; SEARCH of a directory, of a file to execute it


@dataclass(eq=False, slots=True)
class Inode:
    """One file. `mode` is type and permissions; times are nanoseconds since 1970.

    Of these each type has its own: a regular file `contents`, a symbolic link its `target`, a directory `entries` (an
    inode's number by name, in the order of making; each name's place in `cookies`) and its `parent`; a device the
    name of its `driver` and `rdev`. Where `target` is None the link leads to the running program.

    `opens` counts open file descriptions; `mapped` the regions of address spaces that show it. `hosted` is where the
    host has it, until its contents or entries have been looked at. `read_only` is what a file of such a mount is.
    """

    number: int
    mode: int
    uid: int
    gid: int
    atime: int
    mtime: int
    ctime: int
    nlink: int = 1
    dev: int = 0x19
    rdev: int = 0
    contents: Contents | None = None
    target: bytes | None = None
    entries: dict[bytes, int] = field(default_factory=dict)
    cookies: dict[bytes, int] = field(default_factory=dict)
    next_cookie: int = 3  # "." and ".." are 1 and 2
    parent: int = 0
    driver: str = ""
    opens: int = 0
    mapped: int = 0
    hosted: Hosted | None = None
    read_only: bool = False

    @property
    def type(self) -> int:
        """One of S_IF..."""
        return self.mode & S_IFMT

    @property
    def is_directory(self) -> bool:
        return self.mode & S_IFMT == S_IFDIR

    @property
    def is_link(self) -> bool:
        return self.mode & S_IFMT == S_IFLNK

    @property
    def is_regular(self) -> bool:
        return self.mode & S_IFMT == S_IFREG

    def __deepcopy__(self, memo: dict[int, object]) -> Inode:
        """A checkpoint's copy; fields other than these hold nothing that changes."""
        other = copy.copy(self)
        other.entries, other.cookies = self.entries.copy(), self.cookies.copy()
        other.contents = copy.deepcopy(self.contents)
        return other

    def permits(self, wanted: int, uid: int, gid: int) -> bool:
        """Whether a user of that id and group may do what is wanted; root needs an x bit only to execute."""
        if uid == 0:
            return self.is_directory or not wanted & SEARCH or bool(self.mode & 0o111)
        shift = 6 if uid == self.uid else 3 if gid == self.gid else 0
        return wanted & ~(self.mode >> shift) == 0
