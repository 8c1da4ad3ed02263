"""The widget in a real JupyterLab: it steps by click and by key, runs the machine on, and outlives the kernel.

The server, its kernel and Chromium are this machine's own; nothing is asked of a network.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
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
TOKEN = "a-token-of-the-test"
PATIENCE = 60  # seconds: other work may keep the machine busy
SETTINGS = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}  # no questions, no look-ups


@dataclass
class Lab:
    """A running server and the folder that it serves."""

    url: str
    root: Path

    def ask(self, path: str, method: str = "GET") -> Any:
        """What its API answers."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}", method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or b"null")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, require_module: Callable[..., None]) -> Iterator[Lab]:
    for module in ("jupyterlab", "anywidget", "ipykernel"):
        require_module(module, "pip install 'ringside[notebook]'")
    folder = tmp_path_factory.mktemp("lab")
    root = folder / "root"
    root.mkdir()
    settings = folder / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(SETTINGS), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = (
        "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
        "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR",
    )  # fmt: skip
    environment = {**os.environ, **{name: str(folder / name) for name in own}}
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
        "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={root}", "--LabApp.news_url=None", "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    log = folder / "log"
    with log.open("w") as said:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=said, stderr=said)
    try:
        found = Lab(f"http://127.0.0.1:{port}", root)
        until = time.monotonic() + PATIENCE
        while not answers(found):
            assert server.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield found
    finally:
        server.terminate()
        server.wait(PATIENCE)


def answers(lab: Lab) -> bool:
    try:
        return bool(lab.ask("status"))
    except OSError:
        return False


@pytest.fixture(scope="module")
def notebook(lab: Lab, browser: Any) -> Iterator[Callable[..., Any]]:
    """`notebook("one", LIVE, "view")`: a page where a notebook of these cells is open, and was run.

    An error in the widget's script (a blob's) or a request that leaves this machine fails the module."""
    import nbformat

    contexts = []
    wrong: list[str] = []

    def open_notebook(name: str, *cells: str, width: int = 1280) -> Any:
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        made.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nbformat.write(made, lab.root / f"{name}.ipynb")
        context = browser.new_context(viewport={"width": width, "height": 1000})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.on("pageerror", lambda error: wrong.append(error.stack) if "blob:" in error.stack else None)
        page.on("request", lambda request: wrong.append(request.url) if leaves(lab, request.url) else None)
        page.goto(f"{lab.url}/lab/tree/{name}.ipynb?token={TOKEN}&reset")
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")
        page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
        failed = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']")
        page.locator("div.ringside .headline").or_(failed).first.wait_for()
        assert failed.all_inner_texts() == []
        return page

    yield open_notebook
    for context in contexts:
        context.close()
    assert wrong == []


def leaves(lab: Lab, url: str) -> bool:
    return not url.startswith((lab.url, lab.url.replace("http", "ws", 1), "data:", "blob:"))


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


def test_the_recorded_steps_outlive_the_kernel(lab: Lab, notebook: Callable[..., Any], reference: list[dict[str, str]]):
    page = notebook("outlived", LIVE)
    view = View(page)
    view.click("Last step")
    view.click("Forward")
    view.shows(f"{WINDOW + 1} / {2 * WINDOW}+")
    for kernel in [session["kernel"]["id"] for session in lab.ask("sessions") if session["path"] == "outlived.ipynb"]:
        lab.ask(f"kernels/{kernel}", "DELETE")
    view.click("Last step")
    view.click("Forward")
    view.expect(view.box.locator(".notice")).to_contain_text("The kernel gives no answer")
    view.click("Back")
    view.shows(f"{2 * WINDOW - 1} / {2 * WINDOW}+")
    view.agrees(reference[2 * WINDOW - 2])
    view.expect(view.box.locator(".notice")).to_be_hidden()
