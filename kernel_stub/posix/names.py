"""Making and taking away names (POSIX: link(2), unlink(2), rename(2), symlink(2), mkdir(2), rmdir(2)).

Where the two systems answer with different errors, `FileRules` knows. The checks stand in Linux's order
(fs/namei.c).
"""

from __future__ import annotations

from kernel_stub import user
from kernel_stub.filesystem.inodes import READ, S_IFDIR, S_IFLNK, S_ISGID, S_ISUID, WRITE, Inode
from kernel_stub.filesystem.lookup import Found, Last, effective, existing, find, link_target, named, require
from kernel_stub.kernel import Kernel
from kernel_stub.kinds import Int, Size
from kernel_stub.outcomes import Errno
from kernel_stub.path_kinds import Link, Mode, Path
from kernel_stub.posix import paths


def mkdir(kernel: Kernel, pathname: Path, mode: Mode) -> Int:
    """Make a directory."""
    return make_directory(kernel, paths.text(kernel, pathname), None, mode)


def make_directory(kernel: Kernel, path: bytes, base: Inode | None, mode: int) -> int:
    """A directory by its path from another one. Raises Errno."""
    found = paths.free_name(kernel, path, base, directory=True)
    mode &= 0o1777 & ~kernel.process.umask
    kernel.filesystem.make(found.directory, found.name, S_IFDIR | mode, *effective(kernel))
    return 0


def rmdir(kernel: Kernel, pathname: Path) -> Int:
    """Take an empty directory away."""
    return remove_directory(kernel, paths.text(kernel, pathname), None)


def remove_directory(kernel: Kernel, path: bytes, base: Inode | None) -> int:
    """An empty directory by its path from another one. Raises Errno."""
    found = find(kernel, path, base, Last.NAME)
    if found.special:
        raise Errno({b".": "EINVAL", b"..": "ENOTEMPTY"}.get(found.name, "EBUSY"))
    victim = _there(named(kernel, found))
    paths.may_remove(kernel, found.directory, victim)
    if not victim.is_directory:
        raise Errno("ENOTDIR")
    if victim.dev != found.directory.dev:
        raise Errno("EBUSY")
    if kernel.filesystem.entries(victim):
        raise Errno("ENOTEMPTY")
    kernel.filesystem.unlink(found.directory, found.name)
    return 0


def unlink(kernel: Kernel, pathname: Path) -> Int:
    """Take a name away, and with the last one the file."""
    return remove_name(kernel, paths.text(kernel, pathname), None)


def remove_name(kernel: Kernel, path: bytes, base: Inode | None) -> int:
    """A name by its path from a directory. Raises Errno."""
    found = find(kernel, path, base, Last.NAME)
    refusal = kernel.filesystem.rules.unlink_directory
    if found.special:
        raise Errno(refusal)
    victim = _there(named(kernel, found))
    if found.slash:
        raise Errno(refusal if victim.is_directory else "ENOTDIR")
    paths.may_remove(kernel, found.directory, victim)
    if victim.is_directory:
        raise Errno(refusal)
    if victim.dev != found.directory.dev:
        raise Errno("EBUSY")
    kernel.filesystem.unlink(found.directory, found.name)
    return 0


def symlink(kernel: Kernel, target: Path, linkpath: Path) -> Int:
    """Make a symbolic link."""
    return make_symlink(kernel, paths.text(kernel, target), paths.text(kernel, linkpath), None)


def make_symlink(kernel: Kernel, told: bytes, path: bytes, base: Inode | None) -> int:
    """A symbolic link by its path from a directory. Raises Errno."""
    found = paths.free_name(kernel, path, base)
    mode = S_IFLNK | 0o777 & ~(kernel.process.umask if kernel.filesystem.rules.masks_links else 0)
    kernel.filesystem.make(found.directory, found.name, mode, *effective(kernel)).target = told
    return 0


def readlink(kernel: Kernel, pathname: Path, buf: Link, bufsiz: Size) -> Int:
    """What a symbolic link says."""
    return read_link(kernel, paths.text(kernel, pathname), buf, bufsiz, None)


def read_link(kernel: Kernel, path: bytes, buf: int, size: int, base: Inode | None) -> int:
    """A symbolic link by its path from a directory; the number of bytes, of which there is no NUL. Raises Errno."""
    inode = existing(kernel, path, base, Last.STAY)
    if not inode.is_link:
        raise Errno("EINVAL")
    target = link_target(kernel, inode)[:size]
    user.write(kernel.memory, buf, target)
    return len(target)


def link(kernel: Kernel, oldpath: Path, newpath: Path) -> Int:
    """Give a file one more name."""
    last = Last.FOLLOW if kernel.filesystem.rules.link_follows else Last.STAY
    inode = paths.file(kernel, oldpath, last)
    return make_link(kernel, inode, paths.text(kernel, newpath), None)


