"""`ringside list`: the shipped stubs, one line each."""

from __future__ import annotations

from collections.abc import Iterator

import click

from asm.stubs import STUBS, Stub
from emu.frontends.options import show
from emu.target import SYSTEMS


@click.command("list")
@click.option("--os", "system", type=click.Choice(SYSTEMS), help="Only what this system has.")
@click.option("--signatures", is_flag=True, help="Also show how each stub is called, on a line of its own.")
def command(system: str | None, signatures: bool) -> None:
    """List the shipped stubs: name, systems, what each does."""
    chosen = [stub for stub in STUBS if system in (None, stub.system)]
    show(_lines(chosen, signatures))


def _lines(chosen: list[Stub], signatures: bool) -> Iterator[str]:
    first = {stub.name: stub for stub in reversed(chosen)}
    width = max(map(len, first))
    for name in dict.fromkeys(stub.name for stub in chosen):
        systems = " ".join(system for system in SYSTEMS if any((s.name, s.system) == (name, system) for s in chosen))
        yield f"{click.style(f'{name:<{width}}', bold=True)}  {systems:<12}  {first[name].summary}"
        if signatures:
            yield click.style(f"{'':<{width}}  {first[name].signature}", dim=True)
