"""A run's first steps as a plain table: what a notebook shows where no script runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from emu.frontends.notebook.rich import Block, Column, Prose, Rich, Span, Table
from emu.frontends.view_data import Recording, unpack

ROWS = 20
_COLUMNS = (
    Column("step", number=True), Column("address", number=True), Column("instruction"),
    Column("what it did", long=True),
)  # fmt: skip
CLASS = "ringside-still"
_CHILD = ".jp-OutputArea-child"  # JupyterLab's and nbconvert's name for one output of several
_RULE = f"{_CHILD}:has(div.ringside) + {_CHILD}:has(.{CLASS}) {{display: none}}"


class Still(Rich):
    """The first ROWS steps of a recording, and how the run ended if it is known. Its html is not shown right behind
    the view of the same run."""

    def __init__(self, recording: Recording) -> None:
        self._lines = [json.loads(line) for line in unpack(recording.chunks[0]).split("\n")[1 : ROWS + 1]]
        self._head = recording.head

    def _repr_html_(self) -> str:
        return f'<style>{_RULE}</style><div class="{CLASS}">{super()._repr_html_()}</div>'

    def blocks(self) -> Iterator[Block]:
        head, count = self._head, len(self._lines)
        table = Table(head["title"], _COLUMNS)
        for number, line in enumerate(self._lines, 1):
            if "exit" in line:
                count -= 1
                continue
            if "address" in line:
                table.add(number, line["address"][2:], _instruction(line), _effects(line))
            table.rows += (Span(event["text"], "kernel") for event in line["events"])
        yield table
        if head["total"] > len(self._lines):
            yield Prose(f"The first {count} of {head['total']:,} recorded steps; run the notebook to see all.")
        if head["ending"]:
            yield Prose("At the end: " + ", ".join([*(f"{n} = {text}" for n, text in head["results"]), head["ending"]]))


def _instruction(line: dict[str, Any]) -> str:
    source = line["source"]
    return " ".join(source["text"].split()) if source else line["disassembly"]


def _effects(line: dict[str, Any]) -> str:
    changes = [f"{name} {old} → {new}" for name, (old, new) in line["registers"].items()]
    writes = [f"{access['name'] or access['address']} = {access['value']}" for access in line["writes"]]
    return ", ".join(changes + writes)
