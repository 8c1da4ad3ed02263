"""A walkthrough of notebooks/ as a student opens it in JupyterLab: it runs, its stepper steps, solutions are folded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAME = "01-syscall-and-errno.ipynb"
PATIENCE = 90_000  # milliseconds: other work may keep the machine busy
FOLDED = ".jp-Notebook-cell .jp-InputPlaceholder"
ERRORS = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']"
IDLE = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"


@pytest.fixture(scope="module")
def page(lab: Any, browser: Any) -> Iterator[Any]:
    """The notebook, opened with what lies beside it, and run from top to bottom."""
    shutil.copytree(NOTEBOOKS / "checks", lab.root / "checks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(NOTEBOOKS / NAME, lab.root)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(lab.address(NAME))
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")  # resolves when the last cell is done
    page.wait_for_function(IDLE)
    yield page
    context.close()


def test_nothing_fails_in_it(page: Any):
    assert page.locator(ERRORS).all_inner_texts() == []


def test_the_stepper_goes_forwards_and_back_by_click(page: Any):
    from playwright.sync_api import expect

    view = page.locator("div.ringside").first
    view.scroll_into_view_if_needed()
    place = view.locator(".count")
    expect(place).to_have_text("1 / 13", timeout=PATIENCE)
    seen = []
    for name in ("Forward", "Forward", "Forward", "Forward", "Back", "Forward"):
        view.get_by_role("button", name=name, exact=True).click()
        seen.append((place.inner_text(), view.locator(".headline").inner_text()))
    assert [count for count, _ in seen] == [f"{number} / 13" for number in (2, 3, 4, 5, 4, 5)]
    assert seen[3] == seen[5] and "SYSCALL" in seen[3][1]


def test_solutions_are_folded(page: Any):
    assert page.locator(FOLDED).count() >= 3
