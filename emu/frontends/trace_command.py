"""`ringside trace`: one routine or program, run and shown instruction by instruction."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from emu.events import Ending
from emu.frontends.options import (
    CallCommand,
    Count,
    fail,
    file_options,
    gather,
    parse_mounts,
    show,
    source_options,
    system_option,
    terminal_columns,
    user_errors,
    written_back,
)

BUDGET = 1_000_000
ENDED_WELL = frozenset((Ending.RETURNED, Ending.EXITED))


def run_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what a run meets: answers, input, signals, a budget."""
    options = (
        click.option("--returns", metavar="VALUE", help="The first system call answers this instead of being run."),
        click.option(
            "--limit", type=Count(1), default=BUDGET, show_default=True, metavar="N", help="Instructions at most."
        ),
        click.option("--stdin", default="", metavar="TEXT", help="What descriptor 0 reads; \\n is a newline."),
        click.option(
            "--deliver", "deliveries", multiple=True, metavar="SIGNAL@POSITION", help="Send a signal; repeatable."
        ),
        click.option(
            "--sigreturn-token",
            is_flag=True,
            help="Darwin hands out sigreturn's token, as since 10.14; it is asked for where the first sigaction "
            "says so (flag 0x400).",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("trace", cls=CallCommand)
@click.argument("target")
@click.argument("arguments", nargs=-1, metavar="[ARG]...")
@system_option()
@click.option("--format", "style", type=click.Choice(("text", "jsonl")), default="text", show_default=True)
@run_options
@click.option("--frames", "whole_frames", is_flag=True, help="Show every field of each signal frame.")
@click.option("--events", is_flag=True, help="Show only what the kernel did, without the instructions.")
@click.option("--from", "first", type=Count(0), default=0, metavar="N", help="Show positions from N on.")
@click.option("--to", "last", type=Count(0), metavar="N", help="Show positions up to N.")
@file_options
@source_options
def command(
    target: str,
    arguments: tuple[str, ...],
    system: str,
    style: str,
    returns: str | None,
    limit: int,
    stdin: str,
    deliveries: tuple[str, ...],
    sigreturn_token: bool,
    whole_frames: bool,
    events: bool,
    first: int,
    last: int | None,
    mounts: tuple[str, ...],
    cwd: str | None,
    **source: Any,
) -> None:
    """Run TARGET and show every instruction, what it changed, and what the kernel did.

    TARGET is a stub or a program (see `ringside list`), FILE.s:SYMBOL, or a static Linux executable, which
    gets its ARGs as they are. Each ARG of a routine is an integer, a name of the system (close, SIGCHLD,
    F_SETFD, O_RDWR|O_CREAT), a string (its address is passed), or &N for N zeroed bytes (quote the &).
    Arguments that are left out are 0.

    --deliver sends a signal as another process would, when POSITION instructions have retired; it is handled
    before the next one.

    --events, --from and --to shorten the trace of a long run, not the run: how it ended is always shown.

    On a terminal too narrow for everything, comments and bytes of the code are left out.

    Exit status: 0 when the routine returned or the process exited, 1 when it faulted, was killed, ran off
    its end or spent its budget, 2 for wrong input.
    """
    from emu.frontends.excerpt import Excerpt
    from emu.start import prepare, undelivered
    from emu.stepper import Stepper

    if last is not None and last < first:
        raise click.BadParameter(f"{last} lies before --from {first}.", param_hint="'--to'")
    excerpt = Excerpt(first, last, events)
    options = gather(**source)
    with user_errors():
        mounted = parse_mounts(mounts)
        call = prepare(
            target, arguments, system, options, returns=returns, stdin=stdin, deliveries=deliveries, mounts=mounted,
            cwd=cwd, sigreturn_token=sigreturn_token,
        )  # fmt: skip
    machine = call.machine
    stepper = Stepper(machine, call.program)
    steps = stepper.steps(limit)
    if style == "jsonl":
        from emu.frontends import jsonl

        lines = jsonl.lines(call, stepper, steps, excerpt)
    else:
        from emu.frontends.text import TextTrace

        personality = machine.kernel.personality
        trace = TextTrace(
            call, stepper, personality, columns=terminal_columns(), whole_frames=whole_frames, excerpt=excerpt
        )
        show(trace.title(arguments, returns))
        lines = trace.lines(steps)
    with written_back(machine.kernel, mounted):
        show(lines)
    if machine.kernel.deliveries:
        fail(f"ringside: {undelivered(machine)}")
    if stepper.ended is not None and stepper.ended.position < first:
        fail(f"ringside: --from {first} shows nothing: the run ended at position {stepper.ended.position}")
    if stepper.ended is None or stepper.ended.ending not in ENDED_WELL:
        sys.exit(1)
