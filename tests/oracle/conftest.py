"""Asking the real thing: C compilers for the host's and Apple's headers, and Go's own sources."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

MARK = b"\x88\x77\x66\x55\x44\x33\x22\x11RINGSIDE"


class Compiler:
    """A C compiler for one target, asked for the values of expressions without running anything."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.command = list(command)
        self.folder = folder

    def run(self, arguments: Sequence[str], source: str) -> str:
        """Compile `source` (given on standard input) and return what the compiler prints."""
        done = subprocess.run(
            [*self.command, *arguments, "-w", "-x", "c", "-"], input=source, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def macros(self, headers: str) -> dict[str, str]:
        """All object-like macros that the headers define, with their text."""
        text = self.run(["-E", "-dM"], headers)
        return dict(re.findall(r"^#define (\w+)[ \t]+(.*)$", text, re.M))

    def values(self, headers: str, expressions: Iterable[str]) -> dict[str, int]:
        """The value of each constant expression as a signed 64-bit number, read from an object file."""
        wanted = list(expressions)
        items = ",".join(f"(long long)({expression})" for expression in wanted)
        marks = ",".join(hex(word) for word in struct.unpack("<2q", MARK))
        output = self.folder / "values.o"
        source = f"{headers}\n__attribute__((used)) const long long table[] = {{{marks},{items}}};\n"
        self.run(["-c", "-o", str(output)], source)
        data = output.read_bytes()
        start = data.index(MARK) + len(MARK)
        return dict(zip(wanted, struct.unpack_from(f"<{len(wanted)}q", data, start), strict=True))


@pytest.fixture(scope="session")
def host_cc(require_tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Compiler:
    """The host's C compiler, and so the headers of Linux on x86-64."""
    return Compiler([require_tool("cc")], tmp_path_factory.mktemp("host"))


@pytest.fixture(scope="session")
def apple_cc(require_module: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Compiler:
    """A C compiler for x86-64 macOS, and so Apple's headers."""
    require_module("ziglang")
    command = [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-macos"]
    return Compiler(command, tmp_path_factory.mktemp("apple"))


@pytest.fixture(scope="session")
def goroot(require_tool: Callable[..., str]) -> Path:
    """Go's own tree: sources and assembler."""
    done = subprocess.run([require_tool("go"), "env", "GOROOT"], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def zigroot(require_module: Callable[..., None]) -> Path:
    """The library folder of the ziglang wheel: a second, newer set of Linux headers."""
    require_module("ziglang")
    import ziglang

    return Path(ziglang.__file__).parent / "lib"
