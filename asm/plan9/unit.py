"""One source file on its way to an Object: names, defaults, and which mistakes count."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from asm.errors import AssemblyError, AssemblyErrors
from asm.plan9.data import DUPOK, build_datum
from asm.plan9.diagnostics import Mistake, Report, SourceFile
from asm.plan9.dialects import DIALECTS
from asm.plan9.encode import encode
from asm.plan9.includes import SYSTEMS, find_include, package_of, system_of
from asm.plan9.layout import lay_out
from asm.plan9.operands import Global
from asm.plan9.parser import parse
from asm.plan9.pieces import Encoded, Intel
from asm.plan9.preprocessor import Preprocessor
from asm.plan9.routines import Expanded, expand
from asm.plan9.statements import Datum, Parsed, Routine
from asm.program import Object, RelocationKind, SourceLine, Symbol, SymbolKind, linker_name

_ABI = re.compile(r"<\w*>$")  # what may follow a name as a TEXT line writes it


class _Built(NamedTuple):
    """A finished symbol with its mistakes."""

    symbol: Symbol
    report: Report


class Unit:
    """The assembly of one file; `object` gives the result."""

    def __init__(
        self,
        path: str,
        text: str,
        dialect: str,
        include_dirs: Sequence[str],
        defines: Mapping[str, str],
        package: str | None,
    ) -> None:
        self._path = path
        self._dialect = DIALECTS[dialect]
        self._package = package_of(path) if package is None else package
        self._report = Report()
        self._source = SourceFile.from_text(path, text)
        names = dict(defines)
        if dialect == "go":
            names = _go_defines(path, names) | names
        self._system = next((s for s in SYSTEMS if f"GOOS_{s}" in names), None)
        preprocessor = Preprocessor(
            lambda name, including: find_include(name, including, include_dirs), names, self._report
        )
        self._built: list[_Built] = []
        tokens = preprocessor.run(self._source)
        # What follows from a line that could not even be read would only confuse.
        self._unread = {(error.file, error.line) for error in self._report.errors}
        self._parsed = parse(tokens, Report())
        self._definitions: list[Routine | Datum] = [*self._parsed.routines, *self._parsed.data.values()]
        self._static = {definition.name for definition in self._definitions if definition.static}

    def object(self, only: str | None) -> Object:
        """The Object of the whole file, or of the symbol `only` and what it needs. Raises AssemblyErrors.

        May be called again with another `only`: the work is done once.
        """
        if not self._built:
            self._built = self._build(self._parsed)
            self._find_duplicates(self._built)
        built = self._built if only is None else self._needed(self._built, self._name(_ABI.sub("", only)))
        found = [self._parsed.report, *(item.report for item in built)]
        errors = [error for report in found for error in report.errors]
        errors = [error for error in errors if (error.file, error.line) not in self._unread]
        errors += self._report.errors
        if errors:
            raise AssemblyErrors(sorted(errors, key=lambda error: self._position(error)))
        symbols = [item.symbol for item in built]
        return Object(self._path, symbols, _references(symbols))

    def routine(self, name: str) -> Routine | None:
        """The statements of the TEXT that the linker knows by this name."""
        return next((found for found in self._parsed.routines if self._name(found.name) == name), None)

    def assemble(self, routine: Routine, encoded: dict[Intel, Encoded | str]) -> _Built:
        """A routine of this file with other statements; `encoded` keeps what Keystone said, for the next one."""
        expanded = expand(routine, self._dialect, self._system, self._symbol)
        wanted = [piece.content for piece in expanded.pieces if isinstance(piece.content, Intel)]
        encoded.update(encode(intel for intel in wanted if intel not in encoded))
        return self._finish(routine, expanded, encoded)

    def _finish(self, routine: Routine, expanded: Expanded, encoded: Mapping[Intel, Encoded | str]) -> _Built:
        code = lay_out(expanded.pieces, expanded.starts, encoded, routine.report)
        symbol = self._text_symbol(routine, expanded)
        symbol.data, symbol.size = bytes(code.data), len(code.data)
        symbol.relocations, symbol.lines = code.relocations, code.lines
        return _Built(symbol, routine.report)

    def _position(self, error: AssemblyError) -> tuple[bool, str, int, int]:
        return error.file != self._path, error.file, error.line, error.column

    def _name(self, typed: str) -> str:
        """A name as the linker knows it."""
        name = linker_name(typed)
        return f"{self._package}{name}" if name.startswith(".") and self._package else name

    def _symbol(self, operand: Global) -> str:
        """The linker's name of a symbol that an operand refers to. Raises Mistake for `name<>` of nothing."""
        if operand.static and operand.name not in self._static:
            raise Mistake(operand.place, f"undefined symbol {operand.name}<>: this file does not define it")
        return self._name(operand.name)

    def _build(self, parsed: Parsed) -> list[_Built]:
        expanded = [expand(r, self._dialect, self._system, self._symbol) for r in parsed.routines]
        wanted = [
            piece.content for each in expanded for piece in each.pieces if isinstance(piece.content, Intel)
        ]
        encoded = encode(wanted)
        built = []
        constants: dict[str, Symbol] = {}
        for routine, each in zip(parsed.routines, expanded, strict=True):
            built.append(self._finish(routine, each, encoded))
            for name, data in each.constants.items():
                constants.setdefault(name, _constant(name, data, built[-1].symbol.source))
        built += [self._datum(datum) for datum in parsed.data.values()]
        built += [_Built(symbol, Report()) for symbol in constants.values()]
        return built

    def _text_symbol(self, routine: Routine, expanded: Expanded) -> Symbol:
        return Symbol(
            self._name(routine.name),
            SymbolKind.TEXT,
            b"",
            0,
            routine.place.source_line(),
            align=expanded.align,
            static=routine.static,
            duplicates_ok=bool(routine.flags & DUPOK),
            frame=expanded.frame.locals,
            args=routine.args,
            slots=expanded.slots.sorted(),
        )

    def _datum(self, datum: Datum) -> _Built:
        return _Built(build_datum(datum, self._name(datum.name), self._symbol), datum.report)

    def _find_duplicates(self, built: list[_Built]) -> None:
        """A name may be defined once in a file, unless every definition is DUPOK."""
        first: dict[str, Routine | Datum] = {}
        for item, definition in zip(built, self._definitions, strict=False):
            name = item.symbol.name
            before = first.setdefault(name, definition)
            if before is not definition and not (before.flags & definition.flags & DUPOK):
                line = before.place.line
                item.report.add(definition.place, f"{definition.name} is already defined on line {line}")

    def _needed(self, built: list[_Built], name: str) -> list[_Built]:
        """The symbol and all that it reaches through references."""
        by_name = {item.symbol.name: item for item in reversed(built)}
        if name not in by_name:
            message = f"this file defines no symbol {name}"
            nothing = Symbol(name, SymbolKind.TEXT, b"", 0, SourceLine(self._path, 1, ""))
            return [_Built(nothing, Report([AssemblyError(self._path, 1, 1, message, "")]))]
        needed: set[str] = set()
        pending = [name]
        while pending:
            current = pending.pop()
            if current in by_name and current not in needed:
                needed.add(current)
                pending += [relocation.target for relocation in by_name[current].symbol.relocations]
        return [item for item in built if item.symbol.name in needed]


def _go_defines(path: str, given: Mapping[str, str]) -> dict[str, str]:
    """What the go command defines: the architecture, and the system that the file's name is for."""
    defines = {"GOARCH_amd64": "1"}
    system = system_of(path)
    if system and not any(f"GOOS_{name}" in given for name in SYSTEMS):
        defines[f"GOOS_{system}"] = "1"
    return defines


def _constant(name: str, data: bytes, source: SourceLine) -> Symbol:
    return Symbol(
        name, SymbolKind.RODATA, data, len(data), source, align=len(data), duplicates_ok=True
    )


def _references(symbols: Sequence[Symbol]) -> dict[str, SourceLine]:
    """Where each name that the file doesn't define is first used."""
    defined = {symbol.name for symbol in symbols}
    references: dict[str, SourceLine] = {}
    for symbol in symbols:
        for relocation in symbol.relocations:
            if relocation.kind is RelocationKind.TLS or relocation.target in defined:
                continue
            line = next(
                e.source for e in symbol.lines if e.offset <= relocation.offset < e.offset + e.size
            )
            references.setdefault(relocation.target, line)
    return references
