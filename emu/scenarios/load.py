"""A case's routine or program, in a machine and ready to run. Whatever is wrong points at the key's line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from asm import AssemblyErrors, assemble_file, link, stubs
from asm.program import Object
from emu import arguments as typed
from emu.errors import UserError
from emu.loaders import elf
from emu.loaders.call import Call
from emu.loaders.process import Process
from emu.loaders.program import MILLISECOND, PROCESSES, executable, start_run
from emu.machine import PROGRAM_RAM, RAM_SIZE
from emu.scenarios.plant import plant
from emu.scenarios.read import Case, ScenarioError
from emu.scenarios.script import ScriptedMachine, answer
from emu.start import demand_token
from emu.target import SourceOptions, Target, personality, reachable, resolve, sources
from kernel_stub.cpu import INDEX, MASK64
from kernel_stub.personality import Personality

CALLEE_SAVED = ("rbx", "rbp", "r12", "r13", "r14", "r15", "rsp")
ANY, UNWRITTEN = "any", "unwritten"  # that may be expected of a result
Subject = Call | Process


@contextmanager
def key(case: Case, *path: str | int) -> Iterator[None]:
    """Turns what a user can get wrong into an error at a key's line."""
    try:
        yield
    except ScenarioError:
        raise
    except (UserError, AssemblyErrors, LookupError, ValueError) as error:
        text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        raise case.error(text, *path) from None


def load(case: Case) -> tuple[ScriptedMachine, Subject]:
    """The machine with everything in it that the case asks for. Raises ScenarioError."""
    system = personality(case.system)
    machine, subject = _program(case, system) if "program" in case.keys else _call(case, system)
    _names(case, system)
    plant(case, machine)
    _input(case, machine)
    _registers(case, machine)
    if case.keys.get("sigreturn_token"):
        with key(case, "sigreturn_token"):
            demand_token(machine)
    for index, text in enumerate(case.keys.get("deliver", ())):
        with key(case, "deliver", index):
            typed.deliver(machine.kernel, text)
    answers = []
    for index, text in enumerate(case.keys.get("next", ())):
        with key(case, "next", index):
            made = answer(index, text, system)
            typed.inject(machine.kernel, made.value)  # to see that it can be
            machine.kernel.injection = None
            answers.append(made)
    machine.answers = answers
    return machine, subject


def _names(case: Case, system: Personality) -> None:
    """Names that are expected: whether the system knows them. Raises ScenarioError."""
    results = case.expect.get("results", {})
    wanted = [(("results", name), value) for name, value in results.items() if value not in (ANY, UNWRITTEN)]
    for path, value in (*wanted, (("errno",), case.expect.get("errno"))):
        if isinstance(value, str):
            try:
                system.resolve(value)
            except KeyError:
                raise case.error(f"{value!r} is no name of {case.system}", "expect", *path) from None
    for name in case.expect.get("registers", ()):
        if name not in INDEX:
            raise case.error(f"{name!r} is no register", "expect", "registers", name)


def beside(case: Case, name: str) -> str:
    """A path that the file gives, which counts from the file's folder."""
    return str(case.file.parent / name)


def source_files(case: Case) -> list[str]:
    """The paths in `source`."""
    given = case.keys.get("source", ())
    return [beside(case, name) for name in ([given] if isinstance(given, str) else given)]


# Routines -----------------------------------------------------------------------------------------


def _call(case: Case, system: Personality) -> tuple[ScriptedMachine, Call]:
    given = case.keys["call"]
    told: Mapping[str, Any] = {"symbol": given} if isinstance(given, str) else given
    with key(case, "call"):
        target = _target(case, told)
        machine = ScriptedMachine(system, ram_size=RAM_SIZE)
        call = target.prepare(machine)
    where = ("call", "arguments") if "arguments" in told else ("arguments",)
    with key(case, *where):
        arguments = told.get("arguments", case.keys.get("arguments", ()))
        call.enter(typed.parse_all([str(argument) for argument in arguments], call.arguments, system))
    return machine, call


def _target(case: Case, told: Mapping[str, Any]) -> Target:
    files = source_files(case)
    if not files:
        if "dialect" in case.keys or told.keys() & {"args", "results"}:
            raise ValueError("dialect, args and results belong to a source; a shipped stub is called as it is")
        return _shipped(told["symbol"], case.system)
    options = (case.keys.get("dialect"), told.get("args"), told.get("results"))
    stamps = tuple(_stamp(file) for file in files)
    return _assembled(tuple(files), stamps, told["symbol"], case.system, *options)


