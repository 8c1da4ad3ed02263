"""Files of the host in the guest's tree, by their paths: the host is asked when the guest first looks.

What was seen is kept for the whole run, in every checkpoint of it: going back and forth sees the same files. Symbolic
links are shown as links and never followed here, so that nothing outside the folder is reached.
"""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from kernel_stub.outcomes import Errno

LARGEST = 256 << 20  # bytes of a file that can be opened


class Seen(NamedTuple):
    """One file of the host: its type and permissions, its size, and a symbolic link's target."""

    mode: int
    size: int
    target: bytes | None = None


class HostFiles:
    """What has been read of the host's files, by path. Copies of a kernel share it: it only grows."""

    def __init__(self) -> None:
        self._files: dict[bytes, bytes] = {}
        self._folders: dict[bytes, dict[bytes, Seen]] = {}

    def __deepcopy__(self, memo: dict[int, object]) -> HostFiles:
        return self

    def read(self, path: bytes) -> bytes:
        """All bytes of a regular file. Raises Errno."""
        if path not in self._files:
            self._files[path] = _read(path)
        return self._files[path]

    def folder(self, path: bytes) -> dict[bytes, Seen]:
        """The files in a folder by name, those that a guest can have: regular ones, folders and links. Raises Errno."""
        if path not in self._folders:
            self._folders[path] = _folder(path)
        return self._folders[path]


class Hosted(NamedTuple):
    """Where the host has a file, and how large it was when its folder was read."""

    files: HostFiles
    path: bytes
    size: int = 0


def see(path: bytes) -> Seen:
    """What the host has there. Raises OSError."""
    found = os.lstat(path)
    target = os.readlink(path) if stat.S_ISLNK(found.st_mode) else None
    return Seen(found.st_mode & 0o170777, found.st_size, target)


def _read(path: bytes) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise Errno("EIO", simulated=False)
            if found.st_size > LARGEST:
                raise Errno("EFBIG", simulated=False)
            return file.read(LARGEST)
    except OSError as error:
        raise Errno(_errno(error), simulated=False) from None


def _folder(path: bytes) -> dict[bytes, Seen]:
    try:
        names = sorted(os.listdir(path))
    except OSError as error:
        raise Errno(_errno(error), simulated=False) from None
    found = {}
    for name in names:
        try:
            seen = see(os.path.join(path, name))
        except OSError:
            continue  # it went away
        if stat.S_IFMT(seen.mode) in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
            found[name] = seen
    return found


def _errno(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "EACCES"
    return "ENOENT" if isinstance(error, FileNotFoundError) else "EIO"
