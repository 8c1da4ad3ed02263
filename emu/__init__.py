"""The computer, and the ways to look at it. What a notebook needs is imported from here:

    from emu import trace, Session, assemble, sweep, compare, contract, mutate, check, errno_line

Each name's docstring has an example. They are imported when they are first used, so that a command which needs
none of them starts without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emu.errors import UserError as UserError
    from emu.frontends.notebook.api import targets as targets
    from emu.frontends.notebook.api import trace as trace
    from emu.frontends.notebook.checking import check as check
    from emu.frontends.notebook.code import Code as Code
    from emu.frontends.notebook.code import assemble as assemble
    from emu.frontends.notebook.code import listing as listing
    from emu.frontends.notebook.comparing import compare as compare
    from emu.frontends.notebook.forgery import forge as forge
    from emu.frontends.notebook.judging import contract as contract
    from emu.frontends.notebook.judging import mutate as mutate
    from emu.frontends.notebook.plots import errno_line as errno_line
    from emu.frontends.notebook.session import Session as Session
    from emu.frontends.notebook.sweeping import sweep as sweep
    from emu.frontends.notebook.trace import Trace as Trace

_PLACES = {
    "UserError": "emu.errors",
    "targets": "emu.frontends.notebook.api",
    "trace": "emu.frontends.notebook.api",
    "check": "emu.frontends.notebook.checking",
    "Code": "emu.frontends.notebook.code",
    "assemble": "emu.frontends.notebook.code",
    "listing": "emu.frontends.notebook.code",
    "compare": "emu.frontends.notebook.comparing",
    "sweep": "emu.frontends.notebook.sweeping",
    "contract": "emu.frontends.notebook.judging",
    "mutate": "emu.frontends.notebook.judging",
    "errno_line": "emu.frontends.notebook.plots",
    "forge": "emu.frontends.notebook.forgery",
    "Session": "emu.frontends.notebook.session",
    "Trace": "emu.frontends.notebook.trace",
}
__all__ = list(_PLACES)


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'emu' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_PLACES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
