"""Pages in the system's Chromium, driven by Playwright, and a JupyterLab of this Python; nothing is downloaded."""

from __future__ import annotations

import json
import os
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
from click.testing import CliRunner

from emu.frontends.cli import ringside

ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
TOKEN = "a-token-of-the-test"
PATIENCE = 60  # seconds: other work may keep the machine busy
SETTINGS = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}  # no questions, no look-ups


@pytest.fixture(scope="session")
def browser(require_tool: Callable[..., str], require_module: Callable[..., None]) -> Iterator[Any]:
    path = require_tool("chromium", "apt-get install chromium")
    require_module("playwright", "pip install 'ringside[test]'")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`written("rawsyscall", "close", "99")` is the page's file; made once."""
    made: dict[tuple[str, ...], Path] = {}

    def write(*arguments: str) -> Path:
        if arguments not in made:
            path = tmp_path_factory.mktemp("page") / "page.html"
            done = CliRunner().invoke(ringside, ["html", *arguments, "-o", str(path)])
            assert done.exit_code == 0, done.output
            made[arguments] = path
        return made[arguments]

    return write


@pytest.fixture
def opened(browser: Any, written: Callable[..., Path]) -> Iterator[Callable[..., Any]]:
    """`opened("sigsegv", width=390)`: a page in a fresh context. An error in its script fails the test.

    `page.requests` are the addresses that it asked for.
    """
    contexts = []
    errors: list[str] = []

    def open_page(*arguments: str, width: int = 1280, height: int = 800, hash: str = "", **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(written(*arguments).as_uri() + hash)
        page.wait_for_selector(".headline")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@dataclass
class Lab:
    """A running server, the folder that it serves, and where it keeps its own files."""

    url: str
    root: Path
    data: Path

    def address(self, notebook: str) -> str:
        """Where a notebook of the folder is open, in a workspace that forgets."""
        return f"{self.url}/lab/tree/{notebook}?token={TOKEN}&reset"

    def has(self, url: str) -> bool:
        """Whether an address is the server's, or the browser's own."""
        return url.startswith((self.url, self.url.replace("http", "ws", 1), "data:", "blob:"))

    def ask(self, path: str, method: str = "GET") -> Any:
        """What its API answers."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}", method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or b"null")


@pytest.fixture(scope="session")
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
        found = Lab(f"http://127.0.0.1:{port}", root, folder / "JUPYTER_DATA_DIR")
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
