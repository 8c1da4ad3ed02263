"""`ringside run`: a program, with its output and its exit status passed on."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import click

from emu.frontends.options import Count, fail, file_options, parse_mounts, user_errors, written_back

if TYPE_CHECKING:
    from emu.machine import Machine

NOT_FINISHED = 124  # as timeout(1) says it
SIGNALLED = 128
QUIET = frozenset(("SIGINT", "SIGPIPE"))  # a shell says nothing about these


@click.command("run", context_settings={"allow_interspersed_args": False})
@click.argument("program")
@click.argument("arguments", nargs=-1, metavar="[ARG]...", type=click.UNPROCESSED)
@click.option("--stdin", default="", metavar="TEXT", help="What descriptor 0 reads (\\n, \\t); - for the real input.")
@click.option("--env", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of the environment.")
@file_options
@click.option("--limit", type=Count(1), metavar="N", help="Instructions at most.")
def command(
    program: str,
    arguments: tuple[str, ...],
    stdin: str,
    variables: tuple[str, ...],
    mounts: tuple[str, ...],
    cwd: str | None,
    limit: int | None,
) -> None:
    """Run PROGRAM, a static x86-64 Linux executable, with its ARGs; options stand before it.

    FILE.s is assembled and started at _start. The program's output goes out as it writes it. It sees a
    terminal, and no variables, files or clock of this computer, unless --env and --mount give it some.

    Exit status: the program's own; 128+N after signal N; 124 when --limit was reached or it
    sleeps for ever; 2 for wrong input.
    """
    from emu.loaders import process
    from emu.machine import PROGRAM_RAM, Machine
    from emu.mounts import attach
    from emu.runner import Runner
    from kernel_stub.linux.personality import LINUX

    environment = _environment(variables)
    _refuse_target(program)
    with user_errors():
        executable = process.find(program)
        mounted = parse_mounts(mounts)
        machine = Machine(LINUX, stdin=_input(stdin), ram_size=PROGRAM_RAM)
        attach(machine.kernel, mounted, cwd)
        process.Process(machine, executable, process.arguments(program, arguments), environment)
    runner = Runner(machine, _write)
    try:
        with written_back(machine.kernel, mounted):
            status = runner.run(limit)
    except KeyboardInterrupt:
        sys.exit(SIGNALLED + signal.SIGINT)
    except BrokenPipeError:
        sys.exit(SIGNALLED + signal.SIGPIPE)
    except OSError as error:
        fail(f"ringside: can't write the output: {error.strerror or error}")
    if status is None:
        click.echo(f"ringside: {_unfinished(machine)}", err=True)
        sys.exit(NOT_FINISHED)
    if status.signal is None:
        sys.exit(status.code)
    row = LINUX.signals[status.signal]
    if status.signal not in QUIET:
        click.echo(row.description + (" (core dumped)" if status.core else ""), err=True)
    if (reason := _reason(machine, row.number)) is not None:
        click.echo(f"ringside: {reason}", err=True)
    sys.exit(SIGNALLED + row.number)


def _reason(machine: Machine, number: int) -> str | None:
    """Why the signal that killed the program was sent, if the program can't tell: for what the kernel lacked."""
    from kernel_stub.posting import NO_FRAME, OUT_OF_MEMORY

    sent, reason = machine.kernel.process.last_signal
    if sent == number and reason == NO_FRAME:
        return "there was no room for a signal frame where the program's stack pointer stood"
    if sent == number and reason == OUT_OF_MEMORY:
        return f"the program needed more memory than the {machine.space.ram.size >> 20:,} MiB that the guest has"
    return None


def _unfinished(machine: Machine) -> str:
    """Why there is no exit status."""
    kernel, process = machine.kernel, machine.kernel.first
    wait = (kernel.thread if process is kernel.process else process.threads[0]).waiting
    if process.stopped is not None:
        name = machine.kernel.personality.rules.names[process.stopped]
        return f"{name} stopped the program, and nothing continues it"
    if wait is not None and machine.stuck:
        return f"the program waits for {wait.what}, and nothing will wake it"
    plural = "" if machine.position == 1 else "s"
    return f"stopped after {machine.position:,} instruction{plural} (--limit)"


def _refuse_target(program: str) -> None:
    """What `ringside trace` takes, and is no program's path."""
    if not program:
        fail("ringside: the program's path is empty")
    if os.path.exists(program):
        return
    from asm import stubs

    shipped = [(run.name, run.system) for run in stubs.RUNS] + [(stub.name, stub.system) for stub in stubs.STUBS]
    systems = [system for name, system in shipped if name == program.lower()]
    if systems or re.search(r"\.[sS]:", program):
        option = "" if "linux" in systems or not systems else f" --os {systems[0]}"
        fail(f"ringside: {program}: no such file (`ringside trace {program}{option}` runs it)")


def _input(text: str) -> bytes:
    """What --stdin stands for: with `-` all of the real input, read before the program starts."""
    from emu.arguments import unescape

    return sys.stdin.buffer.read() if text == "-" and sys.stdin is not None else unescape(text)


def _environment(variables: tuple[str, ...]) -> dict[bytes, bytes]:
    pairs = {}
    for variable in variables:
        name, equals, value = variable.partition("=")
        if not name or not equals:
            fail(f"ringside: --env {variable}: write NAME=VALUE")
        pairs[os.fsencode(name)] = os.fsencode(value)
    return pairs


def _write(fd: int, data: bytes) -> None:
    """All of it, to the real descriptor. Raises BrokenPipeError."""
    while data:
        data = data[os.write(fd, data) :]
