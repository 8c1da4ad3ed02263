"""`ringside compare`: one target on both systems, side by side, and what differs."""

from __future__ import annotations

import sys
from typing import Any

import click

from emu.frontends.options import (
    CallCommand,
    Count,
    gather,
    show,
    source_options,
    terminal_columns,
    user_errors,
)
from emu.frontends.trace_command import ENDED_WELL

BUDGET = 20_000
PIPED = 160  # columns where standard output is no terminal and COLUMNS says nothing


@click.command("compare", cls=CallCommand)
@click.argument("target")
@click.argument("arguments", nargs=-1, metavar="[ARG]...")
@click.option("--format", "style", type=click.Choice(("text", "jsonl")), default="text", show_default=True)
@click.option("--returns", metavar="VALUE", help="The first system call answers this instead of being run.")
@click.option(
    "--limit", type=Count(1), default=BUDGET, show_default=True, metavar="N", help="Instructions of each run at most."
)
@click.option("--stdin", "stdin", default="", metavar="TEXT", help="What descriptor 0 reads; \\n is a newline.")
@source_options
def command(
    target: str,
    arguments: tuple[str, ...],
    style: str,
    returns: str | None,
    limit: int,
    stdin: str,
    **source: Any,
) -> None:
    """Run TARGET on Linux and on Darwin, show the two traces side by side, and name what differs.

    TARGET and ARG are as for `ringside trace`. Names (close, SIGCHLD, O_CREAT) stand for each system's own
    numbers; a stub is each system's own routine.

    Instructions that answer to each other stand on one line; marks between the columns are those of sdiff:
    | for a different instruction, < and > for one that runs on one side only. On a terminal of less
    than 120 columns there is one column, in which what both run stands once. Into a pipe go as many columns as
    the environment's COLUMNS says, or 160.

    Exit status: 0 when both runs returned or exited, 1 when one of them faulted, was killed, ran off its end
    or spent its budget, 2 for wrong input, a target that only one system has among it.
    """
    from emu.comparison import Comparison, run, set_up

    options = gather(**source)
    with user_errors():
        calls = set_up(target, arguments, options, stdin, returns)
    left, right = (run(call, system, limit) for call, system in calls)
    comparison = Comparison(left, right, arguments)
    if style == "jsonl":
        from emu.frontends import compare_jsonl

        show(compare_jsonl.lines(comparison))
    else:
        from emu.frontends import compare_text

        show(compare_text.lines(comparison, _columns(), returns))
    if {left.ended.ending, right.ended.ending} - ENDED_WELL:
        sys.exit(1)


def _columns() -> int:
    from shutil import get_terminal_size

    return terminal_columns() or get_terminal_size((PIPED, 24)).columns
