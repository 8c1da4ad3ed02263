"""`ringside list`: the shipped stubs and programs, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from asm.stubs import RUNS, STUBS, Run, Stub
from emu.frontends.options import folded, show
from emu.target import SYSTEMS


@click.command("list")
@click.option("--os", "system", type=click.Choice(SYSTEMS), help="Only what this system has.")
@click.option("--signatures", is_flag=True, help="Also show how each stub is called, on a line of its own.")
def command(system: str | None, signatures: bool) -> None:
    """List the shipped stubs and programs: name, systems, what each does."""
    rows: tuple[Stub | Run, ...] = (*STUBS, *RUNS)
    chosen = [row for row in rows if system in (None, row.system)]
    show(_lines(chosen, signatures))


def _lines(chosen: Sequence[Stub | Run], signatures: bool) -> Iterator[str]:
    first = {row.name: row for row in reversed(chosen)}
    width = max(map(len, first))
    for name in dict.fromkeys(row.name for row in chosen):
        systems = " ".join(system for system in SYSTEMS if any((r.name, r.system) == (name, system) for r in chosen))
        row = first[name]
        yield folded(f"{click.style(f'{name:<{width}}', bold=True)}  {systems:<12}  ", row.summary)
        if signatures and isinstance(row, Stub):
            yield click.style(f"{'':<{width}}  {row.signature}", dim=True)
