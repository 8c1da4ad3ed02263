"""A file as cases, or everything that is wrong with it, each with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from emu.errors import UserError
from emu.scenarios.fields import FILE
from emu.scenarios.kinds import Problem
from emu.scenarios.lines import Path, line_of, lines_of

SUFFIX = ".ringside.toml"
_EXPECT = "expect"


class ScenarioError(UserError):
    """A file that can't be run; each line of the message begins with `path:line:`."""


@dataclass(frozen=True, slots=True)
class Case:
    """One run. `keys` and `expect` are what the file says, its defaults included; `where` finds a key's line.

    `system` is the one it runs on.
    """

    file: FilePath
    name: str
    system: str
    keys: Mapping[str, Any]
    expect: Mapping[str, Any]
    lines: Mapping[Path, int] = field(repr=False)
    prefix: Path = ()

    def line(self, *path: str | int) -> int:
        """The line of a key of this case, or of the file's default for it."""
        own = (*self.prefix, *path[: 2 if path[:1] == (_EXPECT,) else 1])
        start = self.prefix if own in self.lines else ()
        if path and (*start, path[0]) in self.lines:
            return line_of(self.lines, (*start, *path))
        return line_of(self.lines, self.prefix)

    def error(self, message: str, *path: str | int) -> ScenarioError:
        """That a key of this case is wrong."""
        return ScenarioError(f"{self.file}:{self.line(*path)}: {message}")


def read(file: FilePath) -> list[Case]:
    """The file's cases. Raises ScenarioError."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{file}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{file}: not UTF-8") from None
    return parse(text, file)


def parse(text: str, file: FilePath) -> list[Case]:
    """The cases of a text, which is what that file holds, or would. Raises ScenarioError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(_syntax(file, text, str(error))) from None
    lines = lines_of(text)
    problems = [*FILE.problems(document, ())]
    if not problems:
        cases = _cases(file, document, lines)
        problems = [problem for case in cases for problem in _senseless(case)] + _clashes(cases) + _twice(document)
        if not problems:
            return cases
    found = dict.fromkeys((line_of(lines, problem.path), problem.message) for problem in problems)
    raise ScenarioError("\n".join(f"{file}:{line}: {message}" for line, message in sorted(found)))


def _syntax(file: FilePath, text: str, message: str) -> str:
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    if found is None:
        return f"{file}: not TOML: {message}"
    line = found[1] or text.count("\n") + 1
    return f"{file}:{line}: not TOML: {message[: found.start()]}"


def _cases(file: FilePath, document: Mapping[str, Any], lines: Mapping[Path, int]) -> list[Case]:
    defaults = {key: value for key, value in document.items() if key not in ("case", "title")}
    rows: list[tuple[Path, Mapping[str, Any]]]
    rows = [(("case", i), row) for i, row in enumerate(document.get("case", ()))] or [((), {})]
    found = []
    for prefix, row in rows:
        keys = {**defaults, **row}
        if "call" in row:
            keys.pop("program", None) if "program" not in row else None
        elif "program" in row:
            keys.pop("call", None)
        expect = {**defaults.get(_EXPECT, {}), **row.get(_EXPECT, {})}
        systems = keys.get("system", "linux")
        several = isinstance(systems, list)
        name = str(row.get("name") or _name(keys, file))
        for system in systems if several else [systems]:
            found.append(Case(file, f"{name} on {system}" if several else name, system, keys, expect, lines, prefix))
    return _distinct(found)


def _name(keys: Mapping[str, Any], file: FilePath) -> str:
    """`rawsyscall close 99`, as one would type it."""
    target = keys.get("call", keys.get("program", ""))
    if isinstance(target, dict):
        words = [target.get("symbol", target.get("name", "")), *target.get("arguments", ())]
    else:
        words = [target]
    words = [str(word) for word in (*words, *keys.get("arguments", ())) if word != ""]
    return " ".join(words) or file.name.removesuffix(SUFFIX)


def _distinct(cases: list[Case]) -> list[Case]:
    """Cases of the same name get numbers."""
    from dataclasses import replace

    names = [case.name for case in cases]
    return [
        replace(case, name=f"{case.name} ({names[: i + 1].count(case.name)})") if names.count(case.name) > 1 else case
        for i, case in enumerate(cases)
    ]


def _senseless(case: Case) -> list[Problem]:
    """What each key allows, but not together."""
    keys, at = case.keys, case.prefix
    if "call" in keys and "program" in keys:
        return [Problem((*at, "call"), "a run has either a call or a program, not both")]
    if "call" not in keys and "program" not in keys:
        return [Problem(at, "what is to be run? There is no call and no program")]
    if "arguments" in keys and isinstance(keys.get("call"), dict) and "arguments" in keys["call"]:
        return [Problem((*at, "arguments"), "arguments are given twice: here and in call")]
    if "arguments" in keys and "program" in keys:
        return [Problem((*at, "arguments"), "arguments are a routine's; a program has argv, in the table program")]
    for key in ("results", "errno", "writes", "memory"):
        if key in case.expect and "program" in keys:
            return [Problem((*at, _EXPECT, key), f"{key} is for a routine that is called, and this is a program")]
    return []


def _clashes(cases: list[Case]) -> list[Problem]:
    """Two cases that would write the same golden trace."""
    found, problems = dict[str, Case](), []
    for case in cases:
        trace = case.expect.get("trace")
        if trace is not None and found.setdefault(trace, case) is not case:
            problems.append(Problem((*case.prefix, _EXPECT, "trace"), f"{trace} is already another case's trace"))
    return problems


def _twice(document: Mapping[str, Any]) -> list[Problem]:
    """Two cases that were given the same name."""
    names = [row.get("name") for row in document.get("case", ())]
    return [
        Problem(("case", place, "name"), f"{name!r} is already another case's name")
        for place, name in enumerate(names)
        if name is not None and name in names[:place]
    ]
