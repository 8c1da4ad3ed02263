"""Pages in the system's Chromium, driven by Playwright; nothing else is downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emu.frontends.cli import ringside

ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


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
