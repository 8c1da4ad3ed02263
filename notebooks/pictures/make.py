"""Makes README's pictures, with Chromium: `make pictures`, or `python notebooks/pictures/make.py [NAME...]`.

The page shows sigchld where its frame lies on the stack; the notebook, if it is there, how JupyterLab shows it.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parent
SHOWN = "03*.ipynb"  # the notebook that README shows: the signal frame
SIZE = {"width": 1280, "height": 860}
SCALE = 1.5  # picture points to one of the page's, for dense screens
COLOURS = 64
PATIENCE = 60  # seconds
QUIET = '{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true}'
DELIVERED = "ringside.go(ringside.trace.log.find((entry) => entry[2] === 'delivered')[0])"


def page(browser: Any) -> bytes:
    """The page of `ringside html sigchld`, at the moment of the delivery."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sigchld.html")
        command = [str(Path(sys.executable).with_name("ringside")), "html", "sigchld", "-o", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        view = browser.new_page(viewport=SIZE, device_scale_factor=SCALE, color_scheme="light")
        view.goto(path.as_uri())
        view.wait_for_selector(".headline")
        view.evaluate(DELIVERED)
        return view.screenshot()


def notebook(browser: Any) -> bytes | None:
    """The notebook SHOWN in JupyterLab, run, with its first widget in sight; None as long as there is none."""
    found = sorted(NOTEBOOKS.glob(SHOWN))
    if not found:
        return None
    with _lab() as (url, token):
        view = browser.new_page(viewport=SIZE, device_scale_factor=SCALE, color_scheme="light")
        view.set_default_timeout(1000 * PATIENCE)
        view.goto(f"{url}/lab/tree/{found[0].name}?token={token}&reset")
        view.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")
        view.evaluate("void jupyterapp.commands.execute('application:toggle-left-area')")
        view.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        widget = view.locator("div.ringside").first
        widget.locator(".headline").wait_for()
        while "delivered" not in widget.locator(".now").inner_text():
            widget.get_by_role("button", name="Next kernel event", exact=True).click()
            view.wait_for_timeout(500)  # milliseconds: the machine may have to run on
        widget.evaluate("(element) => element.scrollIntoView({ block: 'end' })")
        view.wait_for_timeout(500)  # milliseconds: what JupyterLab moves comes to rest
        return view.screenshot()


@contextmanager
def _lab() -> Iterator[tuple[str, str]]:
    """A JupyterLab server on the notebooks, with settings of its own: its address and token."""
    token = secrets.token_hex(16)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "IPYTHONDIR")
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
            "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={NOTEBOOKS}", "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]  # fmt: skip
        environment = {**os.environ, "JUPYTERLAB_WORKSPACES_DIR": folder, **{name: f"{folder}/{name}" for name in own}}
        settings = Path(folder, "JUPYTERLAB_SETTINGS_DIR", "@jupyterlab", "apputils-extension")
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text(QUIET, encoding="utf-8")
        log = Path(folder, "log")
        with log.open("w") as said:
            server = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        try:
            _wait(f"http://127.0.0.1:{port}/api/status?token={token}", server, log)
            yield f"http://127.0.0.1:{port}", token
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=PATIENCE).close()
            return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise SystemExit(f"JupyterLab does not start:\n{log.read_text()}")


PICTURES: dict[str, Callable[[Any], bytes | None]] = {"page": page, "notebook": notebook}


def _small(screenshot: bytes) -> bytes:
    """The picture with few colours: text on plain ground needs no more."""
    from PIL import Image

    made = io.BytesIO()
    few = Image.open(io.BytesIO(screenshot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(made, "PNG", optimize=True)
    return made.getvalue()


def main(names: list[str]) -> None:
    """Writes the named pictures beside this file (all without names)."""
    from playwright.sync_api import sync_playwright

    if unknown := [name for name in names if name not in PICTURES]:
        raise SystemExit(f"no picture {', '.join(unknown)}; there are {', '.join(PICTURES)}")
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium on PATH; apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in names or PICTURES:
            shot = PICTURES[name](browser)
            if shot is None:
                print(f"{name}: no {NOTEBOOKS.name}/{SHOWN} yet")
                continue
            path = HERE / f"{name}.png"
            path.write_bytes(_small(shot))
            print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
