"""The same calls on files on two sides: the host's kernel in a temporary folder, ours in its tree.

A call is a name and its arguments: an integer is passed as it is, bytes as the address of a C string, a `Buffer` as the
address of as many bytes. Both sides start in a folder of the same depth, with the same user, descriptors 0 to 2 that
nothing uses, and umask 022; what they answer is made comparable by `view`.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import resource
import stat
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kernel_stub.cpu import MASK64, Protection, Registers
from kernel_stub.filesystem.initial import folder
from kernel_stub.filesystem.inodes import Inode
from kernel_stub.filesystem.open_files import DirectoryFile
from kernel_stub.kernel import Kernel
from kernel_stub.linux.file_structs import STAT, STATX
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory
from kernel_stub.process import Credentials

BASE, PAGES = 0x0000_2B00_0000_0000, 24
HOLE = BASE + PAGES * PAGE
LIMIT = 12  # descriptors
NOBODY = 12345  # who makes the calls, where the tests run as root
BELOW = "1/2/3/4/5/6"  # the folder lies so deep that `..` doesn't lead out of what both sides have


class Buffer(NamedTuple):
    """A buffer of so many bytes; `data` is what is in it at first."""

    size: int
    data: bytes = b""


Argument = int | bytes | Buffer
Call = tuple[str, *tuple[Argument, ...]]


class Answer(NamedTuple):
    """RAX as a signed number, and the buffers afterwards."""

    value: int
    buffers: tuple[bytes, ...]


class Side(NamedTuple):
    """What came of a run: the answers, and the files that are there afterwards. `comparable` is how many of the calls
    mean the same on every file system: an offset in a directory is each one's own."""

    answers: list[Answer]
    tree: dict[str, tuple[Any, ...]]
    comparable: int


def placed(call: Call) -> tuple[list[int], list[tuple[int, bytes]], list[tuple[int, int]]]:
    """Registers, bytes to write before, and ranges to look at afterwards."""
    at, registers, writes, buffers = BASE, [], [], []
    for argument in call[1:]:
        if isinstance(argument, int):
            registers.append(argument & MASK64)
            continue
        data = argument.data.ljust(argument.size, b"\xee") if isinstance(argument, Buffer) else argument + b"\0"
        registers.append(at)
        writes.append((at, data))
        if isinstance(argument, Buffer):
            buffers.append((at, argument.size))
        at += -(-len(data) // 64) * 64
    assert at < HOLE
    return registers, writes, buffers


# The host ------------------------------------------------------------------------------------------


def natively(calls: Sequence[Call], top: Path, *, as_root: bool = False) -> Side:
    """The host's answers, by a child in a folder below `top`."""
    work = top / BELOW
    work.mkdir(parents=True)
    if os.getuid() == 0 and not as_root:
        for path in (top, *(top.joinpath(*Path(BELOW).parts[:depth]) for depth in range(1, 7))):
            os.chown(path, NOBODY, NOBODY)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(calls, work, writer, as_root)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        text = file.read()
    os.waitpid(pid, 0)
    answers = pickle.loads(text)
    assert isinstance(answers, list), answers
    return Side(answers, {path: row for path, row in host_tree(top) if path != "."}, len(calls))


def _child(calls: Sequence[Call], work: Path, writer: int, as_root: bool) -> None:
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mmap.restype = libc.syscall.restype = ctypes.c_long
        libc.syscall.argtypes = [ctypes.c_ulong] * 7
        libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
        assert libc.mmap(BASE, PAGES * PAGE, 3, 0x100022, -1, 0) == BASE
        os.dup2(writer, 900)
        for fd in range(3):
            os.dup2(os.open("/dev/null", os.O_RDWR), fd)
        os.closerange(3, 900)
        os.chdir(work)
        os.umask(0o022)
        if os.getuid() == 0 and not as_root:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
        answers = []
        for call in calls:
            registers, writes, buffers = placed(call)
            for at, data in writes:
                ctypes.memmove(at, data, len(data))
            value = libc.syscall(LINUX.numbers[call[0]], *registers, *[0] * (6 - len(registers)))
            if value == -1:
                value = -ctypes.get_errno()
            answers.append(Answer(value, tuple(ctypes.string_at(at, size) for at, size in buffers)))
        data = pickle.dumps(answers)
    except BaseException as error:  # it must not go on as the test that it was forked from
        data = pickle.dumps(repr(error))
    while data:
        data = data[os.write(900, data) :]
    os._exit(0)


def host_tree(top: Path) -> list[tuple[str, tuple[Any, ...]]]:
    rows = []
    for path in (top, *top.rglob("*")):
        found = path.lstat()
        rows.append((str(path.relative_to(top)), (*_kept(found.st_mode, found.st_nlink), _host_content(path, found))))
    return rows


def _kept(mode: int, nlink: int) -> tuple[str, int]:
    return oct(mode), nlink


def _host_content(path: Path, found: os.stat_result) -> object:
    if stat.S_ISLNK(found.st_mode):
        return os.readlink(path)
    if not stat.S_ISREG(found.st_mode):
        return None
    mode = found.st_mode & 0o7777
    if not mode & 0o400 and os.getuid():
        path.chmod(mode | 0o400)
    return path.read_bytes() if found.st_size < 1 << 20 else found.st_size


# Ours ---------------------------------------------------------------------------------------------


def our_kernel(*, as_root: bool = False) -> Kernel:
    """A process as the host's child is."""
    memory = PageMemory()
    memory.map(BASE, PAGES * PAGE, Protection.READ | Protection.WRITE)
    kernel = Kernel(LINUX, memory)
    nobody = os.getuid() == 0 and not as_root
    uid, gid = (NOBODY, NOBODY) if nobody else (os.getuid(), os.getgid())
    kernel.process.credentials = Credentials(uid, gid, uid, gid)
    kernel.process.files.limit = LIMIT
    kernel.process.cwd = folder(kernel.filesystem, f"/{BELOW}", uid, gid)
    return kernel


def serve(kernel: Kernel, call: Call) -> Answer:
    """One call on our kernel."""
    memory: Any = kernel.memory
    registers, writes, buffers = placed(call)
    for at, data in writes:
        memory.poke(at, data)
    frame = Registers(rax=LINUX.numbers[call[0]])
    for register, value in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), registers, strict=False):
        setattr(frame, register, value)
    kernel.syscall(frame)
    value = frame.rax - (1 << 64) if frame.rax >> 63 else frame.rax
    return Answer(value, tuple(memory.copy_in(at, size) for at, size in buffers))


