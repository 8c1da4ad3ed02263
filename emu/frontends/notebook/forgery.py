"""A signal frame that no kernel wrote: what sigreturn takes back if somebody puts it on the stack."""

from __future__ import annotations

from collections.abc import Mapping

from emu.annotate import Labels
from emu.frontends.notebook.code import known_system
from emu.frontends.notebook.frame import Frame
from emu.target import personality
from kernel_stub.events import FramePiece
from kernel_stub.layout import Layout


def forge(address: int, fields: Mapping[str, int], system: str = "linux") -> Frame:
    """A frame at `address` that is zero but for the fields given; CS is that of 64-bit user code.

    On Linux that is an rt_sigframe without an XSAVE area: sigreturn reads it where RSP is `address + 8`, as behind
    the handler's RET. On Darwin it is an mcontext, a siginfo and a ucontext, whose address sigreturn gets in RDI.
    `bytes(frame)` is what has to be in memory. Raises UserError for unknown fields and values that don't fit.

    >>> from emu import forge
    >>> frame = forge(0x7fff0000, {"uc_mcontext.rip": 0x400000, "uc_mcontext.rsp": 0x7fff1000})
    >>> len(bytes(frame)), frame["uc_mcontext.cs"]
    (440, 51)
    """
    of = personality(known_system(system))
    pieces, at = [], address
    for layout in _layouts(system):
        pieces.append(FramePiece(at, layout, bytes(layout.size)))
        at += layout.size
    frame = Frame(pieces, Labels(), of, store=lambda _address, _data: None)
    if system == "darwin":
        mcontext, _, _ = pieces
        frame["uc_mcontext64"], frame["uc_mcsize"] = mcontext.address, len(mcontext.data)
        frame["ss.cs"] = of.user_cs
    else:
        frame["uc_mcontext.cs"], frame["uc_mcontext.ss"] = of.user_cs, of.user_ss
    for path, value in fields.items():
        frame[path] = value
    return frame


def _layouts(system: str) -> tuple[Layout, ...]:
    """The structs of a frame, the lowest first."""
    if system == "darwin":
        from kernel_stub.darwin.structs import MCONTEXT, SIGINFO, UCONTEXT

        return MCONTEXT, SIGINFO, UCONTEXT
    from kernel_stub.linux.structs import RT_SIGFRAMES

    return (RT_SIGFRAMES["kill"],)
