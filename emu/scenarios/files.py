"""What files a run left, and which it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emu.frontends.wording import quoted
from emu.scenarios.failure import Failure
from emu.scenarios.plant import FileState, absolute, snapshot
from emu.scenarios.run import Outcome
from kernel_stub.filesystem.inodes import PERMISSIONS, Inode
from kernel_stub.filesystem.tree import FileSystem
from kernel_stub.path_kinds import mode_text

SHOWN = 200  # bytes of a file, in a message


def files(outcome: Outcome, wanted: Mapping[str, Any]) -> Iterator[Failure]:
    """Files by their paths: their bytes, or what a table says of them."""
    tree = outcome.machine.kernel.filesystem
    for path, given in wanted.items():
        told: Mapping[str, Any] = {"text": given} if isinstance(given, str) else given
        for message in _differences(tree, absolute(outcome.case, path), told):
            yield Failure(("expect", "files", path), message)


def _differences(tree: FileSystem, path: str, told: Mapping[str, Any]) -> Iterator[str]:
    inode = _find(tree, path)
    if told.get("absent"):
        if inode is not None:
            yield f"expected no {path}, but there is one: {mode_text(inode.mode)}"
        return
    if inode is None:
        yield f"expected {path}, but there is no such file"
        return
    if "mode" in told and inode.mode & PERMISSIONS != told["mode"]:
        yield f"expected {path} with mode {told['mode']:#o}, but it has {inode.mode & PERMISSIONS:#o}"
    if "directory" in told and inode.is_directory != told["directory"]:
        yield f"expected {path} to be {'a' if told['directory'] else 'no'} directory, but it is {mode_text(inode.mode)}"
    if "link" in told and inode.target != told["link"].encode():
        leads = quoted(inode.target) if inode.target is not None else mode_text(inode.mode)
        yield f"expected {path} to be a link to {told['link']!r}, but it is {leads}"
    yield from _content(tree, inode, path, told)


def _content(tree: FileSystem, inode: Inode, path: str, told: Mapping[str, Any]) -> Iterator[str]:
    if not told.keys() & {"text", "hex", "size"}:
        return
    if not inode.is_regular:
        yield f"expected {path} to be a regular file, but it is {mode_text(inode.mode)}"
        return
    size = tree.size(inode)
    if "size" in told and size != told["size"]:
        yield f"expected {path} with {told['size']} bytes, but it has {size}"
    expected = told["text"].encode() if "text" in told else bytes.fromhex(told["hex"]) if "hex" in told else None
    found = tree.contents(inode).read(0, max(SHOWN, len(expected or b"")) + 1)
    if expected is not None and (found != expected or size != len(expected)):
        yield f"expected {quoted(expected[:SHOWN])} in {path}, but it holds {quoted(found[:SHOWN])} ({size} bytes)"


def _find(tree: FileSystem, path: str) -> Inode | None:
    """A file by its names; a symbolic link is not followed."""
    current: Inode | None = tree.root
    for name in path.encode().split(b"/"):
        if name and current is not None:
            current = tree.child(current, name) if current.is_directory else None
    return current


def file_changes(outcome: Outcome, wanted: list[str]) -> Iterator[Failure]:
    """Nothing in the file system has changed but what is listed."""
    allowed = [(absolute(outcome.case, path), path.endswith("/")) for path in wanted]
    after = snapshot(outcome.machine.kernel.filesystem)
    for path in sorted(outcome.files.keys() | after.keys()):
        how = _change(outcome.files.get(path), after.get(path))
        name = path.decode(errors="replace")
        if how and not any(name == one or (below and name.startswith(f"{one.rstrip('/')}/")) for one, below in allowed):
            yield Failure(("expect", "file_changes"), f"{name} {how}")
            return


def _change(before: FileState | None, after: FileState | None) -> str:
    """What became of a file, or "" if nothing did."""
    if before is None or after is None:
        return "was made" if before is None else "was taken away"
    if before.number != after.number:
        return "is another file now"
    if before.content != after.content:
        return "was written"
    if before.mode != after.mode:
        return f"has mode {after.mode & PERMISSIONS:#o} now, not {before.mode & PERMISSIONS:#o}"
    return "has another owner" if before[2:4] != after[2:4] else ""
