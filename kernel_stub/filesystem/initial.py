"""The tree that a session finds: what programs look for everywhere, and a folder to write in.

    /tmp                 anybody's; files there are their makers'
    /dev/null ...        null, zero, full, random, urandom
    /dev/tty             the terminal, which also has a name of its own (/dev/pts/0, /dev/ttys000)
    /proc/self/exe       the running program's path (Linux)
"""

from __future__ import annotations

from typing import NamedTuple

from kernel_stub.clock import Clock
from kernel_stub.filesystem.inodes import S_IFCHR, S_IFDIR, S_IFLNK, S_ISVTX, Inode
from kernel_stub.filesystem.tree import FileRules, FileSystem

TERMINAL = "terminal"


class DeviceRow(NamedTuple):
    """A device: its path, its driver, its number (st_rdev), its permissions."""

    path: str
    driver: str
    rdev: int
    permissions: int = 0o666


class Layout(NamedTuple):
    """One system's tree: devices, the terminal's own (and the group that it has), and the path of a link to the
    running program, "" for none."""

    devices: tuple[DeviceRow, ...]
    terminal: DeviceRow
    terminal_group: int
    program: str = ""


def plant(clock: Clock, rules: FileRules, layout: Layout, uid: int) -> FileSystem:
    """A system's tree, with the terminal in the user's hands."""
    files = FileSystem(clock, rules)
    root = files.new(S_IFDIR | 0o755, 0, 0)
    root.nlink, root.parent = 2, root.number
    files.inodes[root.number] = root
    folder(files, "/tmp").mode |= S_ISVTX | 0o777
    for row in layout.devices:
        _device(files, row, 0, 0)
    files.terminal = _device(files, layout.terminal, uid, layout.terminal_group).number
    if layout.program:
        parent, name = folder(files, layout.program.rpartition("/")[0]), layout.program.rpartition("/")[2]
        files.make(parent, name.encode(), S_IFLNK | 0o777, uid, uid)
    files.used = 0
    return files


def folder(files: FileSystem, path: str, uid: int = 0, gid: int = 0) -> Inode:
    """A directory by its absolute path; what is missing of it is made for that user. Raises NotADirectoryError."""
    current = files.root
    for name in path.encode(errors="surrogateescape").split(b"/"):
        if name in (b"", b"."):
            continue
        found = files.child(current, name)
        current = found if found is not None else files.make(current, name, S_IFDIR | 0o755, uid, gid)
        if not current.is_directory:
            raise NotADirectoryError(f"{path} leads through a file")
    return current


def place(files: FileSystem, path: str, mode: int, uid: int, gid: int) -> Inode:
    """A new file of the mode's type by its absolute path, with the folders that it needs.

    Raises NotADirectoryError, or FileExistsError for what is there already.
    """
    parent, _, name = path.rstrip("/").rpartition("/")
    directory, raw = folder(files, parent, uid, gid), name.encode(errors="surrogateescape")
    if not raw or raw in (b".", b"..") or files.child(directory, raw) is not None:
        raise FileExistsError(f"{path} is there already")
    inode = files.make(directory, raw, mode, uid, gid)
    inode.gid = gid
    return inode


def _device(files: FileSystem, row: DeviceRow, uid: int, gid: int) -> Inode:
    path, _, name = row.path.rpartition("/")
    inode = files.make(folder(files, path), name.encode(), S_IFCHR | row.permissions, uid, gid)
    inode.driver, inode.rdev = row.driver, row.rdev
    return inode
