"""The Plan 9 assembler: Go's dialect of today (`go`) and the one of December 2008 (`go2008`).

    source text
      -> lexer.py, preprocessor.py (includes.py)    tokens
      -> parser.py (cursor.py, operands.py)         statements
      -> routines.py (frames.py, slots.py)          pieces: frame rules, jumps, special statements
      -> lower.py (mnemonics.py, table_*.py)        Intel text, in the spelling that encodes as Go does
      -> encode.py                                  bytes, by Keystone
      -> layout.py, data.py                         symbols

Where the two dialects differ is dialects.py. Encodings are those of today's Go in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from asm.program import Object


def assemble(
    path: str,
    text: str,
    *,
    dialect: Literal["go2008", "go"],
    include_dirs: Sequence[str] = (),
    defines: Mapping[str, str] | None = None,
    package: str | None = None,
    only: str | None = None,
) -> Object:
    """Assemble the source `text` of the file `path`, which names places and helps to find includes.

    `defines` are preprocessor names (`-D NAME=VALUE`); dialect go also defines GOARCH_amd64, and GOOS_linux
    and the like where the file's name ends in `_linux_amd64.s`. `package` is the import path that a leading
    middle dot stands for; a file in a Go tree has its own.

    `only` asks for one symbol: the Object has it and what it refers to in this file, and mistakes in other
    symbols don't matter. So files of Go's runtime can be used without go_asm.h, which exists only while the
    go command builds: names that it would define are mistakes in the symbols that use them.

    Raises AssemblyErrors with all mistakes of the file.
    """
    from asm.plan9.unit import Unit

    return Unit(path, text, dialect, include_dirs, defines or {}, package).object(only)
