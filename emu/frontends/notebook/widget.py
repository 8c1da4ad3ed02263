"""The stepper view as a notebook's widget: live on a machine, and static where the kernel is gone.

All that the view shows are the widget's traits: `head`, `code`, `events` (the packed log), one trait a chunk, and
`reached` (how far the recording goes, and what became of the last request). So a saved notebook has the recorded
steps in it, and an update carries only what changed. The view asks for more with a message
`{"kind": "more", "total": lines that it has, "goal": "step", "event" or "end"}`; whatever becomes of it, `reached`
has one more of `answers`. Where the goal is far the view asks again: no request keeps the kernel for long.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

try:
    import anywidget
    import traitlets
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("The stepper view needs anywidget: pip install 'ringside[notebook]'") from error

from emu.errors import UserError
from emu.frontends.notebook.still import Still
from emu.frontends.page import VIEW, module, style
from emu.frontends.view_data import LINES, Recording
from emu.stepper import Stepper

if TYPE_CHECKING:
    from emu.start import Subject

LIMIT = 128 * LINES  # lines that a notebook keeps, some megabytes at most
WINDOW = 256  # instructions that a request runs: some milliseconds
MOMENT = 0.1  # seconds that a request may take, if one window doesn't reach its goal
_FIXED = frozenset(("title", "command", "system", "size", "exceptions", "symbols", "files"))  # of a recording's head


class StepperWidget(anywidget.AnyWidget):
    """Steps through a run: `live` on a machine that runs on as the view asks for it, or through what was `recorded`."""

    _esm = module() + (VIEW / "widget.js").read_text(encoding="utf-8")
    _css = style()
    head = traitlets.Dict().tag(sync=True)
    code: traitlets.List[list[str]] = traitlets.List().tag(sync=True)
    events = traitlets.Unicode().tag(sync=True)
    reached = traitlets.Dict().tag(sync=True)

    def __init__(self, recording: Recording, window: int = WINDOW, limit: int = LIMIT) -> None:
        if window < 1 or limit < 1:
            raise ValueError(f"window and limit are numbers of steps, at least 1: got {window} and {limit}")
        self._recording, self._window = recording, window
        self._room = -(-limit // LINES)  # chunks
        self.add_traits(**{_chunk(number): traitlets.Unicode().tag(sync=True) for number in range(self._room)})
        super().__init__()
        self.head = {name: value for name, value in recording.head.items() if name in _FIXED}
        self._take("")
        self.on_msg(self._asked)

    @classmethod
    def live(
        cls,
        subject: Subject,
        stepper: Stepper | None = None,
        *,
        title: str = "",
        command: str = "",
        window: int = WINDOW,
        limit: int = LIMIT,
    ) -> StepperWidget:
        """A view of a run that has yet to happen: it begins where the subject's machine stands.

        `window` instructions run at once, and as many again each time that the view is led past the recorded
        end; the machine stands behind the last recorded step. With a window of 1 each step forward runs one
        instruction. `limit` steps are kept at most. Raises ValueError if either is less than 1.
        """
        stepper = stepper or Stepper(subject.machine, subject.program)
        return cls(Recording(subject, stepper, max(1, window), title, command, growing=True), window, limit)

    @classmethod
    def recorded(cls, recording: Recording, *, limit: int = LIMIT) -> StepperWidget:
        """A view of what was recorded, of its first `limit` steps. A recording that grows goes on as it did."""
        return cls(recording, limit=limit)

    def run(self, steps: int) -> None:
        """Runs the machine further by `steps` instructions, unless the run ends.

        Raises UserError if there is no room for another step, or if something else has run the machine."""
        with self._shown():
            self._extend(steps)

    def _asked(self, _widget: object, message: Any, _buffers: object) -> None:
        """A view wants more than the lines that it has; two views may want the same."""
        if not isinstance(message, dict) or message.get("kind") != "more":
            return
        if message.get("total") != self.reached["total"]:
            return
        until, known, recording = time.monotonic() + MOMENT, self._recording.log, self._recording
        with suppress(UserError), self._shown():
            self._extend(self._window)
            if message.get("goal") == "end":
                while not recording.ended and self._left and time.monotonic() < until:
                    self._extend(max(self._window, WINDOW))
            elif message.get("goal") == "event":
                while recording.log == known and not recording.ended and self._left and time.monotonic() < until:
                    self._extend(self._window)

    @property
    def _left(self) -> int:
        """Lines that there is room for."""
        return max(0, self._room * LINES - self._recording.head["total"])

    def _extend(self, steps: int) -> None:
        if not self._left and self.reached["ending"] is None:
            raise UserError(self._full())
        self._recording.extend(min(steps, self._left))

    @contextmanager
    def _shown(self) -> Iterator[None]:
        """Whatever happens is shown in the view, errors too."""
        error = ""
        try:
            yield
        except Exception as raised:
            error = str(raised) if isinstance(raised, UserError) else f"{type(raised).__name__}: {raised}"
            raise
        finally:
            self._take(error)

    def _full(self) -> str:
        kept, total = self._room * LINES, self._recording.head["total"]
        if self._recording.ended and total > kept:
            return f"Only the first {kept:,} of {total:,} steps are kept here: `ringside html` writes a page with all."
        return f"This view keeps {kept:,} steps, and they are used up: give it a higher `limit`."

    def _take(self, error: str) -> None:
        """Shows the recording as it is now, in one message."""
        recording, kept = self._recording, self._room * LINES
        head = recording.head
        whole = head["total"] <= kept
        with self.hold_sync():
            self.code = head["code"]
            self.events = recording.log
            for number, chunk in enumerate(recording.chunks[: self._room]):
                setattr(self, _chunk(number), chunk)
            self.reached = {
                **{name: value for name, value in head.items() if name not in _FIXED and name != "code"},
                "total": min(head["total"], kept),
                "ending": head["ending"] if whole else None,
                "error": error,
                "answers": self.reached.get("answers", -1) + 1,
            }

    def _ipython_display_(self, **kwargs: Any) -> None:
        """The widget, and behind it for readers where no script runs a table, which goes when the view is there."""
        from IPython.display import display

        bundle = self._repr_mimebundle_(**kwargs)
        if bundle is not None:
            display(bundle[0], metadata=bundle[1], raw=True)
            display({"text/html": Still(self._recording)._repr_html_(), "text/plain": ""}, raw=True)

    def __repr__(self) -> str:
        return f"<StepperWidget: {self.head.get('title', '')}, {self.reached.get('total', 0):,} steps>"


def _chunk(number: int) -> str:
    """The trait of a chunk."""
    return f"chunk_{number}"