def simulated(calls: Sequence[Call], *, as_root: bool = False) -> Side:
    """Our answers."""
    kernel = our_kernel(as_root=as_root)
    answers: list[Answer] = []
    comparable = len(calls)
    for index, call in enumerate(calls):
        if _own_offset(kernel, call):
            comparable = min(comparable, index)
        answers.append(serve(kernel, call))
    tree = {path: row for path, row in our_tree(kernel) if path.split("/")[0] not in ("", "tmp", "dev", "proc")}
    return Side(answers, tree, comparable)


def _own_offset(kernel: Kernel, call: Call) -> bool:
    """Whether a call depends on what offsets in a directory mean, besides 0."""
    entry = kernel.process.files.descriptors.get(call[1]) if isinstance(call[1], int) else None
    if entry is None or not isinstance(entry.open_file.file, DirectoryFile):
        return False
    if call[0] == "lseek":
        return call[2:] != (0, 0)
    return call[0] == "read" and entry.open_file.file.offset != 0


def our_tree(kernel: Kernel) -> list[tuple[str, tuple[Any, ...]]]:
    rows: list[tuple[str, tuple[Any, ...]]] = []

    def visit(path: str, inode: Inode) -> None:
        content: object = None
        if inode.target is not None:
            content = inode.target.decode()
        elif inode.is_regular:
            contents = kernel.filesystem.contents(inode)
            content = contents.read(0, contents.size) if contents.size < 1 << 20 else contents.size
        rows.append((path, (*_kept(inode.mode, inode.nlink), content)))
        for name, number in inode.entries.items():
            visit(f"{path}/{name.decode()}".lstrip("/"), kernel.filesystem.inodes[number])

    visit("", kernel.filesystem.root)
    return rows


# Comparing ------------------------------------------------------------------------------------------


def compare(calls: Sequence[Call], top: Path, *, as_root: bool = False) -> Side:
    """Both sides must say the same. The host's side."""
    host, ours = natively(calls, top, as_root=as_root), simulated(calls, as_root=as_root)
    rows = list(zip(calls, host.answers, ours.answers, strict=True))
    for call, theirs, mine in rows[: ours.comparable]:
        assert view(call, mine) == view(call, theirs), call
    if ours.comparable == len(calls):
        assert ours.tree == host.tree
    return host


def view(call: Call, answer: Answer) -> object:
    """What of an answer doesn't depend on where the files lie."""
    if answer.value < 0:
        return os.strerror(-answer.value)
    match call[0]:
        case "stat" | "lstat" | "fstat" | "newfstatat":
            return _stat(answer.buffers[0])
        case "statx":
            return _statx(answer.buffers[0])
        case "getdents64":
            return _entries(answer.buffers[0][: answer.value], 19, 18)
        case "getdents":
            return _entries(answer.buffers[0][: answer.value], 18, -1)
        case "getcwd":
            path = answer.buffers[0].partition(b"\0")[0]
            assert len(path) + 1 == answer.value
            return path.partition(f"/{BELOW}".encode())[2]
    return answer


def _stat(data: bytes) -> object:
    fields = dict(zip(STAT.whole.names, STAT.whole.codec.unpack(data), strict=True))
    size = None if stat.S_ISDIR(fields["st_mode"]) else fields["st_size"]
    return oct(fields["st_mode"]), fields["st_nlink"], fields["st_uid"], fields["st_gid"], fields["st_rdev"], size


def _statx(data: bytes) -> object:
    span = STATX.whole
    fields = dict(zip(span.names, span.codec.unpack_from(data), strict=True))
    size = None if stat.S_ISDIR(fields["stx_mode"]) else fields["stx_size"]
    known = fields["stx_mask"] & 0x7FF
    return known, oct(fields["stx_mode"]), fields["stx_nlink"], fields["stx_uid"], fields["stx_rdev_minor"], size


def _entries(data: bytes, name_at: int, type_at: int) -> object:
    found, at = [], 0
    while at < len(data):
        (reclen,) = struct.unpack_from("<H", data, at + 16)
        record = data[at : at + reclen]
        found.append((record[name_at:].partition(b"\0")[0], record[type_at], reclen))
        at += reclen
    return sorted(found)
