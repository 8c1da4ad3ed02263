"""The widget in a real JupyterLab: it steps by click and by key, runs the machine on, and outlives the kernel.

The server, its kernel and Chromium are this machine's own; nothing is asked of a network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emu.engine import RECORDED
from emu.start import prepare
from emu.stepper import Stepper
from emu.target import SourceOptions

WINDOW = 5
LIVE = f"""from emu.frontends.notebook.widget import StepperWidget
from emu.start import prepare
from emu.target import SourceOptions

subject = prepare("sigsegv-resume", (), "linux", SourceOptions())
view = StepperWidget.live(subject, title="sigsegv-resume", window={WINDOW})
view"""
PATIENCE = 60  # seconds: other work may keep the machine busy
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Any) -> Iterator[Callable[..., Any]]:
    """`notebook("one", LIVE, "view")`: a page where a notebook of these cells is open, and was run unless it
    has outputs.

    An error in the widget's script (a blob's) or a request that leaves this machine fails the module."""
    import nbformat
    import nbformat.sign

    contexts = []
    wrong: list[str] = []

    def open_notebook(name: str, *cells: str, outputs: Any = (), metadata: Any = ()) -> Any:
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        made.metadata.update(metadata, kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"})
        if outputs:
            made.cells[0].update(execution_count=1, outputs=nbformat.from_dict(outputs))
            nbformat.sign.NotebookNotary(data_dir=str(lab.data)).sign(made)  # else no script of it runs
        nbformat.write(made, lab.root / f"{name}.ipynb")
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.on("pageerror", lambda error: wrong.append(error.stack) if "blob:" in error.stack else None)
        page.on("request", lambda request: wrong.append(request.url) if not lab.has(request.url) else None)
        page.goto(lab.address(f"{name}.ipynb"))
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")
        if not outputs:
            page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
        failed = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']")
        page.locator("div.ringside .headline").or_(failed).first.wait_for()
        assert failed.all_inner_texts() == []
        return page

    yield open_notebook
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def reference() -> list[dict[str, str]]:
    """The registers behind each instruction, as the emulator has them without a widget."""
    subject = prepare("sigsegv-resume", (), "linux", SourceOptions())
    steps = list(Stepper(subject.machine, subject.program).steps(40))
    return [dict(zip(RECORDED, map(hex, step.before), strict=True)) for step in steps[1:]]


class View:
    """One view of the widget on the page."""

    def __init__(self, page: Any, number: int = 0) -> None:
        from playwright.sync_api import expect

        self.page, self.expect = page, expect
        self.box = page.locator("div.ringside").nth(number)

    def click(self, name: str) -> None:
        self.box.get_by_role("button", name=name, exact=True).click()

    def shows(self, count: str) -> None:
        self.expect(self.box.locator(".count")).to_have_text(count, timeout=1000 * PATIENCE)

    def registers(self) -> dict[str, str]:
        found = self.box.locator("dl.registers").evaluate(
            "(list) => [...list.querySelectorAll('.register')].map((row) => row.innerText.split(/\\s+/).slice(0, 2))"
        )
        return {name: value for name, value in found if name != "rflags"}

    def agrees(self, registers: dict[str, str]) -> None:
        shown = self.registers()
        assert len(shown) >= 16
        assert shown == {name: registers[name] for name in shown}


@pytest.fixture(scope="module")
def live(notebook: Callable[..., Any]) -> Any:
    return notebook("live", LIVE, "view", "subject.machine.position")


def test_it_steps_forwards_and_back_by_click_and_by_key(live: Any, reference: list[dict[str, str]]):
    view = View(live)
    view.shows(f"1 / {WINDOW}+")
    view.agrees(reference[0])
    for name, count in (("Forward", 2), ("Forward", 3), ("Back", 2), ("First step", 1), ("Last step", WINDOW)):
        view.click(name)
        view.shows(f"{count} / {WINDOW}+")
        view.agrees(reference[count - 1])
    for key, count in (("ArrowLeft", 4), ("ArrowLeft", 3), ("ArrowRight", 4), ("Home", 1), ("Enter", WINDOW)):
        live.keyboard.press(key)  # the focus is on the button for the last step
        view.shows(f"{count} / {WINDOW}+")
        view.agrees(reference[count - 1])


def test_the_table_for_readers_where_no_script_runs_is_not_shown(live: Any):
    tables = live.locator(".ringside-still")
    assert tables.count() == live.locator("div.ringside").count() == 2
    assert [table.is_visible() for table in tables.all()] == [False, False]


def test_forward_past_the_recorded_end_runs_the_machine(live: Any, reference: list[dict[str, str]]):
    view, other = View(live), View(live, 1)
    view.click("First step")
    view.click("Last step")
    view.click("Forward")
    view.shows(f"{WINDOW + 1} / {2 * WINDOW}+")
    view.agrees(reference[WINDOW])
    other.shows(f"1 / {2 * WINDOW}+")  # the widget's other view knows of it, and stays where it is
    other.box.locator(".now").focus()
    live.keyboard.press("End")
    live.keyboard.press("PageDown")
    other.shows(f"{2 * WINDOW + 20} / {2 * WINDOW + 20}+")
    other.agrees(reference[2 * WINDOW + 19])
    cell = live.locator(".jp-Cell").last
    cell.locator(".cm-line").click()
    live.keyboard.press("Control+Enter")
    view.expect(cell.locator(".jp-OutputArea-output")).to_have_text(str(2 * WINDOW + 20))


def test_keys_are_the_notebooks_where_the_widget_has_no_focus(live: Any):
    view = View(live)
    view.click("First step")
    total = view.box.locator(".count").inner_text().split("/")[1]
    cell = live.locator(".jp-Cell").first
    cell.locator(".cm-line").last.click()
    live.keyboard.press("End")
    live.keyboard.press("ArrowLeft")
    live.keyboard.type("#")
    view.expect(cell.locator(".cm-line").last).to_have_text("vie#w")
    live.keyboard.press("Backspace")
    live.keyboard.press("Escape")
    view.shows(f"1 /{total}")
    view.click("Forward")
    live.keyboard.press("ArrowDown")  # in command mode the next cell's, but not with the focus in the widget
    view.expect(cell).to_have_class(re.compile("jp-mod-active"))


@pytest.mark.parametrize(("theme", "paper"), (("Dark", "rgb(16, 19, 22)"), ("Light", "rgb(255, 255, 255)")))
def test_it_wears_the_notebooks_theme(live: Any, theme: str, paper: str):
    live.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {{ theme: 'JupyterLab {theme}' }})")
    View(live).expect(live.locator("div.ringside").first).to_have_css("background-color", paper)


@pytest.mark.parametrize("width", (640, 1600))
def test_its_height_is_fixed_and_nothing_scrolls_sideways(live: Any, width: int):
    live.set_viewport_size({"width": width, "height": 1000})
    box = live.locator("div.ringside").first
    assert box.bounding_box()["height"] <= 700
    assert box.evaluate("(element) => element.scrollWidth - element.clientWidth") <= 0


def test_the_recorded_steps_outlive_the_kernel(lab: Any, notebook: Callable[..., Any], reference: list[dict[str, str]]):
    page = notebook("outlived", LIVE)
    view = View(page)
    view.click("Last step")
    view.click("Forward")
    view.shows(f"{WINDOW + 1} / {2 * WINDOW}+")
    for kernel in [session["kernel"]["id"] for session in lab.ask("sessions") if session["path"] == "outlived.ipynb"]:
        lab.ask(f"kernels/{kernel}", "DELETE")
    view.click("Last step")
    view.click("Forward")
    view.expect(view.box.locator(".notice")).to_contain_text("The notebook's kernel gives no answer")
    view.click("Back")
    view.shows(f"{2 * WINDOW - 1} / {2 * WINDOW}+")
    view.agrees(reference[2 * WINDOW - 2])
    view.expect(view.box.locator(".notice")).to_be_hidden()


def test_a_saved_notebook_shows_what_was_recorded(notebook: Callable[..., Any], reference: list[dict[str, str]]):
    from ipywidgets import Widget

    from emu.frontends.notebook.widget import StepperWidget

    subject = prepare("sigsegv-resume", (), "linux", SourceOptions())
    widget = StepperWidget.live(subject, title="saved", window=WINDOW)
    data, metadata = widget._repr_mimebundle_()
    state = Widget.get_manager_state(widgets=[widget, widget.layout])
    page = notebook(
        "saved",
        "raise SystemExit('nobody runs this cell')",
        outputs=[{"output_type": "execute_result", "execution_count": 1, "data": data, "metadata": metadata}],
        metadata={"widgets": json.loads(json.dumps({STATE: state}))},
    )
    view = View(page)
    view.shows(f"1 / {WINDOW}+")
    view.click("Last step")
    view.shows(f"{WINDOW} / {WINDOW}+")
    view.agrees(reference[WINDOW - 1])
