"""The widget's protocol, without a browser: what its traits hold, what a request does, what is sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

if not os.environ.get("CI"):
    pytest.importorskip("anywidget", reason="needs the notebook extra: pip install 'ringside[notebook]'")

from emu.errors import UserError
from emu.frontends.notebook.widget import LIMIT, StepperWidget
from emu.frontends.view_data import LINES, Recording, unpack
from emu.start import Subject, prepare
from emu.stepper import Stepper
from emu.target import SourceOptions


def subject(target: str = "sigsegv-resume") -> Subject:
    return prepare(target, (), "linux", SourceOptions())


def live(window: int = 5, limit: int = LIMIT) -> StepperWidget:
    return StepperWidget.live(subject(), title="a run", window=window, limit=limit)


def recorded(limit: int) -> Recording:
    run = subject()
    return Recording(run, Stepper(run.machine, run.program), limit, "a run", "")


def ask(widget: StepperWidget, goal: str = "step", total: int | None = None) -> None:
    """What a view's request does that has `total` lines."""
    known = widget.reached["total"] if total is None else total
    widget._handle_custom_msg({"kind": "more", "total": known, "goal": goal}, [])


def lines(widget: StepperWidget) -> list[dict[str, Any]]:
    """All lines, as a view would find them in the traits."""
    chunks = [getattr(widget, f"chunk_{number}") for number in range(-(-widget.reached["total"] // LINES))]
    return [json.loads(line) for chunk in chunks for line in unpack(chunk).split("\n")[1:]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Messages to the views."""
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(StepperWidget, "_send", lambda self, message, buffers=None: messages.append(message))
    return messages


def test_a_request_runs_a_window_and_the_machine_stands_behind_the_last_line():
    run = subject()
    widget = StepperWidget.live(run, window=5)
    assert (run.machine.position, len(lines(widget)), widget.reached["ending"]) == (5, 5, None)
    ask(widget)
    assert (run.machine.position, len(lines(widget))) == (10, 10)
    assert [line["position"] for line in lines(widget)] == list(range(10))


def test_of_two_requests_for_the_same_lines_one_runs_the_machine():
    widget = live()
    ask(widget, total=5)
    ask(widget, total=5)
    assert widget.reached["total"] == 10


def test_other_messages_do_nothing():
    widget = live()
    for message in (None, [], {}, {"kind": "less"}, {"kind": "more"}, {"kind": "more", "total": "5"}):
        widget._handle_custom_msg(message, [])
    assert widget.reached["total"] == 5


def test_an_update_is_one_message_with_what_changed(sent: list[dict[str, Any]]):
    widget = live(window=LINES)
    sent.clear()
    ask(widget)
    (message,) = sent
    assert message["method"] == "update"
    assert set(message["state"]) == {"chunk_1", "events", "reached"}


def test_a_request_leads_to_the_next_event_or_to_the_end():
    widget = live()
    ask(widget, "event")
    events = [line for line in lines(widget) if line["events"]]
    assert events and events[0] in lines(widget)[-5:]
    while widget.reached["ending"] is None:
        ask(widget, "end")
    assert "exit" in lines(widget)[-1]
    total = widget.reached["total"]
    ask(widget, "end")
    assert (widget.reached["total"], widget.reached["error"]) == (total, "")


def test_run_goes_on_from_python():
    widget = live()
    widget.run(100)
    assert widget.reached["total"] == 105


def test_what_goes_wrong_is_shown_and_raised_and_forgotten_when_it_goes_on(monkeypatch: pytest.MonkeyPatch):
    widget = live()
    with monkeypatch.context() as patched:
        patched.setattr(Recording, "extend", lambda self, budget: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            widget.run(1)
    assert widget.reached["error"] == "ZeroDivisionError: integer division or modulo by zero"
    widget.run(1)
    assert (widget.reached["error"], widget.reached["total"]) == ("", 6)


def test_a_machine_that_something_else_ran_on_is_told():
    run = subject()
    widget = StepperWidget.live(run, window=5)
    run.machine.step()
    ask(widget)
    assert widget.reached["total"] == 5
    said = "the machine was run from position 5 to 6 by other means, and nobody recorded that: make a new view"
    assert widget.reached["error"] == said
    with pytest.raises(UserError, match="by other means"):
        widget.run(1)


def test_every_answer_differs_from_the_one_before():
    widget = live(limit=1)
    ask(widget, "end")
    answers = []
    for _ in range(2):
        ask(widget)
        answers.append(dict(widget.reached))
    assert answers[0] != answers[1]


def test_a_view_keeps_so_many_steps_and_says_so():
    widget = live(limit=LINES)
    ask(widget, "end")
    ask(widget)
    assert (widget.reached["total"], widget.reached["ending"]) == (LINES, None)
    assert widget.reached["error"] == "This view keeps 256 steps, and they are used up: give it a higher `limit`."


def test_of_a_longer_recording_the_first_steps_are_kept():
    recording = recorded(400)
    widget = StepperWidget.recorded(recording, limit=LINES)
    assert (widget.reached["total"], len(lines(widget))) == (LINES, LINES)
    ask(widget)
    assert widget.reached["error"] == (
        "Only the first 256 of 401 steps are kept here: `ringside html` writes a page with all."
    )


def test_a_recording_is_shown_to_its_end():
    recording = recorded(400)
    widget = StepperWidget.recorded(recording)
    assert (widget.reached["total"], widget.reached["ending"]) == (401, recording.head["ending"])
    assert {**widget.head, **widget.reached, "code": widget.code}.items() >= recording.head.items()


@pytest.mark.parametrize("wrong", ({"window": 0}, {"limit": 0}, {"window": -3}))
def test_there_is_at_least_one_step(wrong: dict[str, int]):
    with pytest.raises(ValueError, match="at least 1"):
        live(**wrong)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[StepperWidget], list[dict[str, str]]]:
    """The outputs that a widget makes in a notebook, by their MIME types."""

    def outputs(widget: StepperWidget) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        monkeypatch.setattr("IPython.display.display", lambda data, *, raw, metadata=None: found.append(data))
        widget._ipython_display_()
        return found

    return outputs


def test_readers_that_run_no_script_get_a_table(shown: Callable[[StepperWidget], list[dict[str, str]]]):
    widget, table = shown(live(window=40))
    assert set(widget) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    assert widget["text/plain"] == "<StepperWidget: a run, 40 steps>"
    html = table["text/html"]
    assert "<script" not in html
    assert html.count('<th scope="row"') == 20
    assert "gettid() = 4242" in html
    assert "The first 20 of 40 recorded steps" in html


def test_what_a_guest_says_is_text_in_the_table(shown: Callable[[StepperWidget], list[dict[str, str]]]):
    run = prepare("rawsyscall", ("write", "1", "<b>&", "4"), "linux", SourceOptions())
    _, table = shown(StepperWidget.live(run, title="<i>"))
    assert "&lt;b&gt;&amp;" in table["text/html"] and "<b>&" not in table["text/html"]
    assert "<caption>&lt;i&gt;</caption>" in table["text/html"]


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


def test_without_anywidget_one_sentence_says_what_to_install():
    done = python("import sys; sys.modules['anywidget'] = None; import emu.frontends.notebook.widget")
    last = done.stderr.splitlines()[-1]
    assert last == "ModuleNotFoundError: The stepper view needs anywidget: pip install 'ringside[notebook]'"


def test_the_commands_do_without():
    done = python(
        "import sys; import emu.frontends.cli, emu.frontends.html_command, emu.frontends.trace_command\n"
        "print([name for name in ('anywidget', 'ipywidgets', 'traitlets') if name in sys.modules])"
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
