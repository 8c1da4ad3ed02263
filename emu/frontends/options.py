"""Options and error handling that the commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from emu.target import SYSTEMS, SourceOptions

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def fail(message: str) -> NoReturn:
    """One message on standard error, exit status 2."""
    click.echo(message, err=True)
    sys.exit(2)


@contextmanager
def user_errors() -> Iterator[None]:
    """Turns what a user can get wrong (source, target, arguments) into a message and exit status 2."""
    from asm import AssemblyErrors
    from asm.program import AmbiguousSymbol, SymbolNotFound
    from asm.stubs import UnknownStub
    from emu.loaders.call import CallError
    from emu.target import TargetError

    try:
        yield
    except AssemblyErrors as errors:
        fail(str(errors))
    except (CallError, TargetError, UnknownStub, SymbolNotFound, AmbiguousSymbol) as error:
        fail(f"ringside: {error}")


def system_option() -> Decorator:
    """`--os linux|darwin`."""
    return click.option(
        "--os", "system", type=click.Choice(SYSTEMS), default="linux", show_default=True,
        help="The simulated operating system.",
    )  # fmt: skip


def source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how to assemble a target's file, and where its slots are."""
    from asm import DIALECTS

    options = (
        click.option("--dialect", type=click.Choice(DIALECTS), help="The file's syntax, if not its first line's."),
        click.option("-I", "include_dirs", multiple=True, metavar="DIR", help="Where #include looks."),
        click.option("-D", "defines", multiple=True, metavar="NAME=VALUE", help="A macro definition."),
        click.option("-p", "--package", metavar="NAME", help="The package that a leading middle dot means."),
        click.option("--args", "argument_count", type=click.IntRange(0, 64), help="8-byte argument slots."),
        click.option("--results", "result_count", type=click.IntRange(0, 64), help="8-byte result slots."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def gather(
    dialect: str | None,
    include_dirs: Sequence[str],
    defines: Sequence[str],
    package: str | None,
    argument_count: int | None,
    result_count: int | None,
) -> SourceOptions:
    """The source options as the command line gave them; NAME alone is defined as 1."""
    pairs = (item.partition("=") for item in defines)
    named = {name: value if equals else "1" for name, equals, value in pairs}
    return SourceOptions(dialect, include_dirs, named, package, argument_count, result_count)
