"""Folders and files of this computer in the guest's tree: `HOST:GUEST`, or `HOST:GUEST:rw` to change them.

The guest works on what has been read of them, in memory. What it changed in one that may be changed is written back by
`write_back`, when the run is over; until then this computer sees nothing of it. Symbolic links are the guest's to
follow, in its own tree: neither reading nor writing here goes through one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from emu.errors import UserError
from kernel_stub.filesystem.hosted import Hosted, HostFiles, Seen, see
from kernel_stub.filesystem.initial import folder, place
from kernel_stub.filesystem.inodes import PERMISSIONS, Inode
from kernel_stub.filesystem.lookup import existing
from kernel_stub.filesystem.tree import FileSystem
from kernel_stub.kernel import Kernel
from kernel_stub.outcomes import Errno

FIRST_DEVICE = 0x30  # st_dev of the first mount; each is a file system of its own


class MountError(UserError):
    """A mount that can't be made, or whose changes can't be written back."""


class Mount(NamedTuple):
    """A host's folder or file, where the guest has it; `text` is how it was asked for."""

    text: str
    host: bytes
    guest: str
    writable: bool
    files: HostFiles
    seen: Seen


def parse(text: str) -> Mount:
    """A mount as typed. Raises MountError."""
    parts = text.split(":")
    writable = len(parts) > 2 and parts[-1] in ("rw", "ro") and parts.pop() == "rw"
    host, guest = ":".join(parts[:-1]), parts[-1]
    if not host or not guest.startswith("/"):
        raise MountError(f"--mount {text}: write HOST:GUEST or HOST:GUEST:rw, with an absolute path for GUEST")
    if ".." in guest.split("/"):
        raise MountError(f"--mount {text}: write GUEST without ..")
    try:
        path = os.path.realpath(os.fsencode(host), strict=True)  # here the user says where: links may lead there
        seen = see(path)
    except OSError as error:
        raise MountError(f"--mount {text}: {host}: {error.strerror}") from None
    if stat.S_IFMT(seen.mode) not in (stat.S_IFDIR, stat.S_IFREG):
        raise MountError(f"--mount {text}: {host} is neither a folder nor a regular file")
    return Mount(text, path, guest, writable, HostFiles(), seen)


def attach(kernel: Kernel, mounts: Sequence[Mount], cwd: str | None = None) -> None:
    """Put them into the guest's tree, as files of the guest's user; the process starts in `cwd` of that tree.

    Raises MountError.
    """
    for index, one in enumerate(mounts):
        try:
            inode = _place(kernel, one)
        except (OSError, Errno) as error:
            raise MountError(f"--mount {one.text}: {error}") from None
        inode.dev, inode.read_only = FIRST_DEVICE + index, not one.writable
        inode.hosted = Hosted(one.files, one.host, one.seen.size)
    if cwd is not None:
        _change_directory(kernel, cwd)


def _place(kernel: Kernel, one: Mount) -> Inode:
    files, owner = kernel.filesystem, kernel.process.credentials
    if stat.S_ISREG(one.seen.mode):
        return place(files, one.guest, one.seen.mode, owner.uid, owner.gid)
    inode = folder(files, one.guest, owner.uid, owner.gid)
    if inode.entries or inode.hosted is not None:
        raise FileExistsError(f"{one.guest} has files in it")
    inode.mode, inode.uid, inode.gid = one.seen.mode, owner.uid, owner.gid
    return inode


def _change_directory(kernel: Kernel, path: str) -> None:
    try:
        inode = existing(kernel, os.fsencode(path))
    except Errno as error:
        raise MountError(f"--cwd {path}: {kernel.personality.errnos[error.name].message}") from None
    if not inode.is_directory:
        raise MountError(f"--cwd {path}: it is no directory of the guest's")
    kernel.process.cwd = inode


# Writing back -------------------------------------------------------------------------------------


class Writing(NamedTuple):
    """What is to be done with a path of the host: `data` goes into a regular file, or `target` into a link; None for
    what stays as it is; `mode` are the permissions that it is to have."""

    path: bytes
    kind: int
    mode: int | None
    data: bytes | None = None
    target: bytes | None = None


