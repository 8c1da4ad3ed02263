"""Where includes are found, and what a file's place in a Go tree says about it.

Go's assembler is told all this by the go command; Ringside takes the files as they lie.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import PurePath

from asm.plan9.diagnostics import SourceFile
from asm.sources import read_source

GENERATED = "go_asm.h"  # the go command writes it while it builds a package; no source tree has it

SYSTEMS = (
    "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux",
    "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows",
)  # fmt: skip

# The flags of TEXT and GLOBL, for a source that includes textflag.h and lies in no Go tree.
TEXT_FLAGS = {
    "NOPROF": 1,
    "DUPOK": 2,
    "NOSPLIT": 4,
    "RODATA": 8,
    "NOPTR": 16,
    "WRAPPER": 32,
    "NEEDCTXT": 64,
    "TLSBSS": 256,
    "NOFRAME": 512,
    "REFLECTMETHOD": 1024,
    "TOPFRAME": 2048,
    "ABIWRAPPER": 4096,
}
_FUNCDATA = (
    "#define GO_ARGS FUNCDATA $0, go_args_stackmap(SB)\n"
    "#define GO_RESULTS_INITIALIZED PCDATA $1, $1\n"
    "#define NO_LOCAL_POINTERS FUNCDATA $1, no_pointers_stackmap(SB)\n"
)
BUILT_IN = {
    "textflag.h": "".join(f"#define {name} {value}\n" for name, value in TEXT_FLAGS.items()),
    "funcdata.h": _FUNCDATA,
}


def find_include(name: str, including: str, include_dirs: Sequence[str]) -> SourceFile | None:
    """The include, read: beside the including file, in the folders given, in the file's Go tree, or built in.

    None where there is none. Raises OSError and AssemblyErrors as `read_source` does.
    """
    folders = [os.path.dirname(including), *include_dirs]
    tree = go_tree(including)
    if tree:
        folders.append(os.path.join(tree, "runtime"))
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return SourceFile.from_text(path, read_source(path))
    if name in BUILT_IN:
        return SourceFile.from_text(name, BUILT_IN[name])
    return None


def go_tree(path: str) -> str | None:
    """The `src` folder of the Go tree that holds the file, or None: it is the one with runtime/textflag.h."""
    for folder in PurePath(os.path.abspath(path)).parents:
        if folder.name == "src" and os.path.isfile(os.path.join(folder, "runtime", "textflag.h")):
            return str(folder)
    return None


def package_of(path: str) -> str | None:
    """The import path of a file in a Go tree (`runtime`, `internal/runtime/syscall/linux`), or None."""
    tree = go_tree(path)
    if tree is None:
        return None
    package = os.path.relpath(os.path.dirname(os.path.abspath(path)), tree)
    return None if package == "." else package.replace(os.sep, "/")


def system_of(path: str) -> str | None:
    """The operating system that a file's name is for, as Go reads `sys_linux_amd64.s`; None if for any."""
    match = re.search(r"_([a-z0-9]+)(?:_amd64)?\.s$", os.path.basename(path))
    return match[1] if match and match[1] in SYSTEMS else None
