"""What a command runs: a shipped stub by name, or `FILE.s:SYMBOL` assembled on the spot."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from asm import AssemblyErrors, assemble_text, link, stubs
from asm.program import (
    AmbiguousSymbol,
    Object,
    PlacedSymbol,
    Program,
    Slot,
    Symbol,
    SymbolKind,
    SymbolNotFound,
    linker_name,
)
from asm.sources import dialect_of, read_source
from emu.errors import TargetError
from emu.loaders.elf import is_elf

if TYPE_CHECKING:  # what runs a target; listing and help need none of it
    from emu.loaders.call import Call
    from emu.machine import Machine
    from kernel_stub.personality import Personality

SYSTEMS = ("linux", "darwin")
OFFERED = 8  # names that a message lists
_DEFINITION = re.compile(r"^[ \t]*(?:TEXT|GLOBL)\s+([^\s(<]+)", re.MULTILINE)
_TEXT_LINE = re.compile(r"^[ \t]*TEXT\s+([^\s(<]+)", re.MULTILINE)
_GLOBL_LINE = re.compile(r"^[ \t]*\.globa?l[ \t]+([^\s,;#/]+)", re.MULTILINE)


class Target(NamedTuple):
    """A linked routine: where it lies, its argument and result slots, and the system it was written for."""

    name: str
    program: Program
    routine: PlacedSymbol
    slots: tuple[Slot, ...]
    result_register: str = ""

    def prepare(self, machine: Machine) -> Call:
        """The routine in a machine, ready to be entered."""
        from emu.loaders.call import Call

        return Call(machine, self.program, self.routine, self.slots, self.result_register)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How to assemble a target's file. `arguments` and `results` count 8-byte slots, where given."""

    dialect: str | None = None
    include_dirs: Sequence[str] = ()
    defines: Mapping[str, str] = field(default_factory=dict)
    package: str | None = None
    arguments: int | None = None
    results: int | None = None


def personality(system: str) -> Personality:
    """The simulated operating system of that name, one of SYSTEMS."""
    if system == "darwin":
        from kernel_stub.darwin.personality import DARWIN

        return DARWIN
    from kernel_stub.linux.personality import LINUX

    return LINUX


def resolve(text: str, system: str, options: SourceOptions | None = None) -> Target:
    """The routine that the user typed. Raises TargetError, AssemblyErrors, or asm's LookupErrors."""
    if is_elf(text):
        raise TargetError(f"{text!r} is a program, not a routine with arguments and results: `ringside trace` runs it")
    path, symbol = _split(text)
    if path is not None:
        return _from_file(path, symbol, options or SourceOptions())
    _refuse_options(text, options)
    if stubs.find_run(symbol, system) is not None:
        raise TargetError(f"{text!r} is a program, not a routine with arguments and results: `ringside trace` runs it")
    return _from_stub(symbol, system)


def find_run(text: str, system: str, options: SourceOptions | None = None) -> stubs.Run | None:
    """The shipped program that the user typed, if it is one. Raises TargetError."""
    run = stubs.find_run(text, system)
    if run is not None:
        _refuse_options(text, options)
    return run


def _refuse_options(text: str, options: SourceOptions | None) -> None:
    if options is not None and options != SourceOptions():
        raise TargetError(
            f"{text!r} is shipped, and assembled as it is: the options for sources "
            "(--dialect, -I, -D, -p, --args, --results) belong to FILE.s:SYMBOL"
        )


def _split(text: str) -> tuple[str | None, str]:
    """Path and symbol of `FILE.s:SYMBOL`; no path for anything else. Raises TargetError."""
    found = re.match(r"(.*\.[sS])(?::(.*))?$", text, re.DOTALL)
    if found is None:
        if not text.strip():
            raise TargetError("the target is empty: name a stub, or FILE.s:SYMBOL")
        if ":" in text or "/" in text:
            raise TargetError(
                f"{text} {_what(text)}: write a stub's name, FILE.s:SYMBOL (the file ends in .s), or for "
                "`ringside trace` a static Linux executable"
            )
        return None, text
    path, symbol = found.groups()
    if not symbol:
        raise TargetError(f"{path} is a file: say which of its routines, as FILE.s:SYMBOL{_offer(read_source(path))}")
    return path, symbol


