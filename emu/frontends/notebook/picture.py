"""A signal frame's place on the stack, drawn to scale: every byte is as high as any other.

The highest address is at the top, as the stack grows down. What is drawn also stands beside it in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from emu.frontends.notebook.rich import Block, Picture, Rich
from kernel_stub.events import FramePiece, SignalDelivered

RED_ZONE = 128  # bytes below RSP that a leaf routine may use (System V ABI); the kernel keeps off them
_MOST_GAP = 64  # the XSAVE area's alignment
SCALE = 0.5  # pixels a byte
_LABEL = 15  # pixels that a line of text needs
_LEFT, _WIDTH, _TEXT, _TOTAL = 215, 130, 395, 720  # pixels: the stack's left edge, its width, the words, everything
_MARGIN = 12
_OPACITY = {"struct": 0.28, "gap": 0.0, "kept": 0.08}
_UNDER_HEADS = ("pretcode", "return_address")


class Part(NamedTuple):
    """Bytes of the stack from `address` on. `kind`: a struct, what is kept (the red zone), or a gap."""

    address: int
    size: int
    name: str
    kind: str


def parts(event: SignalDelivered) -> list[Part]:
    """What lies between where the handler's stack begins and the handler's stack pointer, from the top down."""
    found: list[Part] = []
    for piece in event.pieces:
        found += _structs(piece)
    top, red_zone = _top(event)
    if red_zone:
        found.append(Part(top - RED_ZONE, RED_ZONE, "red zone", "kept"))
    whole: list[Part] = []
    for part in sorted(found):
        end = whole[-1].address + whole[-1].size if whole else part.address
        if part.address > end:
            whole.append(Part(end, part.address - end, "gap", "gap"))
        whole.append(part)
    end = whole[-1].address + whole[-1].size
    if top > end:
        whole.append(Part(end, top - end, "gap", "gap"))
    return whole[::-1]


def _top(event: SignalDelivered) -> tuple[int, bool]:
    """Where the kernel began to count down, and whether it left a red zone below.

    That is the interrupted stack pointer, or the end of an alternate stack that is entered only now: on Linux
    without a red zone, on Darwin with one.
    """
    end = max(piece.address + len(piece.data) for piece in event.pieces)
    if _is_fresh(event):
        fields = {placed.path: placed.value for placed in event.frame}
        if "uc_mcontext.rip" in fields:
            return fields["uc_stack.ss_sp"] + fields["uc_stack.ss_size"], False
        return end + RED_ZONE, True
    return event.before.rsp, True


def _is_fresh(event: SignalDelivered) -> bool:
    """Whether the frame is the first on an alternate stack: it then isn't right below the interrupted code's."""
    end = max(piece.address + len(piece.data) for piece in event.pieces)
    return event.on_alternate_stack and not 0 <= event.before.rsp - RED_ZONE - end < _MOST_GAP


def _structs(piece: FramePiece) -> list[Part]:
    """The structs in a piece of a frame: an rt_sigframe is a return address, a ucontext and a siginfo."""
    fields = piece.layout.fields
    starts = [(0, piece.layout.name)]
    if "pretcode" in fields:
        starts = [
            (0, "return address"), (fields["uc_flags"].offset, "ucontext"), (fields["si_signo"].offset, "siginfo"),
        ]  # fmt: skip
    elif "return_address" in fields:
        starts = [(0, "no return address"), (8, "gap")]
    ends = [*(start for start, _ in starts[1:]), len(piece.data)]
    kinds = {"gap": "gap", "no return address": "gap"}
    return [
        Part(piece.address + start, end - start, name.lstrip("_"), kinds.get(name, "struct"))
        for (start, name), end in zip(starts, ends, strict=True)
        if end > start
    ]


class StackPicture(Rich):
    """The stack of a signal's delivery, to scale, from the interrupted stack pointer (or the end of the alternate
    stack) down to the handler's. `parts` has `address`, `size` and `name` of each part, from the top down.

    >>> from emu import trace
    >>> trace("sigchld").deliveries[0].frame.picture
    0x40a120  <- end of the alternate stack
    0x40a104  gap                28 bytes
    0x409ec0  xstate            580 bytes
    0x409eb0  gap                16 bytes
    0x409e30  siginfo           128 bytes
    0x409d00  ucontext          304 bytes
    0x409cf8  return address      8 bytes
    0x409cf8  <- RSP of the handler
    """

    def __init__(self, event: SignalDelivered) -> None:
        self.event, self.parts = event, tuple(parts(event))

    def blocks(self) -> Iterator[Block]:
        yield Picture(svg(self.parts, self._pointers()), "\n".join(self._lines()))

    def _pointers(self) -> list[tuple[int, str]]:
        handler = (self.event.registers.rsp, "RSP of the handler")
        name = "end of the alternate stack" if _is_fresh(self.event) else "RSP before"
        return [(_top(self.event)[0], name), handler]

    def _lines(self) -> Iterator[str]:
        names = dict(self._pointers())
        width = max(len(part.name) for part in self.parts)
        for part in self.parts:
            end = part.address + part.size
            if end in names:
                yield f"{end:#x}  <- {names.pop(end)}"
            yield f"{part.address:#x}  {part.name:<{width}}  {part.size:5} bytes"
        last = self.parts[-1].address
        if last in names:
            yield f"{last:#x}  <- {names[last]}"


def svg(shown: Sequence[Part], pointers: Sequence[tuple[int, str]]) -> str:
    """The picture. Heights are SCALE pixels a byte; words that would overlap move down, with a line to their part."""
    top = shown[0].address + shown[0].size
    height = SCALE * (top - shown[-1].address)
    lows = _spread([_MARGIN + SCALE * (top - part.address - part.size / 2) for part in shown])
    total = max(_MARGIN + height, lows[-1]) + _MARGIN
    words = "; ".join(f"{part.name} {part.size} bytes" for part in shown)
    drawn = [
        f'<svg role="img" xmlns="http://www.w3.org/2000/svg" width="{_TOTAL}" height="{total:g}" '
        f'viewBox="0 0 {_TOTAL} {total:g}" style="max-width: 100%; height: auto; display: block" '
        f'font-family="ui-monospace, monospace" font-size="12" fill="currentColor" stroke="none">',
        f"<title>The stack, from high addresses to low: {escape(words)}</title>",
    ]
    for part, low in zip(shown, lows, strict=True):
        drawn += _part(part, _MARGIN + SCALE * (top - part.address - part.size), low)
    for address, name in pointers:
        drawn += _pointer(_MARGIN + SCALE * (top - address), name)
    return "".join([*drawn, "</svg>"])


def _part(part: Part, y: float, low: float) -> list[str]:
    height = SCALE * part.size
    dashed = ' stroke-dasharray="3 3"' if part.kind in ("gap", "kept") else ""
    centre = y + height / 2
    words = f"{part.name}, {part.size} bytes from {part.address:#x}"
    return [
        f'<rect class="{part.kind}" x="{_LEFT}" y="{y:g}" width="{_WIDTH}" height="{height:g}" fill="currentColor" '
        f'fill-opacity="{_OPACITY[part.kind]}" stroke="currentColor" stroke-width="1"{dashed}/>',
        f'<path d="M{_LEFT + _WIDTH} {centre:g} L{_LEFT + _WIDTH + 20} {low:g} H{_TEXT - 6}" fill="none" '
        'stroke="currentColor" stroke-opacity=".5"/>',
        f'<text x="{_TEXT}" y="{low + 4:g}">{escape(words)}</text>',
    ]


def _pointer(y: float, name: str) -> list[str]:
    return [
        f'<path d="M{_LEFT - 14} {y:g} H{_LEFT - 2} m-5 -3 l5 3 l-5 3" fill="none" stroke="currentColor" '
        'stroke-width="1.5"/>',
        f'<text x="{_LEFT - 18}" y="{y + 4:g}" text-anchor="end" font-size="11">{escape(name)}</text>',
    ]


def _spread(wanted: Sequence[float]) -> list[float]:
    """The places of labels, each at least a line below the one before."""
    found: list[float] = []
    for place in wanted:
        found.append(max(place, found[-1] + _LABEL) if found else place)
    return found
