"""The ranges of errno on the number line: what a stub takes for errors, and what the kernel means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from emu.errors import UserError
from emu.frontends.notebook.rich import Block, Image, Rich
from emu.frontends.notebook.sweeping import SweepResult
from emu.frontends.sweep_command import bounds
from emu.sweeps import Range, Taken

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_ERRNO = 4095
_LOW, _HIGH = float(-(1 << 63)), float(1 << 63)  # NumPy's integers have no absolute value of the first
_BOUNDARY = (-4102, -4088)  # answers drawn one by one
_RESULT, _ERROR = "#7f9fc6", "#d98c3f"  # both read on light and on dark, and differ in brightness
_EDGE = "#333333"
_HATCHES = {True: "///", False: ""}
_ERRORS = (Taken.ERROR, Taken.FAULT)
_MARGIN = 1.5
_DPI = 160  # twice what a screen needs
_LINEAR = 5000  # the scale is linear between -5000 and 5000, logarithmic beyond


class Band(NamedTuple):
    """A line of the plot: its name, the ranges, and whose verdict it shows (`routine` or `kernel`)."""

    name: str
    ranges: Sequence[Range]
    verdict: str


class ErrnoLine(Rich):
    """The plot: `figure` is matplotlib's, to be changed or saved; `bands` say which verdicts it shows."""

    def __init__(self, figure: Figure, bands: Sequence[Band]) -> None:
        self.figure, self.bands = figure, tuple(bands)

    def blocks(self) -> Iterator[Block]:
        drawn = BytesIO()
        self.figure.savefig(drawn, format="png", dpi=_DPI)
        yield Image(drawn.getvalue(), int(self.figure.get_figwidth() * _DPI / 2), "\n".join(map(_words, self.bands)))


def errno_line(*sweeps: SweepResult) -> ErrnoLine:
    """The 64-bit numbers that a kernel can answer, and which of them each stub takes for errors, above what
    its kernel means; beside it the boundary at -4095, answer by answer. Needs matplotlib (the extra `notebook`).

    >>> from emu import errno_line, sweep
    >>> errno_line(sweep("rawsyscall"))
    rawsyscall, linux: errors are -4094..-1
    the kernel, linux: errors are -4095..-1
    """
    if not sweeps or not all(isinstance(each, SweepResult) for each in sweeps):
        raise UserError("errno_line draws what sweep found: errno_line(sweep('rawsyscall'))")
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise UserError("plots need matplotlib, which is not installed: pip install 'ringside[notebook]'") from None
    bands = _bands(sweeps)
    figure = Figure(figsize=(11, 1.3 + 0.42 * len(bands)), layout="constrained")
    whole, zoom = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    for axes, span in ((whole, (_LOW, _HIGH)), (zoom, _BOUNDARY)):
        for row, band in enumerate(reversed(bands)):
            _draw(axes, row, band, span)
    _whole_axis(whole)
    _zoom_axis(zoom)
    whole.set_yticks(range(len(bands)), [band.name for band in reversed(bands)])
    _legend(figure)
    return ErrnoLine(figure, bands)


def _spans(band: Band) -> Iterator[tuple[bool, int, int]]:
    """Neighbours that are taken alike: whether for errors, the first and the last of them."""
    for error, group in groupby(band.ranges, lambda found: getattr(found, band.verdict) in _ERRORS):
        alike = list(group)
        yield error, alike[0].first, alike[-1].last


def _words(band: Band) -> str:
    spans = list(_spans(band))
    errors = [bounds(first, last) for error, first, last in spans if error]
    if len(spans) == 1:
        return f"{band.name}: {'every answer is an error' if errors else 'no answer is an error'}"
    return f"{band.name}: errors are {', '.join(errors)}"


def _bands(sweeps: Sequence[SweepResult]) -> list[Band]:
    """For each system and carry flag the stubs' bands, and below them the kernel's."""
    found: dict[tuple[str, bool], list[Band]] = {}
    for swept in sweeps:
        for carry in sorted({each.carry for each in swept.ranges}):
            ranges = [each for each in swept.ranges if each.carry == carry]
            flag = f", CF={int(carry)}" if swept.system == "darwin" else ""
            kernel = Band(f"the kernel, {swept.system}{flag}", ranges, "kernel")
            stubs = found.setdefault((swept.system, carry), [kernel])
            stubs.insert(-1, Band(f"{swept.title}, {swept.system}{flag}", ranges, "routine"))
    return [band for bands in found.values() for band in bands]


def _draw(axes: Axes, row: int, band: Band, span: tuple[float, float]) -> None:
    """A band: a bar for neighbours that are taken alike, hatched where that is for errors."""
    for error, low, high in _spans(band):
        first, last = max(float(low), span[0]), min(float(high), span[1])
        if first > last:
            continue
        axes.barh(
            row, last - first + 1, left=first - 0.5, height=0.7, color=_ERROR if error else _RESULT,
            hatch=_HATCHES[error], edgecolor=_EDGE, linewidth=0.6,
        )  # fmt: skip


def _whole_axis(axes: Axes) -> None:
    axes.set_xscale("symlog", linthresh=_LINEAR, linscale=8)
    axes.set_xticks(
        [_LOW, -(1 << 32), -MAX_ERRNO, 0, 1 << 32, _HIGH],
        ["$-2^{63}$", "$-2^{32}$", "-4095", "0", "$2^{32}$", "$2^{63}-1$"],
    )
    axes.set_xlim(_LOW * _MARGIN, _HIGH * _MARGIN)
    axes.minorticks_off()
    axes.set_title("all answers, signed (logarithmic beyond ±5000)", fontsize=10)


def _zoom_axis(axes: Axes) -> None:
    first, last = _BOUNDARY
    axes.set_xlim(first - 0.5, last + 0.5)
    axes.set_xticks(range(first, last + 1), [str(value) for value in range(first, last + 1)], rotation=90)
    for value in range(first, last):
        axes.axvline(value + 0.5, color=_EDGE, linewidth=0.3)
    axes.set_title("at the boundary, answer by answer", fontsize=10)


def _legend(figure: Figure) -> Any:
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=_RESULT, edgecolor=_EDGE, label="a result"),
        Patch(facecolor=_ERROR, edgecolor=_EDGE, hatch=_HATCHES[True], label="an error"),
    ]
    return figure.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False)
