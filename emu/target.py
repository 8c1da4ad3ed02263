"""What a command runs: a shipped stub by name, or `FILE.s:SYMBOL` assembled on the spot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from asm import assemble_file, assemble_text, link, stubs
from asm.program import Object, PlacedSymbol, Program, Slot, Symbol, linker_name
from emu.loaders.call import Call
from emu.machine import Machine
from kernel_stub.personality import Personality

SYSTEMS = ("linux", "darwin")


class TargetError(ValueError):
    """A target that names nothing that can be run; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Target:
    """A linked routine: where it lies, its argument and result slots, and the system it was written for."""

    name: str
    program: Program
    routine: PlacedSymbol
    slots: tuple[Slot, ...]
    result_register: str = ""

    def prepare(self, machine: Machine) -> Call:
        """The routine in a machine, ready to be entered."""
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
    """The target that the user typed. Raises TargetError, AssemblyErrors, or asm's LookupErrors."""
    options = options or SourceOptions()
    if ".s:" in text or ".S:" in text:
        path, _, symbol = text.rpartition(":")
        return _from_file(path, symbol, options)
    if text.endswith((".s", ".S")):
        raise TargetError(f"{text} is a file: say which routine, as {text}:SYMBOL")
    return _from_stub(text, system)


def _from_stub(name: str, system: str) -> Target:
    stub = stubs.find(name, system)
    objects = [
        assemble_text(stubs.read(path), path, dialect="go2008") for path in stub.files
    ]
    program = link(reachable(objects, stub.symbol))
    return Target(name, program, program.find(stub.symbol), tuple(stubs.slots(stub.signature)), stub.result)


def _from_file(path: str, typed: str, options: SourceOptions) -> Target:
    source = assemble_file(
        path,
        dialect=options.dialect,
        include_dirs=options.include_dirs,
        defines=options.defines,
        package=options.package,
    )
    symbol = link([source], allow_undefined=True).find(typed).symbol
    program = link(reachable([source], symbol.name))
    slots = _slots(symbol, path, options)
    return Target(typed, program, program.find(symbol.name), slots)


def _slots(symbol: Symbol, path: str, options: SourceOptions) -> tuple[Slot, ...]:
    """Where arguments and results lie: as asked for, else as the routine's own references say, else as
    a comment with its Go signature says."""
    if options.arguments is not None or options.results is not None:
        count = options.arguments or 0
        arguments = [Slot(f"a{i + 1}", 8 * i, 8, True, False) for i in range(count)]
        return (
            *arguments,
            *(Slot(f"r{i + 1}", 8 * (count + i), 8, False, True) for i in range(options.results or 0)),
        )
    if symbol.slots:
        return tuple(symbol.slots)
    return _declared(symbol, path)


def _declared(symbol: Symbol, path: str) -> tuple[Slot, ...]:
    name = re.split(r"[./]", symbol.name)[-1]
    with open(path, encoding="utf-8") as file:
        for line in file:
            found = re.match(rf"\s*//\s*(func\s+{re.escape(name)}\s*\(.*\S)\s*$", line)
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
            pending += [relocation.target for relocation in found[name].relocations]
    return [
        Object(
            source.file,
            [s for s in source.symbols if s.name in wanted],
            {name: line for name, line in source.references.items() if name in wanted},
        )
        for source in objects
    ]
