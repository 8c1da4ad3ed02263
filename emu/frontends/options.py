"""Options and error handling that the commands share."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from emu.target import SYSTEMS, SourceOptions

if TYPE_CHECKING:
    from emu.mounts import Mount
    from kernel_stub.kernel import Kernel

ESCAPE = "\x1b"
NARROWEST = 16  # columns of a text that is folded
FOLDER = click.Path(exists=True, file_okay=False)
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def fail(message: str) -> NoReturn:
    """One message on standard error, exit status 2."""
    click.echo(message, err=True)
    sys.exit(2)


def coloured() -> bool:
    """Whether standard output is a terminal that shows colours; NO_COLOR (no-color.org) says not to."""
    if sys.stdout is None or not sys.stdout.isatty():
        return False
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_columns() -> int | None:
    """The terminal's width, or None where standard output is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns or None


def folded(head: str, text: str) -> str:
    """Both; on a terminal too narrow for them `text` is a column of its own behind `head`, which may have colours."""
    columns, indent = terminal_columns(), len(click.unstyle(head))
    if columns is None or indent + len(text) <= columns or columns - indent < NARROWEST:
        return head + text
    from textwrap import wrap

    return head + f"\n{' ' * indent}".join(wrap(text, columns - indent, break_on_hyphens=False))


def show(lines: Iterable[str]) -> None:
    """Writes lines to standard output, as fast as they come. A reader that goes away early is no error."""
    plain = not coloured()
    try:
        for line in lines:
            if sys.stdout is not None:  # which it is where the caller closed it
                sys.stdout.write(f"{click.unstyle(line) if plain and ESCAPE in line else line}\n")
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        abandon_output()
        sys.exit(128 + signal.SIGPIPE)  # as the shell reports it
    except OSError as error:
        abandon_output()
        fail(f"ringside: can't write the output: {error.strerror or error}")


def abandon_output() -> None:
    """Lets what is still in the buffer go nowhere, so that the interpreter's end is quiet."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Count(click.IntRange):
    """An integer option with bounds, whose error says them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The integer. Raises BadParameter."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            bounds = f"from {self.min} to {self.max}" if self.max is not None else f"of at least {self.min}"
            self.fail(f"{value!r} is not an integer {bounds}.", param, ctx)


@contextmanager
def user_errors() -> Iterator[None]:
    """Turns what a user can get wrong (source, target, arguments) into a message and exit status 2."""
    from asm import AssemblyErrors
    from asm.stubs import UnknownStub
    from emu.errors import UserError

    try:
        yield
    except AssemblyErrors as errors:
        fail(str(errors))
    except UnknownStub as error:
        fail(f"ringside: {error} (`ringside list` shows all stubs; a routine of a file is FILE.s:SYMBOL)")
    except UserError as error:
        fail(f"ringside: {error}")


def parse_mounts(texts: Sequence[str]) -> list[Mount]:
    """What --mount names. Raises MountError."""
    if not texts:
        return []
    from emu.mounts import parse

    return [parse(text) for text in texts]


@contextmanager
def written_back(kernel: Kernel, mounts: Sequence[Mount]) -> Iterator[None]:
    """What the guest changes in mounts comes to this computer however the run ends: interrupted or unread, too."""
    try:
        yield
    finally:
        if mounts:
            from emu.mounts import write_back

            with user_errors():
                write_back(kernel, mounts)


def spare(inputs: Iterable[str], *outputs: str | None) -> None:
    """Refuses outputs before the run: over an input, which may be FILE:SYMBOL, or into a folder that isn't there."""
    files = [file for text in inputs for file in (text, text.rpartition(":")[0])]
    for output in filter(None, outputs):
        with suppress(OSError, ValueError):  # one of the two isn't there, or can't be: nothing to lose
            if any(os.path.exists(file) and os.path.samefile(file, output) for file in files):
                fail(f"ringside: {output} is what is to be read: name another file for the output")
        if not os.path.isdir(os.path.dirname(output) or "."):
            fail(f"ringside: can't write {output}: {os.strerror(errno.ENOENT)}")


class CallCommand(click.Command):
    """A command that takes a target and arguments, among them negative integers.

    Options may stand anywhere. What begins with a dash is an argument if a digit follows, or behind `--`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Sorts options from arguments, and lets click see them in that order."""
        takes_value = {
            name for option in self.params if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }  # fmt: skip
        options: list[str] = []
        arguments: list[str] = []
        rest = iter(args)
        for text in rest:
            if text == "--":
                arguments += rest
            elif not text.startswith("-") or text[1:2].isdigit() or text == "-":
                arguments.append(text)
            else:
                options.append(text)
                if text in takes_value:
                    value = next(rest, None)
                    if value is None:
                        raise click.BadOptionUsage(text, f"Option {text!r} requires an argument.", ctx)
                    options.append(value)
        try:
            return super().parse_args(ctx, [*options, "--", *arguments] if arguments else options)
        except click.NoSuchOption as error:
            message = f"{error.message} To pass it as an argument, write -- before the arguments."
            raise click.NoSuchOption(error.option_name, message, error.possibilities, ctx) from None


def system_option() -> Decorator:
    """`--os linux|darwin`."""
    return click.option(
        "--os", "system", type=click.Choice(SYSTEMS), default="linux", show_default=True,
        help="The simulated operating system.",
    )  # fmt: skip


def file_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which files of this computer the guest has, and where it starts."""
    options = (
        click.option(
            "--mount", "mounts", multiple=True, metavar="HOST:GUEST[:rw]",
            help="A folder or file of this computer for the guest; with :rw its changes are written back at the end.",
        ),
        click.option("--cwd", metavar="DIR", help="The guest's working directory, / without it."),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


def source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how to assemble a target's file, and where its slots are."""
    from asm import DIALECTS

    slots = Count(0, 64)
    options = (
        click.option("--dialect", type=click.Choice(DIALECTS), help="The file's syntax, if not its first line's."),
        click.option("-I", "include_dirs", multiple=True, metavar="DIR", type=FOLDER, help="Where #include looks."),
        click.option("-D", "defines", multiple=True, metavar="NAME=VALUE", help="Define a macro."),
        click.option("-p", "--package", metavar="NAME", help="The package that a leading middle dot means."),
        click.option("--args", "argument_count", type=slots, metavar="N", help="How many 8-byte argument slots."),
        click.option("--results", "result_count", type=slots, metavar="N", help="How many 8-byte result slots."),
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
    named = {}
    for item in defines:
        name, equals, value = item.partition("=")
        if not re.fullmatch(r"[\w·.]+", name) or name[0].isdigit():
            raise click.BadParameter(f"{item!r} is not NAME=VALUE.", param_hint="'-D'")
        named[name] = value if equals else "1"
    return SourceOptions(dialect, include_dirs, named, package, argument_count, result_count)
