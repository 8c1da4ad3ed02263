"""What a user names, in a machine and ready to run: a routine that was entered, or a program at its start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from emu import arguments as typed
from emu.loaders import elf
from emu.loaders.call import Call
from emu.machine import PROGRAM_RAM, RAM_SIZE, Machine
from emu.target import SourceOptions, TargetError, find_run, personality, resolve
from kernel_stub.process import SigreturnToken

if TYPE_CHECKING:
    from emu.loaders.process import Process
    from emu.mounts import Mount

Subject: TypeAlias = "Call | Process"
TOKEN = 0x9E37_79B9_7F4A_7C15  # random at each exec on a real system


def prepare(
    target: str,
    arguments: Sequence[str],
    system: str,
    options: SourceOptions,
    *,
    returns: str | None = None,
    stdin: str = "",
    deliveries: Sequence[str] = (),
    mounts: Sequence[Mount] = (),
    cwd: str | None = None,
    sigreturn_token: bool = False,
) -> Subject:
    """A machine with the target in it, ready to run; all as typed on a command line.

    `returns` is the answer of the first system call, `stdin` what descriptor 0 reads, `deliveries` are signals
    with positions (`SIGCHLD@12`), `mounts` the host's files that it sees, `cwd` where it starts;
    `sigreturn_token` see `demand_token`. Raises UserError, UnknownStub, AssemblyErrors.
    """
    machine = Machine(personality(system), stdin=typed.unescape(stdin), ram_size=room(target))
    if mounts or cwd is not None:
        from emu.mounts import attach

        attach(machine.kernel, mounts, cwd)
    subject = load(machine, target, arguments, options)
    expect(machine, returns, deliveries)
    if sigreturn_token:
        demand_token(machine)
    return subject


def room(target: str) -> int:
    """How much RAM the target's machine has, in bytes."""
    return PROGRAM_RAM if elf.is_elf(target) else RAM_SIZE


def demand_token(machine: Machine) -> None:
    """Handlers get a token with their frame, and sigreturn asks for it, as on Darwin since 10.14.

    Raises TargetError on another system.
    """
    system = machine.kernel.personality.name
    if system != "darwin":
        raise TargetError(f"{system} has no token for sigreturn: that is Darwin's, since 10.14")
    machine.kernel.process.token = SigreturnToken(TOKEN)


def expect(machine: Machine, returns: str | None, deliveries: Sequence[str]) -> None:
    """What the run will meet: an answer of the first system call, signals. Raises CallError."""
    if returns is not None:
        typed.inject(machine.kernel, returns)
    for delivery in deliveries:
        typed.deliver(machine.kernel, delivery)


def undelivered(machine: Machine) -> str:
    """Which signals had a position after the end."""
    names = machine.kernel.personality.rules.names
    late = [f"{names[delivery.signal]}@{delivery.position}" for delivery in machine.kernel.deliveries]
    return f"{', '.join(late)} came too late: the run ended at position {machine.position}"


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
