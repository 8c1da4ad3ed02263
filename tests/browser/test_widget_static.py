"""The widget's script where no kernel is: with a model that has what a saved notebook keeps, and answers nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emu.start import prepare
from emu.target import SourceOptions

STEPS = 300  # more than a chunk
SHOW = """async ([state, live]) => {
  const style = document.createElement("style");
  style.textContent = state._css;
  document.head.append(style);
  const { default: widget } = await import(URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" })));
  const listeners = new Set();
  window.model = {
    get: (name) => state[name],
    on: (name, callback) => listeners.add(callback),
    off: (name, callback) => listeners.delete(callback),
    send: (message) => {
      if (!live) throw new Error("no comm");
      sent.push(message);
    },
    update: (news) => {
      Object.assign(state, news);
      for (const callback of [...listeners]) callback();
    },
    listeners,
  };
  window.sent = [];
  window.leave = await widget.render({ model, el: document.body });
}"""


@pytest.fixture
def show(browser: Any, require_module: Callable[..., None]) -> Iterator[Callable[..., Any]]:
    """`show(live=True)`: the widget on an empty page; `page.state()` is what its kernel would have it know next."""
    require_module("anywidget", "pip install 'ringside[notebook]'")
    from emu.frontends.notebook.widget import StepperWidget

    contexts = []
    errors: list[str] = []

    def open_page(live: bool = False, steps: int = STEPS, limit: int = 1024) -> Any:
        subject = prepare("sigsegv-resume", (), "linux", SourceOptions())
        widget = StepperWidget.live(subject, title="saved", window=steps, limit=limit)
        context = browser.new_context(viewport={"width": 1000, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_default_timeout(20_000)
        page.widget = widget
        page.state = lambda: json.loads(json.dumps({n: v for n, v in widget.get_state().items() if n != "layout"}))
        page.set_content("<!doctype html><title>saved</title><button id=elsewhere>elsewhere</button>")
        page.evaluate(SHOW, [page.state(), live])
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def count(page: Any) -> str:
    return str(page.locator(".count").inner_text())


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def shown(page: Any, text: str) -> None:
    page.wait_for_function("(text) => document.querySelector('.count').textContent === text", arg=text)


def test_what_was_recorded_is_there_and_forward_says_why_it_ends(show: Callable[..., Any]):
    page = show()
    assert count(page) == f"1 / {STEPS}+"
    press(page, "Last step")
    shown(page, f"{STEPS} / {STEPS}+")
    press(page, "Forward")
    notice = page.locator(".notice")
    notice.wait_for()
    said = "The notebook's kernel gives no answer: it is busy, or gone. What is recorded is all here."
    assert notice.inner_text() == said
    assert page.get_by_role("status").inner_text() == notice.inner_text()
    press(page, "Back")
    shown(page, f"{STEPS - 1} / {STEPS}+")
    assert notice.is_hidden()


def test_a_run_that_is_recorded_to_its_end_asks_for_nothing(show: Callable[..., Any]):
    page = show(steps=1000, limit=2000)
    press(page, "Last step")
    page.locator(".headline", has_text="The end").wait_for()
    total = page.widget.reached["total"]
    assert count(page) == f"{total} / {total}"
    assert page.get_by_role("button", name="Forward", exact=True).get_attribute("aria-disabled") == "true"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("sent") == []


def test_waiting_is_shown_and_another_move_ends_it(show: Callable[..., Any]):
    page = show(live=True)
    press(page, "Last step")
    press(page, "Forward")
    assert page.locator(".notice").inner_text() == "running…"
    assert page.evaluate("sent") == [{"kind": "more", "total": STEPS, "goal": "step"}]
    press(page, "Back")
    shown(page, f"{STEPS - 1} / {STEPS}+")
    assert page.locator(".notice").is_hidden()
    page.widget.run(10)
    page.evaluate("model.update", page.state())
    shown(page, f"{STEPS - 1} / {STEPS + 10}+")  # more is there, and nobody was moved


def test_an_answer_with_an_error_is_told(show: Callable[..., Any]):
    page = show(live=True)
    press(page, "Last step")
    press(page, "Forward")
    reached = {**page.state()["reached"], "error": "ValueError: <b>what went wrong</b>", "answers": 7}
    page.evaluate("model.update", {"reached": reached})
    page.locator(".notice", has_text="ValueError: <b>what went wrong</b>").wait_for()
    shown(page, f"{STEPS} / {STEPS}+")


def test_the_end_is_reached_in_several_requests(show: Callable[..., Any]):
    page = show(live=True)
    press(page, "Last step")
    press(page, "Last step")
    for number in range(1, 50):
        page.wait_for_function("(number) => sent.length >= number", arg=number)
        assert page.evaluate("sent.at(-1).goal") == "end"
        page.widget.run(60)
        page.evaluate("model.update", page.state())
        if page.widget.reached["ending"] is not None:
            break
    page.locator(".headline", has_text="The end").wait_for()
    assert page.locator(".notice").is_hidden()
    assert number > 3


def test_keys_count_in_the_widget_only(show: Callable[..., Any]):
    page = show()
    page.locator("#elsewhere").focus()
    page.keyboard.press("ArrowRight")
    assert count(page) == f"1 / {STEPS}+"
    page.locator(".now").focus()
    page.keyboard.press("ArrowRight")
    shown(page, f"2 / {STEPS}+")


def test_leaving_lets_go_of_everything(show: Callable[..., Any]):
    page = show()
    page.evaluate("leave()")
    assert page.locator(".ringside").count() == 0
    assert page.evaluate("model.listeners.size") == 0
    page.keyboard.press("ArrowRight")