def _what(path: str) -> str:
    """What lies at a path that names no target."""
    if os.path.isdir(path):
        return "is a folder"
    if os.path.exists(path):
        return "is neither a source nor an executable (ELF file)"
    return "is no target" if ":" in path else "is not there"


def routines(text: str) -> list[str]:
    """The names on a Plan 9 source's TEXT lines, as written, each once."""
    return list(dict.fromkeys(_TEXT_LINE.findall(text)))


def _from_stub(name: str, system: str) -> Target:
    stub = stubs.find(name, system)
    objects = [assemble_text(stubs.read(path), path, dialect="go2008") for path in stub.files]
    program = link(reachable(objects, stub.symbol))
    return Target(name, program, program.find(stub.symbol), tuple(stubs.slots(stub.signature)), stub.result)


def _from_file(path: str, typed: str, options: SourceOptions) -> Target:
    return from_text(path, read_source(path), typed, options)


def from_text(path: str, text: str, typed: str, options: SourceOptions) -> Target:
    """The routine of a source, which messages call `path`. Raises TargetError, AssemblyErrors."""
    symbol, source = _assemble(path, text, typed, options)
    if symbol.kind is not SymbolKind.TEXT:
        raise TargetError(f"{path}: {typed!r} is data, not a routine: it can't be run")
    program = link(reachable([source], symbol.name))
    return Target(typed, program, program.find(symbol.name), _slots(symbol, text, options))


def _assemble(path: str, text: str, typed: str, options: SourceOptions) -> tuple[Symbol, Object]:
    """The symbol that the user means, and the object that it is in."""
    try:
        source = assemble_text(
            text,
            path,
            dialect=options.dialect,
            include_dirs=options.include_dirs,
            defines=options.defines,
            package=options.package,
            only=_only(text, typed),
        )
        return link([source], allow_undefined=True).find(typed).symbol, source
    except SymbolNotFound as error:
        close = f"; close to it: {', '.join(error.close)}" if error.close else _offer(text)
        raise TargetError(f"{path} has no routine {typed!r}{close}") from None
    except AmbiguousSymbol as error:
        raise TargetError(f"{path}: {error}") from None
    except AssemblyErrors:
        last = re.split(r"[./·∕]", typed)[-1]
        if re.search(rf"(?<!\w){re.escape(last)}(?!\w)", text):
            raise
        raise TargetError(f"{path} has no routine {typed!r}{_offer(text)}") from None


def _offer(text: str) -> str:
    """`; it has f, g` with the names on a source's TEXT or .globl lines."""
    names = [name.lstrip("·") for name in routines(text) or dict.fromkeys(_GLOBL_LINE.findall(text))]
    more = ", ..." if len(names) > OFFERED else ""
    return f"; it has {', '.join(names[:OFFERED])}{more}" if names else "; it has none"


def _only(text: str, typed: str) -> str | None:
    """The symbol to assemble, as its TEXT or GLOBL line names it, or None where that isn't clear: then the
    whole file is assembled. With one, mistakes in others (names of go_asm.h, say) don't matter."""
    wanted = linker_name(typed.strip())
    named = {name: linker_name(name) for name in _DEFINITION.findall(text)}
    exact = [name for name, full in named.items() if full == wanted]
    found = exact or [name for name, full in named.items() if _may_mean(wanted.lstrip("./"), full)]
    return found[0] if len(found) == 1 else None


def _may_mean(typed: str, name: str) -> bool:
    """Whether `typed` is the last part of the name, or the name (`.getpid`) the last part of `typed`."""
    return name.endswith((f".{typed}", f"/{typed}")) or name == typed or (name[0] == "." and typed.endswith(name))


