"""From a path or a text to an Object: reading the file, choosing the front end.

Which dialect a source is in, in this order:
1. what the caller says (`dialect=`, the command's `--dialect`);
2. a comment that is the first line with anything on it: `// dialect: go2008`, `# dialect: att`,
   `; dialect: intel`, `/* dialect: go */`;
3. `go`, today's Plan 9 syntax. Nothing is guessed from the rest of the content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from os import PathLike, fspath

from asm.errors import AssemblyError, AssemblyErrors
from asm.program import Object

DIALECTS = ("go2008", "go", "intel", "att")
DEFAULT_DIALECT = "go"
LARGEST_SOURCE = 16 << 20
_DIRECTIVE = re.compile(r"\s*(?://|/\*|#|;)\s*dialect:\s*(?P<name>[^\s*]*)")

PathName = str | PathLike[str]


def assemble_file(
    path: PathName,
    *,
    dialect: str | None = None,
    include_dirs: Sequence[PathName] = (),
    defines: Mapping[str, str] | None = None,
    package: str | None = None,
    only: str | None = None,
) -> Object:
    """Assemble one source file; the arguments are those of `assemble_text`.

    Raises AssemblyErrors, also for a file that can't be read or isn't text.
    """
    name = fspath(path)
    return assemble_text(
        read_source(name),
        name,
        dialect=dialect,
        include_dirs=include_dirs,
        defines=defines,
        package=package,
        only=only,
    )


def assemble_text(
    text: str,
    name: str,
    *,
    dialect: str | None = None,
    include_dirs: Sequence[PathName] = (),
    defines: Mapping[str, str] | None = None,
    package: str | None = None,
    only: str | None = None,
) -> Object:
    """Assemble a source given as text; `name` is the path that errors and source lines show.

    `dialect` is one of DIALECTS, or None to go by the first line. `defines` are preprocessor names in
    the Plan 9 dialects and absolute symbols in the other two. `package` is the import path that a
    leading middle dot stands for, `only` a symbol without which nothing else of the file matters (both
    Plan 9 only; see `asm.plan9.assemble`). Raises AssemblyErrors; ValueError for an unknown `dialect`.
    """
    if dialect is not None and dialect not in DIALECTS:
        raise ValueError(f"unknown dialect {dialect!r}: one of {', '.join(DIALECTS)}")
    chosen = dialect or dialect_of(text, name)
    given = dict(defines or {})
    folders = [fspath(folder) for folder in include_dirs]
    if chosen == "att":
        from asm.gas import assemble as assemble_att

        return assemble_att(name, text, include_dirs=folders, defines=given)
    if chosen == "intel":
        from asm.intel import assemble as assemble_intel

        return assemble_intel(name, text, include_dirs=folders, defines=given)
    from asm.plan9 import assemble as assemble_plan9

    return assemble_plan9(
        name,
        text,
        dialect="go2008" if chosen == "go2008" else "go",
        include_dirs=folders,
        defines=given,
        package=package,
        only=only,
    )


def dialect_of(text: str, name: str) -> str:
    """The dialect that the first non-blank line names, or `go`. Raises AssemblyErrors for an unknown one."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _DIRECTIVE.match(line)
        if found is None:
            break
        if found["name"] not in DIALECTS:
            message = f"unknown dialect {found['name']!r}: one of {', '.join(DIALECTS)}"
            raise AssemblyErrors([AssemblyError(name, number, found.start("name") + 1, message, line)])
        return found["name"]
    return DEFAULT_DIALECT


def read_source(path: str) -> str:
    """A source file's text, with newlines alone at line ends. Raises AssemblyErrors."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_SOURCE + 1)  # a device may have no end
    except ValueError:  # a NUL in the path
        raise _unreadable(path, "not a file name") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _unreadable(path, f"can't read this file: {reason}") from None
    if len(data) > LARGEST_SOURCE:
        raise _unreadable(path, f"can't read this file: it is larger than {LARGEST_SOURCE >> 20} MiB")
    return decode_source(path, data)


def decode_source(path: str, data: bytes) -> str:
    """The text of a source's bytes. Raises AssemblyErrors at the first byte that no text has."""
    nul = data.find(b"\0")
    if nul >= 0:
        raise _not_text(path, data, nul, "a NUL byte")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_text(path, data, error.start, f"byte {data[error.start]:#04x} is not UTF-8") from None
    return text.replace("\r\n", "\n")


def _unreadable(path: str, message: str) -> AssemblyErrors:
    return AssemblyErrors([AssemblyError(path, 1, 1, message, "")])


def _not_text(path: str, data: bytes, offset: int, reason: str) -> AssemblyErrors:
    before = data[:offset]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    return AssemblyErrors([AssemblyError(path, line, column, f"not a text file: {reason}", "")])
