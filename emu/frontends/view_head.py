"""What the view is told once about a run: its machine's symbols, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emu.events import Ended, Ending
from emu.frontends.wording import ending_text, quoted, result_text, symbol_text
from kernel_stub.kernel import EXCEPTIONS

if TYPE_CHECKING:
    from emu.start import Subject


def fixed(call: Subject) -> dict[str, Any]:
    """What holds for the whole run. `process` and `thread` are those that begin it."""
    kernel = call.machine.kernel
    symbols = sorted(call.program, key=lambda placed: placed.address)
    return {
        "system": kernel.personality.name,
        "process": kernel.process.pid,
        "thread": kernel.thread.tid,
        "exceptions": EXCEPTIONS,
        "symbols": [[hex(p.address), p.symbol.size, symbol_text(p.symbol)] for p in symbols if p.symbol.size],
    }


def outcome(call: Subject, ended: Ended | None) -> dict[str, Any]:
    """What the run has come to. `ending` is null while it goes on."""
    return {
        "ending": _ending(call, ended) if ended else None,
        "results": _results(call) if ended and ended.ending == Ending.RETURNED else [],
        "output": [[fd, quoted(data)] for fd, data in call.machine.kernel.terminal.output],
    }


def _ending(call: Subject, ended: Ended) -> str:
    behind = call.program.symbol_at(ended.address - 1)
    return ending_text(ended, symbol_text(behind.symbol) if behind else None)


def _results(call: Subject) -> list[list[str]]:
    personality = call.machine.kernel.personality
    return [[result.name, result_text(result, personality)] for result in call.result_values()]
