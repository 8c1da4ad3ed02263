"""What a user names, in a machine and ready to run: a routine that was entered, or a program at its start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from emu import arguments as typed
from emu.loaders import elf
from emu.loaders.call import Call
from emu.machine import Machine
from emu.target import SourceOptions, TargetError, find_run, resolve

if TYPE_CHECKING:
    from emu.loaders.process import Process

Subject: TypeAlias = "Call | Process"


def load(machine: Machine, target: str, arguments: Sequence[str], options: SourceOptions) -> Subject:
    """The target on the machine's system: an ELF file by its path, a program of the catalogue, or a routine.

    Raises TargetError, UnknownStub, CallError, ElfError, AssemblyErrors.
    """
    system = machine.kernel.personality
    if elf.is_elf(target):
        return _start_file(machine, target, arguments, options)
    run = find_run(target, system.name, options)
    if run is None:
        call = resolve(target, system.name, options).prepare(machine)
        call.enter(typed.parse_all(arguments, call.arguments, system))
        return call
    if arguments:
        raise TargetError(f"{run.name} is a program that takes no arguments")
    from emu.loaders.program import start_run

    return start_run(machine, run)


def _start_file(machine: Machine, path: str, arguments: Sequence[str], options: SourceOptions) -> Process:
    """A program with its arguments as they were typed, and an empty environment."""
    if machine.kernel.personality.name != "linux":
        raise TargetError(f"{path} is an ELF file, a program for Linux: Darwin does not run it")
    if options != SourceOptions():
        raise TargetError(f"{path} is a program: the options for sources belong to FILE.s:SYMBOL")
    from emu.loaders import process

    return process.Process(machine, elf.read(path), process.arguments(path, arguments), {})
