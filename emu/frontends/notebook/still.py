"""A run's first steps as a plain table: what a notebook shows where no script runs."""

from __future__ import annotations

import base64
import gzip
import json
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emu.frontends.view_data import Recording

ROWS = 20


def still(recording: Recording) -> str:
    """HTML without styles and scripts, which some readers of notebooks take out."""
    head = recording.head
    text = gzip.decompress(base64.b64decode(recording.chunks[0])).decode()
    lines = [json.loads(line) for line in text.split("\n")[1 : ROWS + 1]]
    rows = "".join(f"<tr>{_cells(number, line, head)}</tr>" for number, line in enumerate(lines, 1))
    total = head["total"]
    more = "" if total <= ROWS else f" The first {ROWS} of {total:,} recorded steps; a running kernel shows all."
    ending = f" At the end: {escape(head['ending'])}." if head["ending"] else ""
    titles = "".join(f"<th>{title}</th>" for title in ("Step", "Address", "Instruction", "What it did"))
    return (
        f"<p><b>{escape(head['title'])}</b>{more}{ending}</p>"
        f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cells(number: int, line: dict[str, Any], head: dict[str, Any]) -> str:
    if "exit" in line:
        ends = [f"{name} = {text}" for name, text in head["results"]] + [head["ending"]]
        return f"<td>{number}</td><td></td><td>The end</td><td>{_list(ends)}</td>"
    source = line.get("source")
    instruction = " ".join(source["text"].split()) if source else line.get("disassembly", "")
    did = [f"{name} {old} → {new}" for name, (old, new) in line.get("registers", {}).items()]
    did += [f"{access['name'] or access['address']} = {access['value']}" for access in line.get("writes", ())]
    did += [event["text"] for event in line["events"]]
    return (
        f"<td>{number}</td><td><code>{line.get('address', '')}</code></td>"
        f"<td><code>{escape(instruction)}</code></td><td>{_list(did)}</td>"
    )


def _list(texts: list[str]) -> str:
    return "<br>".join(f"<code>{escape(text)}</code>" for text in texts)
