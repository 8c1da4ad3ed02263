"""From a path to an inode (path_resolution(7); Linux: fs/namei.c, xnu: bsd/vfs/vfs_lookup.c)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from kernel_stub.filesystem.inodes import SEARCH, WRITE, Inode
from kernel_stub.outcomes import Errno

if TYPE_CHECKING:
    from kernel_stub.kernel import Kernel

NAME_MAX = 255
DOTS = (b".", b"..")


class Last(Enum):
    """What becomes of a symbolic link at the end of a path."""

    FOLLOW = "it is followed"
    MAKE = "it is followed to what may be made, behind which no slash may stand"
    STAY = "it is meant itself, unless a slash stands behind it"
    NAME = "the name is meant, to be made or taken away: `named` sees whether there is such a file"


class Ids(NamedTuple):
    """Whose permissions count: the effective ids, or (access) the real ones."""

    uid: int
    gid: int


class Found(NamedTuple):
    """Where a path led: the last directory, the name in it (b"/" for the root), and the file, None if there is none.

    `slash` says that a slash stood behind the name.
    """

    directory: Inode
    name: bytes
    inode: Inode | None
    slash: bool = False

    @property
    def special(self) -> bool:
        """Whether the name is ".", ".." or the root, which can't be made or taken away."""
        return self.name in DOTS or self.name == b"/"


def effective(kernel: Kernel) -> Ids:
    """The ids that permissions are checked with."""
    credentials = kernel.process.credentials
    return Ids(credentials.euid, credentials.egid)


def working_directory(kernel: Kernel) -> Inode:
    """Where relative paths start."""
    return kernel.process.cwd or kernel.filesystem.root


def find(
    kernel: Kernel, path: bytes, base: Inode | None = None, last: Last = Last.FOLLOW, ids: Ids | None = None
) -> Found:
    """Follow a path from a directory (the working directory), unless it begins with a slash.

    Raises Errno ENOENT (also where a directory on the way is missing), ENOTDIR, EACCES, ELOOP, ENAMETOOLONG.
    """
    files, who = kernel.filesystem, ids or effective(kernel)
    if not path:
        raise Errno("ENOENT")
    current = files.root if path.startswith(b"/") else base or working_directory(kernel)
    slash, pending, links = path.endswith(b"/"), _names(path), 0
    while pending:
        name = pending.pop()
        _may_search(current, who)
        if not pending and last is Last.NAME:
            return Found(current, name, None, slash)
        inode = _step(kernel, current, name)
        if inode is None:
            if pending:
                raise Errno("ENOENT")
            return Found(current, name, None, slash)
        stays = not pending and last is Last.STAY and not slash
        if inode.is_link and not stays:
            links += 1
            if links > files.rules.symlinks:
                raise Errno("ELOOP")
            target = link_target(kernel, inode)
            if last is Last.MAKE and not pending and target.endswith(b"/"):
                raise Errno(files.rules.create_slash)
            slash = slash or (not pending and target.endswith(b"/"))
            pending += _names(target)
            current = files.root if target.startswith(b"/") else current
        elif pending:
            current = inode
        else:
            if slash and not inode.is_directory:
                raise Errno("ENOTDIR")
            return Found(current, name, inode, slash)
    if last in (Last.NAME, Last.MAKE) and files.rules.root_name is not None:
        raise Errno(files.rules.root_name)
    return Found(current, b"/", current, slash)


def named(kernel: Kernel, found: Found) -> Found:
    """The same with the file that has the name. Raises Errno ENAMETOOLONG."""
    return found if found.special else found._replace(inode=_step(kernel, found.directory, found.name))


def existing(
    kernel: Kernel, path: bytes, base: Inode | None = None, last: Last = Last.FOLLOW, ids: Ids | None = None
) -> Inode:
    """The file that a path leads to. Raises Errno as `find`."""
    inode = find(kernel, path, base, last, ids).inode
    if inode is None:
        raise Errno("ENOENT")
    return inode


def link_target(kernel: Kernel, link: Inode) -> bytes:
    """What a symbolic link says. Raises Errno ENOENT for the program's path where there is no program."""
    target = link.target
    if target is None:
        target = kernel.process.executable.encode(errors="surrogateescape")
    if not target:
        raise Errno("ENOENT")
    return target


def require(kernel: Kernel, inode: Inode, wanted: int, ids: Ids | None = None) -> None:
    """That the caller may do something with a file. Raises Errno EACCES, EROFS."""
    if wanted & WRITE and inode.read_only:
        raise Errno("EROFS")
    who = ids or effective(kernel)
    if not inode.permits(wanted, who.uid, who.gid):
        raise Errno("EACCES")


def _may_search(directory: Inode, who: Ids) -> None:
    """That a name may be looked up in it. Raises Errno ENOTDIR, EACCES."""
    if not directory.is_directory:
        raise Errno("ENOTDIR")
    if not directory.permits(SEARCH, who.uid, who.gid):
        raise Errno("EACCES")


def _step(kernel: Kernel, directory: Inode, name: bytes) -> Inode | None:
    """One name further."""
    if name == b".":
        return directory
    if name == b"..":
        return kernel.filesystem.inodes.get(directory.parent)
    if len(name) > NAME_MAX:
        raise Errno("ENAMETOOLONG")
    return kernel.filesystem.child(directory, name)


def _names(path: bytes) -> list[bytes]:
    """A path's names, the last one first."""
    return [name for name in reversed(path.split(b"/")) if name]
