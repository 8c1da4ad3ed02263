"""The files that a case begins with, in the guest's tree; and what a tree holds, to compare it later."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from emu.machine import Machine
from emu.scenarios.read import Case
from kernel_stub.filesystem.contents import Contents
from kernel_stub.filesystem.initial import folder, place
from kernel_stub.filesystem.inodes import S_IFDIR, S_IFLNK, S_IFREG
from kernel_stub.filesystem.tree import FileSystem
from kernel_stub.outcomes import Errno

SORTS = ("text", "hex", "host", "link", "directory")


class FileState(NamedTuple):
    """A file as it can be compared: type and permissions, owner, and its bytes (as pages) or its link's target."""

    number: int
    mode: int
    uid: int
    gid: int
    content: tuple[int, Mapping[int, bytes]] | bytes | None


def absolute(case: Case, path: str) -> str:
    """A path as the case means it: from its working directory."""
    return "/" + posixpath.normpath(posixpath.join(case.keys.get("cwd", "/"), path)).lstrip("/")


def plant(case: Case, machine: Machine) -> None:
    """Make the working directory and the files. Raises ScenarioError."""
    kernel = machine.kernel
    owner = kernel.process.credentials
    for path, given in case.keys.get("files", {}).items():
        told: Mapping[str, Any] = {"text": given} if isinstance(given, str) else given
        try:
            _make(case, kernel.filesystem, path, told, told.get("uid", owner.uid), told.get("gid", owner.gid))
        except (OSError, ValueError) as error:
            text = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.strerror else error
            raise case.error(str(text), "files", path) from None
        except Errno:
            raise case.error(f"{path} does not fit into the file system", "files", path) from None
    if "cwd" in case.keys:
        try:
            kernel.process.cwd = folder(kernel.filesystem, absolute(case, "."), owner.uid, owner.gid)
        except OSError as error:
            raise case.error(str(error), "cwd") from None


def _make(case: Case, files: FileSystem, path: str, told: Mapping[str, Any], uid: int, gid: int) -> None:
    sorts = [sort for sort in SORTS if told.get(sort) not in (None, False)]
    if len(sorts) > 1:
        raise ValueError(f"{path} can't be both: {' and '.join(sorts)}")
    sort, where = sorts[0] if sorts else "text", absolute(case, path)
    if sort == "link":
        if "mode" in told:
            raise ValueError("a symbolic link has no permissions of its own")
        place(files, where, S_IFLNK | 0o777, uid, gid).target = told["link"].encode()
    elif sort == "directory":
        place(files, where, S_IFDIR | told.get("mode", 0o755), uid, gid)
    else:
        data = _bytes(case, told)
        inode = place(files, where, S_IFREG | told.get("mode", 0o644), uid, gid)
        inode.contents = Contents()
        files.write(inode, 0, data)


def _bytes(case: Case, told: Mapping[str, Any]) -> bytes:
    if "host" in told:
        path: Path = case.file.parent / told["host"]
        return path.read_bytes()
    return bytes.fromhex(told["hex"]) if "hex" in told else str(told.get("text", "")).encode()


def snapshot(files: FileSystem) -> dict[bytes, FileState]:
    """Every file by its path."""
    found: dict[bytes, FileState] = {}
    pending = [(b"/", files.root)]
    while pending:
        path, inode = pending.pop()
        content = inode.target if inode.contents is None else (inode.contents.size, dict(inode.contents.pages))
        found[path] = FileState(inode.number, inode.mode, inode.uid, inode.gid, content)
        for name, number in inode.entries.items():
            pending.append((path.rstrip(b"/") + b"/" + name, files.inodes[number]))
    return found
