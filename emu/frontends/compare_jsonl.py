"""A comparison as JSON lines: one object a row, the last line what differs and how both runs ended.

The schema is `SCHEMA` (JSON Schema 2020-12). Steps and ends are those of `ringside trace --format jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from emu.alignment import Moment
from emu.comparison import Comparison, Side
from emu.events import Interlude
from emu.frontends.event_json import TEXT, event_object, object_schema
from emu.frontends.jsonl import END_SCHEMA, INTERLUDE_SCHEMA, STEP_SCHEMA, end_object, step_object

_MOMENT = {"anyOf": [STEP_SCHEMA, INTERLUDE_SCHEMA, {"type": "null"}]}
_POSITIONS = {"type": "array", "items": {"type": "integer", "minimum": 0}}
ROW_SCHEMA = object_schema(
    {
        "routine": TEXT,  # `rt_sigaction / sigaction` where the names differ, "" between two steps
        "same": {"type": "boolean"},  # whether both run the same instruction
        "linux": _MOMENT,
        "darwin": _MOMENT,
        "note": {"type": ["string", "null"]},  # names of the differences that the row shows
    }
)
END_OF_BOTH_SCHEMA = object_schema(
    {
        "differences": {
            "type": "array",
            "items": object_schema({"name": TEXT, "text": TEXT, "linux": _POSITIONS, "darwin": _POSITIONS}),
        },
        "linux": END_SCHEMA,
        "darwin": END_SCHEMA,
    }
)
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A line of `ringside compare --format jsonl`",
    "anyOf": [ROW_SCHEMA, END_OF_BOTH_SCHEMA],
}


def lines(comparison: Comparison) -> Iterator[str]:
    """The comparison's lines, without newlines; linux is the left side."""
    for row, names in zip(comparison.rows, comparison.notes, strict=True):
        yield _dumped(
            {
                "routine": row.routine,
                "same": row.same,
                "linux": _moment(comparison.left, row.left),
                "darwin": _moment(comparison.right, row.right),
                "note": ", ".join(names) or None,
            }
        )
    yield _dumped(
        {
            "differences": [
                {"name": d.name, "text": d.text, "linux": list(d.left), "darwin": list(d.right)}
                for d in comparison.differences
            ],
            "linux": end_object(comparison.left.subject, comparison.left.ended),
            "darwin": end_object(comparison.right.subject, comparison.right.ended),
        }
    )


def _moment(side: Side, moment: Moment | None) -> dict[str, Any] | None:
    if moment is None:
        return None
    if isinstance(moment, Interlude):
        return {"position": moment.position, "events": [event_object(event) for event in moment.events]}
    return step_object(side.subject, moment)


def _dumped(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
