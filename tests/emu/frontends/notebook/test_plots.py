"""errno on the number line: bars where the sweep found errors, and nothing else."""

from __future__ import annotations

import base64
import sys

import pytest

from emu import UserError, errno_line, sweep


@pytest.fixture(scope="module")
def figure(require_module):
    require_module("matplotlib", "pip install 'ringside[notebook]'")
    return line().figure


def line():
    return errno_line(sweep("rawsyscall"), sweep("syscall6-before"), sweep("rawsyscall", system="darwin"))


def bars(axes, row: int) -> list[tuple[float, float, bool]]:
    """Where each bar of a row begins and ends, and whether it is hatched as an error."""
    found = [bar for bar in axes.patches if abs(bar.get_y() + bar.get_height() / 2 - row) < 0.1]
    return [(bar.get_x(), bar.get_x() + bar.get_width(), bool(bar.get_hatch())) for bar in found]


def test_each_stub_has_a_band_above_its_kernels(figure):
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()][::-1]
    assert names == [
        "rawsyscall, linux", "syscall6-before, linux", "the kernel, linux",
        "rawsyscall, darwin, CF=0", "the kernel, darwin, CF=0", "rawsyscall, darwin, CF=1", "the kernel, darwin, CF=1",
    ]  # fmt: skip


def test_the_boundary_differs_by_one_answer(figure):
    zoom = figure.axes[1]
    assert bars(zoom, 6)[-1][0] == -4094.5
    assert bars(zoom, 4)[-1][0] == -4095.5
    assert [hatched for *_, hatched in bars(zoom, 6)] == [False, True]


def test_the_whole_line_goes_from_end_to_end(figure):
    line = figure.axes[0]
    for row in range(7):
        drawn = bars(line, row)
        assert (drawn[0][0], drawn[-1][1]) == (-(2.0**63), 2.0**63)
    assert [hatched for *_, hatched in bars(line, 6)] == [False, True, False]
    assert [hatched for *_, hatched in bars(line, 5)] == [True]


def test_errors_are_told_by_more_than_colour(figure):
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a result", "an error"]
    assert [bool(patch.get_hatch()) for patch in figure.legends[0].get_patches()] == [False, True]


def test_the_picture_says_in_words_what_it_shows(parsed, require_module):
    require_module("matplotlib", "pip install 'ringside[notebook]'")
    shown = line()
    image = parsed(shown).find(".//img")
    assert base64.b64decode(image.get("src").partition(",")[2]).startswith(b"\x89PNG")
    assert repr(shown).splitlines() == [
        "rawsyscall, linux: errors are -4094..-1",
        "syscall6-before, linux: every answer is an error",
        "the kernel, linux: errors are -4095..-1",
        "rawsyscall, darwin, CF=0: no answer is an error",
        "the kernel, darwin, CF=0: no answer is an error",
        "rawsyscall, darwin, CF=1: every answer is an error",
        "the kernel, darwin, CF=1: every answer is an error",
    ]
    assert image.get("alt").split() == repr(shown).split()


def test_what_is_no_sweep_is_refused():
    for wrong in ((), (5,)):
        with pytest.raises(UserError, match="errno_line draws what sweep found"):
            errno_line(*wrong)


def test_without_matplotlib_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UserError, match=r"pip install 'ringside\[notebook\]'"):
        errno_line(sweep("rawsyscall"))
