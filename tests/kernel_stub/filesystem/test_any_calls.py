"""Whatever is done to the tree, on both systems: no Python exception escapes, and the tree stays one."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel_stub.cpu import Registers
from kernel_stub.darwin.abi import UNIX
from kernel_stub.darwin.personality import DARWIN
from kernel_stub.filesystem.tree import FileSystem
from kernel_stub.kernel import Kernel
from kernel_stub.linux.personality import LINUX
from kernel_stub.pages import PAGE, PageMemory

BASE = 0x10000
PATHS = [b"/tmp/a", b"a", b"b", b"a/b", b"a/../b", b".", b"..", b"/", b"/dev/null", b"/dev/tty", b"a/", b"", b"x" * 300]
NAMES = (
    "access", "chdir", "chmod", "chown", "close", "dup", "fchdir", "fchmod", "fcntl", "fstat", "fstat64",
    "fsync", "ftruncate", "getcwd", "getdents", "getdents64", "getdirentries", "getdirentries64", "ioctl",
    "link", "linkat", "lseek", "lstat", "lstat64", "mkdir", "mkdirat", "mkfifo", "mknod", "mmap", "open",
    "openat", "pipe", "pread", "pread64", "pwrite", "pwrite64", "read", "readlink", "readv", "rename",
    "renameat2", "rmdir", "stat", "stat64", "statx", "symlink", "symlinkat", "truncate", "umask", "unlink",
    "unlinkat", "utimensat", "utimes", "write", "writev",
)  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(PATHS),
    st.integers(0, 9),
    st.sampled_from([-1, -100, 0x42, 0x241, 0x200, 0x602, 0o755, 0x1000, 1 << 40, (1 << 63) - 1]),
    st.sampled_from([BASE, BASE + PAGE - 7]),
)
CALLS = st.lists(st.tuples(st.sampled_from(NAMES), st.lists(WORDS, min_size=6, max_size=6)), min_size=1, max_size=20)


def serve(kernel: Kernel, name: str, arguments: list[Any]) -> None:
    """One call, if the system has it."""
    number = kernel.personality.numbers.get(name)
    if number is None:
        return
    unix = UNIX if kernel.personality.name == "darwin" else 0
    registers = Registers(rax=number | unix, rip=0x400000, rflags=0x202)
    at = BASE + PAGE
    for register, argument in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments, strict=True):
        if isinstance(argument, bytes):
            kernel.memory.copy_out(at, argument + b"\0")
            setattr(registers, register, at)
            at += len(argument) + 1
        else:
            setattr(registers, register, argument)
    kernel.syscall(registers)
    for event in kernel.events:
        assert event.text
    kernel.events.clear()


def check(files: FileSystem) -> None:
    """What fsck would look for."""
    names: dict[int, int] = {}
    for inode in files.inodes.values():
        assert set(inode.entries) == set(inode.cookies)
        assert inode.is_directory or not inode.entries
        for name, number in inode.entries.items():
            assert name and b"/" not in name
            child = files.inodes[number]
            names[number] = names.get(number, 0) + 1
            if child.is_directory:
                assert child.parent == inode.number
                assert files.path(child)
    for number, inode in files.inodes.items():
        folders = sum(files.inodes[child].is_directory for child in inode.entries.values())
        expected = 2 + folders if inode.is_directory else names.get(number, 0)
        assert inode.nlink == expected
        assert number == files.root.number or names.get(number)
    assert 0 <= files.used <= files.capacity


@settings(max_examples=250, deadline=None)
@given(CALLS, st.sampled_from([LINUX, DARWIN]), st.sampled_from([0, 3, 8, 1000]))
def test_the_tree_stays_one(calls, personality, capacity):
    memory = PageMemory()
    memory.map(BASE, 4 * PAGE)
    kernel = Kernel(personality, memory, stdin=b"typed\n")
    kernel.observe = True
    kernel.filesystem.capacity = capacity
    kernel.process.cwd = kernel.filesystem.child(kernel.filesystem.root, b"tmp")
    for index, (name, arguments) in enumerate(calls):
        serve(kernel, name, arguments)
        if kernel.process.exit is not None or kernel.thread.waiting is not None:
            break
        if index % 5 == 4:
            kernel.restore(kernel.checkpoint())
    check(kernel.filesystem)
    kernel.process.files.close_all()
    check(kernel.filesystem)
