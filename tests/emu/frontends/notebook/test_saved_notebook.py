"""A notebook that was run and saved has the recorded steps in it; converted to html, it shows them or a table."""

from __future__ import annotations

import os

import pytest

if not os.environ.get("CI"):
    for name in ("anywidget", "nbclient", "nbconvert"):
        pytest.importorskip(name, reason="needs the extras: pip install 'ringside[test]'")

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from emu.frontends.view_data import unpack

CELL = """from emu import Session, trace
trace("rawsyscall", "close", 99).view()"""
LIVE = """Session("rawsyscall", "close", 99).view()"""
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in (CELL, LIVE)])
    folder = str(tmp_path_factory.mktemp("saved"))
    return NotebookClient(made, timeout=60, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()


@pytest.mark.parametrize("cell", [0, 1])
def test_the_recorded_steps_are_in_the_notebook(saved: nbformat.NotebookNode, cell: int):
    output, _ = saved.cells[cell].outputs
    state = saved.metadata.widgets[STATE]["state"][output.data[VIEW]["model_id"]]["state"]
    assert state["reached"]["total"] == 13
    assert len(unpack(state["chunk_0"]).split("\n")) == 1 + 13
    assert "export default" in state["_esm"] and ".ringside" in state["_css"]


def test_html_has_the_widgets_with_their_state_and_the_tables(saved: nbformat.NotebookNode):
    html, _ = HTMLExporter().from_notebook_node(saved)
    assert (html.count(f'<script type="{VIEW}">'), html.count(f'<script type="{STATE}">')) == (2, 1)
    assert html.count('<div class="ringside-still">') == 2


def test_html_without_the_state_has_the_table(saved: nbformat.NotebookNode):
    kept = {name: value for name, value in saved.metadata.items() if name != "widgets"}
    html, _ = HTMLExporter().from_notebook_node(nbformat.from_dict({**saved, "metadata": kept}))
    assert VIEW not in html
    assert html.count("close(99) = -1 EBADF (Bad file descriptor)") == 2
