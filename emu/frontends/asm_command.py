"""`ringside asm`: assemble a file, print its listing, write it as an ELF executable."""

from __future__ import annotations

import json

import click

from asm.errors import AssemblyErrors
from asm.linker import link
from asm.listing import as_json, text
from asm.program import Object, Program
from asm.sources import DIALECTS, assemble_file
from emu.frontends.options import FOLDER, fail, spare


def _definitions(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    """NAME=VALUE or NAME (which is then 1), several times."""
    found = {}
    for value in values:
        name, equals, meaning = value.partition("=")
        if not name.replace(".", "_").isidentifier():
            raise click.BadParameter(f"{value!r} is not NAME=VALUE", context, parameter)
        found[name] = meaning if equals else "1"
    return found


@click.command("asm")
@click.argument("file", metavar="FILE.s")
@click.option("-I", "include_dirs", metavar="DIR", type=FOLDER, multiple=True, help="Look for included files here too.")
@click.option(
    "-D", "defines", metavar="NAME=VALUE", multiple=True, callback=_definitions,
    help="Define a name; without a value it is 1.",
)  # fmt: skip
@click.option(
    "--dialect", type=click.Choice(DIALECTS),
    help="The source's syntax; else what its first line says (// dialect: NAME), else go.",
)  # fmt: skip
@click.option("--format", "layout", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-o", "output", metavar="FILE", help="Also write an ELF executable for Linux.")
@click.option(
    "--entry", metavar="SYMBOL",
    help="Where the executable starts; else _start, _rt0_amd64_linux or the first routine.",
)  # fmt: skip
@click.option("-p", "--package", metavar="PATH", help="The Go package that a leading middle dot means.")
def command(
    file: str,
    include_dirs: tuple[str, ...],
    defines: dict[str, str],
    dialect: str | None,
    layout: str,
    output: str | None,
    entry: str | None,
    package: str | None,
) -> None:
    """Assemble FILE.s and print a listing: address, bytes, source line.

    References to symbols that the file doesn't define are listed as relocations; only -o needs all
    symbols. With -o the listing in text shows the bytes of the executable.
    """
    if entry is not None and output is None:
        raise click.UsageError("--entry is about the executable that -o writes: there is no -o.")
    spare([file], output)
    try:
        unit = assemble_file(
            file, dialect=dialect, include_dirs=include_dirs, defines=defines, package=package
        )
        program = _write(unit, output, entry) if output is not None else None
        listing = text(program or [unit]) if layout == "text" else _json_text(unit)
    except AssemblyErrors as errors:
        fail(str(errors))
    click.echo(listing, nl=not listing.endswith("\n"))


def _json_text(unit: Object) -> str:
    """A line a symbol, so that two listings can be compared line by line."""
    symbols = as_json([unit])["symbols"]
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(symbol)}" for name, symbol in symbols.items())
    return f'{{"symbols": {{\n{rows}\n}}}}'


def _write(unit: Object, output: str, entry: str | None) -> Program:
    try:
        program = link([unit], entry=entry)
        program.write_elf(output)
    except LookupError as error:
        fail(f"ringside: --entry: {error}")
    except OSError as error:
        fail(f"ringside: can't write {output}: {error.strerror or error}")
    except ValueError as error:
        fail(f"ringside: can't write {output}: {error}")
    return program