def write_back(kernel: Kernel, mounts: Sequence[Mount]) -> None:
    """What the guest changed in mounts that may be changed, to the host. Raises MountError."""
    for one in mounts:
        if not one.writable:
            continue
        inode = _mounted(kernel.filesystem, one.guest)
        try:
            removals, writings = _plan(kernel.filesystem, inode, one)
            for path in removals:
                os.rmdir(path) if stat.S_ISDIR(os.lstat(path).st_mode) else os.unlink(path)
            for writing in writings:
                _write(writing)
            for writing in reversed(writings):  # a folder's permissions when all in it is written
                if writing.mode is not None:
                    os.chmod(writing.path, writing.mode & 0o777)
        except (OSError, Errno) as error:
            what = f"{os.fsdecode(error.filename)}: {error.strerror}" if isinstance(error, OSError) else error.name
            raise MountError(f"can't write the changes in {one.guest} back: {what}") from None


def _mounted(files: FileSystem, path: str) -> Inode:
    """The inode that a mount has; it can't have been moved."""
    current = files.root
    for name in os.fsencode(path).split(b"/"):
        if name not in (b"", b"."):
            current = files.inodes[current.entries[name]]
    return current


def _plan(files: FileSystem, inode: Inode, one: Mount) -> tuple[list[bytes], list[Writing]]:
    """All that has to go, the innermost first; then all that has to be written, the outermost first.

    Whatever the plan needs of the host's files is read before any of them is touched.
    """
    removals: list[bytes] = []
    writings: list[Writing] = []
    _compare(files, inode, one.host, one.seen, one.files, removals, writings)
    return removals, writings


def _compare(
    files: FileSystem, inode: Inode, path: bytes, before: Seen | None, known: HostFiles, removals: list[bytes],
    writings: list[Writing],
) -> None:  # fmt: skip
    """One file as the guest has it now, and as the host had it (None: it had none there)."""
    if before is not None and stat.S_IFMT(before.mode) != inode.type:
        removals += _below(known, path, before)
        before = None
    kept = before is not None and before.mode & PERMISSIONS == inode.mode & PERMISSIONS
    mode = None if kept else inode.mode & PERMISSIONS
    untouched = inode.hosted is not None and inode.hosted.path == path
    if inode.is_directory:
        if mode is not None:
            writings.append(Writing(path, inode.type, mode))
        if untouched:
            return
        old = known.folder(path) if before is not None else {}
        now = files.entries(inode)
        for name in sorted(old.keys() - now.keys()):
            removals += _below(known, path + b"/" + name, old[name])
        for name, number in now.items():
            child = path + b"/" + name
            _compare(files, files.inodes[number], child, old.get(name), known, removals, writings)
    elif inode.is_link:
        if before is None or before.target != inode.target:
            removals += [path] if before is not None else []
            writings.append(Writing(path, inode.type, None, target=inode.target))
    elif inode.is_regular:
        data = None if untouched else b"".join(files.contents(inode).chunks())
        if data is not None and before is not None and known.read(path) == data:
            data = None
        if mode is not None or data is not None:
            writings.append(Writing(path, inode.type, mode, data))


def _below(known: HostFiles, path: bytes, seen: Seen) -> Iterator[bytes]:
    """A path that has to go, with all that is known to be in it, the innermost first."""
    if stat.S_ISDIR(seen.mode):
        for name, child in known.folder(path).items():
            yield from _below(known, path + b"/" + name, child)
    yield path


def _write(writing: Writing) -> None:
    path = writing.path
    if stat.S_ISDIR(writing.kind):
        if not os.path.isdir(path):
            os.mkdir(path)
    elif stat.S_ISLNK(writing.kind):
        os.symlink(writing.target or b"", path)
    elif writing.data is not None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        with open(os.open(path, flags, 0o600 | (writing.mode or 0o600)), "wb") as file:
            file.write(writing.data)
