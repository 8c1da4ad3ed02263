"""A signal frame as lines of text: a summary of each struct, or every field with its offset and address."""

from __future__ import annotations

from collections.abc import Iterator

from emu.annotate import Labels
from emu.frontends.wording import number
from kernel_stub.events import FramePiece, SignalDelivered, SignalReturned
from kernel_stub.layout import Field

POINTERS = (
    "pretcode", "uc_mcontext.rip", "uc_mcontext.rsp", "ss.rip", "ss.rsp", "uc_mcontext64", "return_address",
)  # shown with the name of what they point to
_SUMMARY = (
    "pretcode", "uc_flags", "uc_stack.ss_sp", "uc_mcontext.rip", "uc_mcontext.rsp", "uc_mcontext.trapno",
    "uc_mcontext.err", "uc_mcontext.cr2", "uc_sigmask", "si_signo", "si_code", "si_pid", "si_addr",
    "return_address", "es.trapno", "es.err", "es.faultvaddr", "ss.rip", "ss.rsp", "uc_onstack", "uc_mcontext64",
)  # fmt: skip


def lines(event: SignalDelivered | SignalReturned, labels: Labels, *, full: bool) -> Iterator[str]:
    """The frame's structs from the lowest address up; with `full` every field, else those that tell most."""
    for piece in event.pieces:
        size = len(piece.data)
        yield f"{piece.layout.name}, {size} bytes at {piece.address:#x}..{piece.address + size - 1:#x}"
        shown = [field for path, field in piece.layout.fields.items() if full or path in _SUMMARY]
        width = max((len(field.path) for field in shown), default=0)
        for field in shown:
            yield f"  +{field.offset:#05x}  {piece.address + field.offset:#x}  " + _value(piece, field, width, labels)


def _value(piece: FramePiece, field: Field, width: int, labels: Labels) -> str:
    data = piece.data[field.offset : field.offset + field.size]
    if field.path in piece.unwritten:
        return f"{field.path:<{width}}  (not written)"
    if field.size != field.item:
        shown = data.hex() if any(data) else f"{field.size} zero bytes"
        return f"{field.path:<{width}}  {shown if len(shown) <= 48 else shown[:48] + '...'}"
    value = int.from_bytes(data, "little")
    target = labels.name(value) if value and field.path in POINTERS else None
    return f"{field.path:<{width}}  {number(value, 8 * field.size)}" + (f"  {target}" if target else "")
