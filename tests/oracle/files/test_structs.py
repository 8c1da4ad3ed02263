"""The structs that calls on files use, against each system's headers."""

from __future__ import annotations

import os
import sys

import pytest

from kernel_stub.darwin import file_structs as darwin
from kernel_stub.darwin.files import device as darwin_device
from kernel_stub.filesystem import inodes
from kernel_stub.layout import Layout
from kernel_stub.linux import file_structs as linux
from kernel_stub.linux.file_kinds import device as linux_device

LINUX_HEADERS = "#include <linux/stat.h>\n#include <asm/stat.h>\n"
APPLE_HEADERS = "#include <sys/types.h>\n#include <sys/stat.h>\n#include <sys/dirent.h>\n"
# Apple's headers rename the structs by this macro: with it `struct stat` and `struct dirent` are the newer ones.
OLD = "#define _DARWIN_NO_64_BIT_INODE 1\n"
PADDING = ("__pad0", "__unused", "__spare0", "__reserved")


def check(compiler, headers: str, layout: Layout, c_type: str, *, whole: bool = True) -> None:
    names = {path: path for path in layout.fields if not path.rpartition(".")[2].startswith(PADDING)}
    offsets = {path: f"__builtin_offsetof({c_type}, {name})" for path, name in names.items()}
    sizes = {path: f"sizeof((({c_type} *)0)->{name})" for path, name in names.items()}
    real = compiler.values(headers, [*offsets.values(), *sizes.values(), f"sizeof({c_type})"])
    for path in names:
        field = layout.fields[path]
        assert (field.offset, field.size) == (real[offsets[path]], real[sizes[path]]), path
    if whole:
        assert real[f"sizeof({c_type})"] == layout.size


def test_linux_stat(host_cc):
    check(host_cc, LINUX_HEADERS, linux.STAT, "struct stat")


def test_linux_statx(host_cc):
    check(host_cc, LINUX_HEADERS, linux.STATX, "struct statx")


def test_linux_directory_entries(host_cc):
    headers = "#define _GNU_SOURCE\n#include <dirent.h>\n"
    check(host_cc, headers, linux.LINUX_DIRENT64, "struct dirent64", whole=False)
    real = host_cc.values(headers, ["__builtin_offsetof(struct dirent64, d_type)"])
    assert linux.LINUX_DIRENT64.whole.size == real["__builtin_offsetof(struct dirent64, d_type)"]


@pytest.mark.parametrize(
    ("layout", "c_type", "old"),
    [(darwin.STAT64, "struct stat", False), (darwin.STAT, "struct stat", True)],
    ids=["stat64", "stat"],
)
def test_darwin_stat(apple_cc, layout, c_type, old):
    check(apple_cc, (OLD if old else "") + APPLE_HEADERS, layout, c_type)


@pytest.mark.parametrize(("layout", "old"), [(darwin.DIRENT64, False), (darwin.DIRENT, True)], ids=["new", "old"])
def test_darwin_directory_entries(apple_cc, layout, old):
    headers = (OLD if old else "") + APPLE_HEADERS
    check(apple_cc, headers, layout, "struct dirent", whole=False)
    name = "__builtin_offsetof(struct dirent, d_name)"
    assert apple_cc.values(headers, [name]) == {name: layout.whole.size}


def test_apples_macros_take_device_numbers_apart_so(apple_cc):
    real = apple_cc.values("#include <sys/types.h>\n", ["major(0x10000203)", "minor(0x10000203)"])
    assert darwin_device(0x10000203) == tuple(real.values())


@pytest.mark.skipif(sys.platform != "linux", reason="the host isn't Linux")
@pytest.mark.parametrize("number", [0x103, 0x8803, 0x1_2345_6789 & 0xFFFF_FFFF])
def test_the_c_library_takes_device_numbers_apart_so(number):
    assert linux_device(number) == (os.major(number), os.minor(number))


def test_file_types_are_the_headers(apple_cc, host_cc):
    names = [name for name in dir(inodes) if name.startswith("S_I")]
    headers = "#define _GNU_SOURCE\n#include <sys/stat.h>\n"
    for compiler in (apple_cc, host_cc):
        assert compiler.values(headers, names) == {name: getattr(inodes, name) for name in names}
