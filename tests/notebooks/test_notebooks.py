"""Each notebook runs from top to bottom; its exercises refuse no answer, and take the solution that is folded below."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def tags(cell):
    return cell.metadata.get("tags", [])


def said(cell):
    """What a cell showed, as text."""
    return "".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", ())
    )


def test_notebooks_are_numbered_without_a_gap():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02}" for number in range(1, len(NOTEBOOKS) + 1)]
    assert len(NOTEBOOKS) >= 7


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestAsStored:
    def test_no_outputs_are_kept(self, path):
        for cell in nbformat.read(path, 4).cells:
            assert not cell.get("outputs") and cell.get("execution_count") is None

    def test_it_is_a_valid_notebook_for_any_python(self, path):
        notebook = nbformat.read(path, 4)
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}

    def test_prose_teaches(self, path):
        """Each piece of code comes after a paragraph that says what to look for, or belongs to an exercise."""
        cells = nbformat.read(path, 4).cells
        assert cells[0].cell_type == "markdown" and cells[0].source.startswith("# ")
        runs = re.findall("c{4,}", "".join("m" if cell.cell_type == "markdown" else "c" for cell in cells))
        assert not runs

    def test_solutions_are_folded_and_follow_their_exercise(self, path):
        cells = nbformat.read(path, 4).cells
        exercises = [cell for cell in cells if "exercise" in tags(cell)]
        solutions = [cell for cell in cells if "solution" in tags(cell)]
        assert len(exercises) >= 3 and len(exercises) == len(solutions)
        assert all(cell.metadata.get("jupyter", {}).get("source_hidden") for cell in solutions)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_its_solutions_are_right(path):
    from nbclient import NotebookClient

    notebook = nbformat.read(path, 4)
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": FOLDER}}).execute()
    for cell in notebook.cells:
        if "exercise" in tags(cell):
            assert "✗ Not yet: put your answer" in said(cell), cell.source
        if "solution" in tags(cell):
            assert "✓ Right" in said(cell) and "✗" not in said(cell), cell.source + said(cell)
