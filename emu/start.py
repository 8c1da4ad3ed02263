"""What a user names, in a machine and ready to run: a routine that was entered, or a program at its start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from emu import arguments as typed
from emu.loaders.call import Call
from emu.machine import Machine
from emu.target import SourceOptions, TargetError, find_run, resolve

if TYPE_CHECKING:
    from emu.loaders.process import Process

Subject: TypeAlias = "Call | Process"


def load(machine: Machine, target: str, arguments: Sequence[str], options: SourceOptions) -> Subject:
    """The target on the machine's system. Raises TargetError, UnknownStub, CallError, AssemblyErrors."""
    system = machine.kernel.personality
    run = find_run(target, system.name, options)
    if run is None:
        call = resolve(target, system.name, options).prepare(machine)
        call.enter(typed.parse_all(arguments, call.arguments, system))
        return call
    if arguments:
        raise TargetError(f"{run.name} is a program that takes no arguments")
    from emu.loaders.program import start_run

    return start_run(machine, run)
