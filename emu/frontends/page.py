"""The stepper view as one page: script, style and data inside, nothing from elsewhere."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emu.frontends.view_data import Recording

VIEW = Path(__file__).with_name("view")
MODULES = (  # each imports from those before it
    "state.js", "trace.js", "dom.js", "wording.js", "now.js", "listing.js", "registers.js", "stack.js", "frames.js",
    "log.js", "stepper.js",
)  # fmt: skip
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_PLACE = re.compile(r"<!-- (\w+) -->|/\* (\w+) \*/")


def module() -> str:
    """The view as one ES module: it exports `mount(element, source)` and `Trace`."""
    return "".join(_IMPORT.sub("", (VIEW / name).read_text(encoding="utf-8")) for name in MODULES)


def style() -> str:
    """The view's style sheet."""
    return (VIEW / "stepper.css").read_text(encoding="utf-8")


def document(recording: Recording) -> str:
    """The page."""
    parts = {
        "title": escape(recording.head["title"]),
        "style": style(),
        "script": module(),
        "head": _inert(recording.head),
        "log": recording.log,
        "chunks": "\n".join(
            f'<script type="text/plain" class="chunk">{chunk}</script>' for chunk in recording.chunks
        ),
    }
    template = (VIEW / "page.html").read_text(encoding="utf-8")
    return _PLACE.sub(lambda found: parts.get(found[1] or found[2], found[0]), template)


def _inert(data: object) -> str:
    """JSON that cannot end the element it stands in, nor begin a comment there; ASCII."""
    return json.dumps(data).replace("<", "\\u003c")
