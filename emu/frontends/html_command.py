"""`ringside html`: a run as one page that steps through it, forwards and backwards, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from emu.frontends.options import (
    CallCommand,
    fail,
    file_options,
    gather,
    parse_mounts,
    source_options,
    spare,
    system_option,
    user_errors,
    written_back,
)
from emu.frontends.trace_command import run_options
from emu.frontends.wording import trace_command


@click.command("html", cls=CallCommand)
@click.argument("target")
@click.argument("arguments", nargs=-1, metavar="[ARG]...")
@click.option("-o", "--output", required=True, metavar="PAGE.html", help="The file to write.")
@system_option()
@run_options
@file_options
@source_options
def command(
    target: str,
    arguments: tuple[str, ...],
    output: str,
    system: str,
    returns: str | None,
    limit: int,
    stdin: str,
    deliveries: tuple[str, ...],
    sigreturn_token: bool,
    mounts: tuple[str, ...],
    cwd: str | None,
    **source: Any,
) -> None:
    """Run TARGET and write a page that steps through the run: source, registers, stack, signal frames, kernel.

    The page is one file that needs no network and no server. TARGET, ARG and the options are those of
    `ringside trace` that say what is run.

    Exit status: 0 when the page was written, however the run ended; 2 for wrong input.
    """
    from emu.frontends.page import document
    from emu.frontends.text import TextTrace
    from emu.frontends.view_data import Recording
    from emu.start import prepare, undelivered
    from emu.stepper import Stepper

    options = gather(**source)
    spare([target], output)
    with user_errors():
        mounted = parse_mounts(mounts)
        call = prepare(
            target, arguments, system, options, returns=returns, stdin=stdin, deliveries=deliveries, mounts=mounted,
            cwd=cwd, sigreturn_token=sigreturn_token,
        )  # fmt: skip
    machine = call.machine
    stepper = Stepper(machine, call.program)
    trace = TextTrace(call, stepper, machine.kernel.personality)
    title = click.unstyle(next(trace.title(arguments)))
    typed = trace_command(
        target, arguments, system, returns=returns, stdin=stdin, deliveries=deliveries, mounts=mounts, cwd=cwd,
        sigreturn_token=sigreturn_token,
    )  # fmt: skip
    with written_back(machine.kernel, mounted):
        recording = Recording(call, stepper, limit, title, typed)
    if machine.kernel.deliveries:
        fail(f"ringside: {undelivered(machine)}")
    _write(output, document(recording))
    click.echo(f"{output}: {recording.head['ending']}")


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else None
        fail(f"ringside: can't write {path}: {reason or error}")
