"""The command `ringside`. Each subcommand's module is imported when it is used."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from signal import SIGINT

import click

# The collector looks for garbage after so many new objects. What a start makes stays to the end: with Python's
# 700, it would be looked through sixty times.
MANY = 100_000

COMMANDS = {
    "run": ("run_command", "Run a static Linux program; its output and exit status are passed on."),
    "trace": ("trace_command", "Run a routine and show every instruction and what the kernel did."),
    "html": ("html_command", "Write a page that steps through a run, forwards and backwards."),
    "compare": ("compare_command", "Run a routine on both systems, side by side, and name what differs."),
    "sweep": ("sweep_command", "Run a routine against every kernel answer; show which it takes as errors."),
    "check": ("check_command", "Run the cases in scenario files (*.ringside.toml)."),
    "contract": ("contract_command", "Check what a stub promises; show the shortest input that breaks it."),
    "mutate": ("mutate_command", "Put small mistakes into a stub; show which of them its contract notices."),
    "list": ("list_command", "List the shipped stubs."),
    "asm": ("asm_command", "Assemble a file and print the listing."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and one line each; loads the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"emu.frontends.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS)
            hint = f"Did you mean {close[0]}?" if close else f"There are {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ringside", prog_name="ringside")
def ringside() -> None:
    """Watch a program cross the line between user mode and the kernel on x86-64."""


def main() -> None:
    """The console script: one message for each mistake, and no traceback for an interruption."""
    gc.set_threshold(MANY)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files and symbols may be anything
    try:
        code = ringside(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(128 + SIGINT)  # as the shell reports it
    except OSError as error:  # of the output: what reads files turns its errors into messages
        with suppress(OSError):
            click.echo(f"ringside: can't write the output: {error.strerror or error}", err=True)
        os._exit(2)  # without another try to write what is left
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