@lru_cache(maxsize=64)
def _shipped(name: str, system: str) -> Target:
    return resolve(name, system)


@lru_cache(maxsize=64)
def _assembled(
    files: tuple[str, ...],
    stamps: tuple[int, ...],
    symbol: str,
    system: str,
    dialect: str | None,
    arguments: int | None,
    results: int | None,
) -> Target:
    """The routine of the first file, with what it needs of the others; `stamps` tell versions of them apart."""
    options = SourceOptions(dialect=dialect, arguments=arguments, results=results)
    if len(files) == 1:
        return resolve(f"{files[0]}:{symbol}", system, options)
    made = sources(f"{files[0]}:{symbol}", system, options)
    objects: list[Object] = [*made.objects, *(assemble_file(file, dialect=dialect) for file in files[1:])]
    program = link(reachable(objects, made.symbol))
    return Target(symbol, program, program.find(made.symbol), made.slots)


def _stamp(file: str) -> int:
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0  # what reads it says what is wrong


# Programs -----------------------------------------------------------------------------------------


def _program(case: Case, system: Personality) -> tuple[ScriptedMachine, Process]:
    given = case.keys["program"]
    told: Mapping[str, Any] = {"name": given} if isinstance(given, str) else given
    with key(case, "program"):
        files, name = source_files(case), told.get("name", "")
        run = stubs.find_run(name, case.system)
        if run is not None and not files:
            if told.keys() & {"argv", "env", "entry"}:
                raise ValueError(f"{run.name} is a shipped program: it takes no argv and env, and has its own entry")
            machine = ScriptedMachine(system, ram_size=RAM_SIZE)
            return machine, start_run(machine, run)
        if files:
            return _started(case, told, name or Path(files[0]).stem, lambda: _linked(case, files, name, told))
        path = beside(case, name)
        if not elf.is_elf(path):
            elsewhere = [other for other in PROCESSES if stubs.find_run(name, other) is not None]
            hint = f"; there is one on {elsewhere[0]}" if elsewhere else ""
            raise ValueError(f"no program {name!r} on {case.system}, and no such executable{hint}")
        if case.system != "linux":
            raise ValueError(f"{name} is an ELF file, a program for Linux")
        return _started(case, told, name, lambda: elf.read(path))


def _started(
    case: Case, told: Mapping[str, Any], name: str, made: Callable[[], elf.Executable]
) -> tuple[ScriptedMachine, Process]:
    machine = ScriptedMachine(personality(case.system), ram_size=PROGRAM_RAM)
    argv = [text.encode() for text in (name, *told.get("argv", ()))]
    env = {name.encode(): value.encode() for name, value in told.get("env", {}).items()}
    return machine, PROCESSES[case.system](machine, made(), argv, env)


def _linked(case: Case, files: list[str], name: str, told: Mapping[str, Any]) -> elf.Executable:
    dialect = case.keys.get("dialect")
    objects = [assemble_file(file, dialect=dialect) for file in files]
    return executable(name or files[0], link(objects, entry=told.get("entry")))


# What is around them ------------------------------------------------------------------------------


def _input(case: Case, machine: ScriptedMachine) -> None:
    given = case.keys.get("stdin", "")
    terminal = machine.kernel.terminal
    if isinstance(given, str):
        terminal.input += given.encode()
        return
    for arrival in given:
        terminal.arrive(arrival["milliseconds"] * MILLISECOND, arrival["text"].encode())


def _registers(case: Case, machine: ScriptedMachine) -> None:
    """Initial registers: those given, and for those to be preserved values that nothing else has."""
    registers = machine.cpu.registers
    for name in preserved(case):
        if name not in INDEX:
            raise case.error(f"{name!r} is no register", "expect", "preserved")
        if name not in ("rsp", "rip", "rflags", "cs", "ss"):
            registers.values[INDEX[name]] = 0x5AFE_0000_0000_0000 | INDEX[name] << 8 | 0x5A
    for name, value in case.keys.get("registers", {}).items():
        if name not in INDEX or name in ("rip", "cs", "ss"):
            raise case.error(f"{name!r} is no register that can be set", "registers", name)
        registers.values[INDEX[name]] = value & MASK64


def preserved(case: Case) -> list[str]:
    """The registers in `preserved`."""
    given = case.expect.get("preserved", ())
    return [name for word in given for name in (CALLEE_SAVED if word == "callee-saved" else (word,))]
