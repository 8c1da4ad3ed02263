"""`ringside list`: the shipped stubs, one line each."""

from __future__ import annotations

from itertools import groupby

import click

from asm.stubs import STUBS


@click.command()
def command() -> None:
    """List the shipped stubs: name, systems, what each does."""
    rows = []
    for name, group in groupby(sorted(STUBS, key=lambda stub: stub.name), key=lambda stub: stub.name):
        stubs = list(group)
        rows.append((name, " ".join(sorted((s.system for s in stubs), reverse=True)), stubs[0]))
    width = max(len(name) for name, _, _ in rows)
    order = [stub.name for stub in STUBS]
    for name, systems, stub in sorted(rows, key=lambda row: order.index(row[0])):
        click.echo(f"{name:<{width}}  {systems:<12}  {stub.summary}")
        click.echo(click.style(f"{'':<{width}}  {'':<12}  {stub.signature}", dim=True))
