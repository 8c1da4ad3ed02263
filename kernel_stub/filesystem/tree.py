"""All inodes of a system, and the primitive changes: what may be done by whom is for its callers to see to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from kernel_stub.clock import Clock
from kernel_stub.filesystem.contents import PAGE, Contents
from kernel_stub.filesystem.hosted import Hosted, Seen
from kernel_stub.filesystem.inodes import S_IFDIR, S_ISGID, Inode
from kernel_stub.outcomes import Errno
from kernel_stub.pipes import Fifo, PipeMemory

ROOT = 1
CAPACITY = 16384  # pages, 64 MiB; a name counts as one too
LARGEST_FILE = (1 << 63) - 1  # bytes, with holes (MAX_LFS_FILESIZE)
LINK_MAX = 32767


class FileRules(NamedTuple):
    """What systems do differently.

    `path_max` is the longest path with its NUL, `symlinks` how many links are followed in one. New files belong to
    their directory's group (`directory_group`), or to their maker's.

    Errno names: `unlink_directory`; `create_slash` for open with O_CREAT of "name/"; `rename_dots` for "." and "..";
    `root_name` for a call that makes or takes away a name and gets "/" (None: each call has its own).

    `create_refuses_directory` says whether open with O_CREAT takes no directory, `link_follows` whether link(2) means
    what a symbolic link leads to, `masks_links` whether the umask counts for symbolic links.
    """

    path_max: int
    symlinks: int
    directory_group: bool
    unlink_directory: str
    create_slash: str
    rename_dots: str
    root_name: str | None
    create_refuses_directory: bool
    link_follows: bool
    masks_links: bool


@dataclass(eq=False, slots=True)
class FileSystem:
    """The inodes that have names, by number. `used` counts pages and names, of `capacity`; what a mount brought with
    it is for nothing. `terminal` is the number of the session's terminal. `fifos` are the pipes behind
    inodes of that type which have been opened, `pipes` what all pipes have of the memory."""

    clock: Clock
    rules: FileRules
    inodes: dict[int, Inode] = field(default_factory=dict)
    capacity: int = CAPACITY
    used: int = 0
    next_number: int = ROOT
    terminal: int = 0
    fifos: dict[int, Fifo] = field(default_factory=dict)
    pipes: PipeMemory = field(default_factory=PipeMemory)

    @property
    def root(self) -> Inode:
        return self.inodes[ROOT]

    def new(self, mode: int, uid: int, gid: int) -> Inode:
        """An inode that has no name yet."""
        now = self.clock.wall
        return Inode(self.new_number(), mode, uid, gid, now, now, now, nlink=0)

    def new_number(self) -> int:
        """An inode number that nothing has had."""
        self.next_number += 1
        return self.next_number - 1

    # Names ------------------------------------------------------------------------------------------

    def entries(self, directory: Inode) -> dict[bytes, int]:
        """A directory's names. Raises Errno where the host has it and doesn't let it be read."""
        if directory.hosted is not None:
            hosted, directory.hosted = directory.hosted, None
            try:
                found = hosted.files.folder(hosted.path)
            except Errno:
                directory.hosted = hosted
                raise
            for name, seen in found.items():
                self._host_file(directory, name, seen, hosted)
        return directory.entries

    def _host_file(self, directory: Inode, name: bytes, seen: Seen, hosted: Hosted) -> None:
        if name in directory.entries:
            return
        inode = self.new(seen.mode, directory.uid, directory.gid)
        inode.target, inode.read_only, inode.dev = seen.target, directory.read_only, directory.dev
        inode.atime = inode.mtime = inode.ctime = directory.mtime
        if seen.target is None:
            inode.hosted = Hosted(hosted.files, hosted.path.rstrip(b"/") + b"/" + name, seen.size)
        self._enter(directory, name, inode)

    def child(self, directory: Inode, name: bytes) -> Inode | None:
        """The file with a name, or None. Raises Errno as `entries`."""
        number = self.entries(directory).get(name)
        return None if number is None else self.inodes[number]

    def contents(self, inode: Inode) -> Contents:
        """A regular file's bytes. Raises Errno where the host has them and doesn't let them be read."""
        if inode.contents is None:
            inode.contents = Contents(inode.hosted.files.read(inode.hosted.path) if inode.hosted else b"")
            inode.hosted = None
        return inode.contents

    def size(self, inode: Inode) -> int:
        """A regular file's size in bytes."""
        if inode.contents is not None:
            return inode.contents.size
        return inode.hosted.size if inode.hosted is not None else 0

    def make(self, directory: Inode, name: bytes, mode: int, uid: int, gid: int) -> Inode:
        """A new file of the mode's type under a free name. Raises Errno ENOSPC, ENOENT."""
        if self.rules.directory_group or directory.mode & S_ISGID:
            gid = directory.gid
            if mode & 0o170000 == S_IFDIR and directory.mode & S_ISGID:
                mode |= S_ISGID
        inode = self.new(mode, uid, gid)
        inode.dev = directory.dev
        self.link(directory, name, inode)
        return inode

    def link(self, directory: Inode, name: bytes, inode: Inode) -> None:
        """A name for a file, where there is none. Raises Errno ENOSPC, EMLINK, or ENOENT in a removed directory."""
        entries = self.entries(directory)
        assert name not in entries
        if not directory.nlink:
            raise Errno("ENOENT")
        if self.used >= self.capacity:
            raise Errno("ENOSPC")
        if inode.nlink >= LINK_MAX:
            raise Errno("EMLINK")
        self.used += 1
        self._enter(directory, name, inode)
        directory.mtime = directory.ctime = inode.ctime = self.clock.wall

    def _enter(self, directory: Inode, name: bytes, inode: Inode) -> None:
        self.inodes[inode.number] = inode
        directory.entries[name] = inode.number
        directory.cookies[name] = directory.next_cookie
        directory.next_cookie += 1
        inode.nlink += 1
        if inode.is_directory:
            inode.parent = directory.number
            inode.nlink += 1  # its "."
            directory.nlink += 1  # its ".."

    def unlink(self, directory: Inode, name: bytes) -> None:
        """Take a name away; the file goes with its last one, when nobody has it open."""
        inode = self.inodes[directory.entries.pop(name)]
        del directory.cookies[name]
        self.used = max(self.used - 1, 0)
        inode.nlink -= 1
        if inode.is_directory:
            inode.nlink -= 1
            directory.nlink -= 1
        directory.mtime = directory.ctime = inode.ctime = self.clock.wall
        if not inode.nlink:
            del self.inodes[inode.number]
            self.fifos.pop(inode.number, None)
            self._free(inode)

    def rename(self, old: Inode, name: bytes, new: Inode, name_there: bytes) -> None:
        """A name becomes another, free one. Raises Errno ENOENT in a removed directory."""
        if not new.nlink:
            raise Errno("ENOENT")
        inode = self.inodes[old.entries.pop(name)]
        del old.cookies[name]
        inode.nlink -= 1
        if inode.is_directory:
            inode.nlink -= 1
            old.nlink -= 1
        self._enter(new, name_there, inode)
        old.mtime = old.ctime = new.mtime = new.ctime = inode.ctime = self.clock.wall

    def released(self, inode: Inode) -> None:
        """An open file description of it is gone."""
        inode.opens -= 1
        self._free(inode)

    def unmapped(self, inode: Inode) -> None:
        """A region that showed it is gone."""
        self._free(inode)

    def _free(self, inode: Inode) -> None:
        if not inode.nlink and not inode.opens and not inode.mapped and inode.contents is not None:
            self.used = max(self.used - len(inode.contents.pages), 0)
            inode.contents = None

    # Bytes ------------------------------------------------------------------------------------------

    def write(self, inode: Inode, offset: int, data: bytes) -> int:
        """Put bytes into a file; how many found room. Raises Errno ENOSPC if none did."""
        contents = self.contents(inode)
        new = contents.new_pages(offset, len(data))
        if new > self.capacity - self.used:
            data = data[: PAGE - offset % PAGE]  # page by page, as far as it goes
            new = contents.new_pages(offset, len(data))
            if new > self.capacity - self.used:
                raise Errno("ENOSPC")
        contents.write(offset, data)
        self.used += new
        inode.mtime = inode.ctime = self.clock.wall
        return len(data)

    def truncate(self, inode: Inode, size: int) -> None:
        """Cut a file, or lengthen it with a hole."""
        contents = self.contents(inode)
        before = len(contents.pages)
        contents.truncate(size)
        self.used = max(self.used + len(contents.pages) - before, 0)
        inode.mtime = inode.ctime = self.clock.wall

    def name(self, inode: Inode) -> bytes | None:
        """An absolute path that leads to a file, or None if it has lost its names."""
        for directory in self.inodes.values():
            for name, number in directory.entries.items():
                if number == inode.number and (path := self.path(directory)) is not None:
                    return path.rstrip(b"/") + b"/" + name
        return None

    def path(self, directory: Inode) -> bytes | None:
        """A directory's absolute path, or None if it has been removed."""
        names: list[bytes] = []
        while directory.number != ROOT:
            if not directory.nlink:
                return None
            parent = self.inodes[directory.parent]
            names.append(next(name for name, number in parent.entries.items() if number == directory.number))
            directory = parent
        return b"/" + b"/".join(reversed(names))