def make_link(kernel: Kernel, inode: Inode, path: bytes, base: Inode | None) -> int:
    """A name for a file that is there, by its path from a directory. Raises Errno."""
    found = paths.free_name(kernel, path, base)
    if inode.dev != found.directory.dev:
        raise Errno("EXDEV")
    uid, gid = effective(kernel)
    if uid not in (0, inode.uid):  # fs.protected_hardlinks
        risky = not inode.is_regular or inode.mode & S_ISUID or inode.mode & (S_ISGID | 0o10) == S_ISGID | 0o10
        if risky or not inode.permits(READ | WRITE, uid, gid):
            raise Errno("EPERM")
    if inode.is_directory:
        raise Errno("EPERM")
    if not inode.nlink:
        raise Errno("ENOENT")
    kernel.filesystem.link(found.directory, found.name, inode)
    return 0


def rename(kernel: Kernel, oldpath: Path, newpath: Path) -> Int:
    """Give a file another name, in the place of a file that has it."""
    source = find(kernel, paths.text(kernel, oldpath), None, Last.NAME)
    return move(kernel, source, find(kernel, paths.text(kernel, newpath), None, Last.NAME))


def move(kernel: Kernel, source: Found, target: Found, *, keep: bool = False, exchange: bool = False) -> int:
    """A name that was found becomes another one. `keep` refuses to replace a file, `exchange` swaps two.

    Raises Errno.
    """
    if source.directory.dev != target.directory.dev:
        raise Errno("EXDEV")
    if source.special or target.special:
        raise Errno("EEXIST" if keep and not source.special else kernel.filesystem.rules.rename_dots)
    source = named(kernel, source)
    moved, target = _there(source), named(kernel, target)
    replaced = target.inode
    if replaced is not None and keep:
        raise Errno("EEXIST")
    if replaced is None and exchange:
        raise Errno("ENOENT")
    if not moved.is_directory and (source.slash or (target.slash and not exchange)):
        raise Errno("ENOTDIR")
    if exchange and target.slash and replaced is not None and not replaced.is_directory:
        raise Errno("ENOTDIR")
    if _inside(kernel, target.directory, moved):
        raise Errno("EINVAL")
    if replaced is not None and _inside(kernel, source.directory, replaced):
        raise Errno("EINVAL" if exchange else "ENOTEMPTY")
    if moved is replaced:
        return 0
    _may_move(kernel, source, target, exchange)
    if exchange:
        _exchange(kernel, source, target)
    else:
        _replace(kernel, source, target)
    return 0


def _may_move(kernel: Kernel, source: Found, target: Found, exchange: bool) -> None:
    """Permissions and types (Linux: vfs_rename). Raises Errno."""
    moved, replaced = _there(source), target.inode
    paths.may_remove(kernel, source.directory, moved)
    if replaced is None:
        require(kernel, target.directory, WRITE | 1)
    else:
        paths.may_remove(kernel, target.directory, replaced)
        if not exchange and moved.is_directory != replaced.is_directory:
            raise Errno("ENOTDIR" if moved.is_directory else "EISDIR")
    if source.directory is not target.directory:
        if moved.is_directory:
            require(kernel, moved, WRITE)
        if exchange and replaced is not None and replaced.is_directory:
            require(kernel, replaced, WRITE)
    if {moved.dev, replaced.dev if replaced else moved.dev} != {source.directory.dev}:
        raise Errno("EBUSY")
    if not exchange and replaced is not None and replaced.is_directory and kernel.filesystem.entries(replaced):
        raise Errno("ENOTEMPTY")


def _replace(kernel: Kernel, source: Found, target: Found) -> None:
    """Whatever has the name loses it first."""
    if target.inode is not None:
        kernel.filesystem.unlink(target.directory, target.name)
    kernel.filesystem.rename(source.directory, source.name, target.directory, target.name)


def _exchange(kernel: Kernel, source: Found, target: Found) -> None:
    files = kernel.filesystem
    spare = b"\0"  # which no path can hold
    files.rename(source.directory, source.name, source.directory, spare)
    files.rename(target.directory, target.name, source.directory, source.name)
    files.rename(source.directory, spare, target.directory, target.name)


def _inside(kernel: Kernel, directory: Inode, other: Inode) -> bool:
    """Whether a directory is another one, or lies in it."""
    files = kernel.filesystem
    while directory is not other:
        if directory is files.root or directory.parent not in files.inodes:
            return False
        directory = files.inodes[directory.parent]
    return True


def _there(found: Found) -> Inode:
    if found.inode is None:
        raise Errno("ENOENT")
    return found.inode