def _slots(symbol: Symbol, text: str, options: SourceOptions) -> tuple[Slot, ...]:
    """Where arguments and results lie: as asked for, else as the routine's own references say, else as
    a comment with its Go signature says."""
    if options.arguments is not None or options.results is not None:
        count = options.arguments or 0
        arguments = [Slot(f"a{i + 1}", 8 * i, 8, True, False) for i in range(count)]
        return (
            *arguments,
            *(Slot(f"r{i + 1}", 8 * (count + i), 8, False, True) for i in range(options.results or 0)),
        )
    return tuple(symbol.slots) or _declared(symbol, text)


def _declared(symbol: Symbol, text: str) -> tuple[Slot, ...]:
    name = re.split(r"[./]", symbol.name)[-1]
    for line in text.splitlines():
        found = re.match(rf"\s*//\s*(func\s+{re.escape(name)}\s*\(.*[^\s;])[\s;]*$", line)
        if found:
            try:
                return tuple(stubs.slots(found[1]))
            except ValueError:
                return ()
    return ()


def reachable(objects: Iterable[Object], symbol: str) -> list[Object]:
    """The objects with only what the symbol needs, directly or not: the rest may stay undefined."""
    objects = list(objects)
    wanted, pending = set(), [linker_name(symbol)]
    found = {s.name: s for source in reversed(objects) for s in source.symbols}
    while pending:
        name = pending.pop()
        if name in wanted:
            continue
        wanted.add(name)
        if name in found:
            pending += [relocation.target for relocation in found[name].relocations] + found[name].near
    return [_without_others(source, wanted) for source in objects]


def _without_others(source: Object, wanted: Set[str]) -> Object:
    """The object with the wanted symbols only. A rigid one keeps all, but the others refer to nothing outside."""
    symbols = [s for s in source.symbols if s.name in wanted]
    if source.rigid and symbols:
        there = wanted | {s.name for s in source.symbols}
        symbols = [s if s.name in wanted else _closed(s, there) for s in source.symbols]
    references = {name: line for name, line in source.references.items() if name in wanted}
    return Object(source.file, symbols, references, source.rigid)


def _closed(symbol: Symbol, there: Set[str]) -> Symbol:
    return replace(symbol, relocations=[each for each in symbol.relocations if each.target in there])


@dataclass(frozen=True, slots=True)
class Sources:
    """What a target is made of, before it is linked: the file that defines the routine, and all objects."""

    name: str
    symbol: str  # as the linker knows it
    path: str
    text: str
    dialect: str
    objects: tuple[Object, ...]
    options: SourceOptions
    slots: tuple[Slot, ...]

    @property
    def registers(self) -> bool:
        """Whether the TEXT line says that arguments and results are in registers."""
        last = re.escape(re.split(r"[./]", self.symbol)[-1])
        return re.search(rf"^[ \t]*TEXT\s+\S*{last}<ABIInternal>", self.text, re.MULTILINE) is not None


def sources(text: str, system: str, options: SourceOptions | None = None) -> Sources:
    """What the user named, assembled and not linked: it may refer to what it doesn't define.

    Raises as `resolve` does.
    """
    options = options or SourceOptions()
    path, typed = _split(text)
    if path is None:
        _refuse_options(text, options)
        stub = stubs.find(typed, system)
        objects = tuple(assemble_text(stubs.read(file), file, dialect="go2008") for file in stub.files)
        source = stubs.read(stub.files[0])
        return Sources(
            text, stub.symbol, stub.files[0], source, "go2008", objects, options, tuple(stubs.slots(stub.signature))
        )
    return sources_of(path, read_source(path), typed, options)


def sources_of(path: str, text: str, typed: str, options: SourceOptions) -> Sources:
    """What a source's routine is made of. Raises TargetError, AssemblyErrors."""
    symbol, made = _assemble(path, text, typed, options)
    if symbol.kind is not SymbolKind.TEXT:
        raise TargetError(f"{path}: {typed!r} is data, not a routine: it can't be run")
    dialect = options.dialect or dialect_of(text, path)
    return Sources(typed, symbol.name, path, text, dialect, (made,), options, _slots(symbol, text, options))
