"""`ringside sweep`: which of all kernel answers a stub takes for errors, beside the kernel's own rule."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import click

from emu.frontends.options import (
    CallCommand,
    fail,
    gather,
    show,
    source_options,
    system_option,
    user_errors,
)
from emu.sweeps import NothingToSweep, Range, Report, Sweep, Taken, answers
from kernel_stub.kernel import fault_text


@click.command("sweep", cls=CallCommand)
@click.argument("target")
@click.argument("arguments", nargs=-1, metavar="[ARG]...")
@system_option()
@click.option("--format", "style", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Of the random answers.")
@source_options
def command(
    target: str, arguments: tuple[str, ...], system: str, style: str, seed: int, **source: Any
) -> None:
    """Run TARGET against kernel answers: -4200..4200, both ends of the 64-bit range, 10,000 random values.

    On Darwin each answer comes twice, with the carry flag clear and set. Results are next to the kernel's
    own rule: Linux means -4095..-1 as errors, Darwin whatever comes with the carry flag.
    """
    from emu import arguments as typed
    from emu.machine import Machine
    from emu.target import personality, resolve

    options = gather(**source)
    with user_errors():
        system_of = personality(system)
        machine = Machine(system_of)
        call = resolve(target, system, options).prepare(machine)
        sweep = Sweep(call, typed.parse_all(arguments, call.arguments, system_of))
    carries = (False, True) if system == "darwin" else (False,)
    started = time.perf_counter()
    try:
        report = sweep.run(answers(carries, seed))
    except NothingToSweep as error:
        fail(f"ringside: {target}: {error}: there is nothing to sweep")
    seconds = time.perf_counter() - started
    if style == "json":
        show([json.dumps(_as_json(report))])
        return
    show(_text(report, f"{target} on {system}: {report.calls:,} calls in {seconds:.2f} s", system))


def _text(report: Report, title: str, system: str) -> Iterator[str]:
    yield click.style(title, bold=True)
    yield ""
    yield from _table(report, system == "darwin")
    yield ""
    yield from remarks(report, system)


VERBS = {
    Taken.RESULT: "takes result",
    Taken.ERROR: "takes error",
    Taken.FAULT: "faults",
    Taken.EXIT: "exits",
    Taken.ENDLESS: "does not end",
    Taken.OTHER: "does neither",
}


def _table(report: Report, carry: bool) -> Iterator[str]:
    heads = [*(["carry"] if carry else []), "answers (signed)", "tested", "the stub", "the kernel"]
    rows = [
        [
            *([str(int(found.carry))] if carry else []),
            bounds(found.first, found.last),
            f"{found.tested:,}",
            VERBS[found.routine],
            f"means {found.kernel.value}",
        ]
        for found in report.ranges
    ]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    yield click.style("  ".join(h.ljust(w) for h, w in zip(heads, widths, strict=True)).rstrip(), bold=True)
    for found, row in zip(report.ranges, rows, strict=True):
        text = "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))
        yield click.style(f"{text}  <- they differ", fg="yellow") if differ(found) else text.rstrip()


def differ(found: Range) -> bool:
    """Whether routine and kernel disagree; to fault or to exit is a way of taking an error."""
    if found.kernel == Taken.ERROR:
        return found.routine in (Taken.RESULT, Taken.OTHER)
    return found.routine in (Taken.ERROR, Taken.FAULT, Taken.OTHER)


def bounds(first: int, last: int) -> str:
    """`-4094..-1`, or one number."""
    return str(first) if first == last else f"{first}..{last}"


def remarks(report: Report, system: str) -> Iterator[str]:
    """What the stub takes as errors, and what the kernel means, in sentences."""
    if report.matters:
        for carry in sorted({found.carry for found in report.ranges}):
            flag = f"With the carry flag {'set' if carry else 'clear'}, t" if system == "darwin" else "T"
            yield from (f"{flag}he stub {remark}." for remark in _taken(report, carry))
    else:
        yield from _indifferent(report)
    if system == "linux":
        yield "The kernel means as errors: -4095..-1 (MAX_ERRNO)."
    else:
        yield "The kernel means as errors: whatever comes with the carry flag set."


def _taken(report: Report, carry: bool) -> Iterator[str]:
    """What the routine does with errors, in one remark or two."""
    errors, faults = _listed(report, carry, Taken.ERROR), _listed(report, carry, Taken.FAULT)
    if errors:
        yield f"takes as errors: {errors}"
    if faults:
        yield f"faults on: {faults}{_crash(report)}"
    if not errors and not faults:
        yield "takes nothing as an error"


def _indifferent(report: Report) -> Iterator[str]:
    """Remarks on a routine that takes every answer alike."""
    taken = report.ranges[0].routine
    yield f"The answer doesn't matter: the stub {_EVERY_TIME[taken]}."
    if report.with_flags is not None and report.with_flags != taken:
        yield "Its jump tests flags that no compare set: SYSCALL brings back those from before the call."
        yield f"With CF and ZF set before the call, it {_EVERY_TIME[report.with_flags]}."


_EVERY_TIME = {
    Taken.RESULT: "takes every one as a result",
    Taken.ERROR: "takes every one as an error",
    Taken.FAULT: "always faults",
    Taken.EXIT: "always exits",
    Taken.ENDLESS: "never ends",
    Taken.OTHER: "takes none as a result or an error",
}


def _listed(report: Report, carry: bool, taken: Taken) -> str:
    """The spans that were taken so, neighbours joined."""
    spans: list[tuple[int, int]] = []
    ranges = [found for found in report.ranges if found.carry == carry]
    for before, found in zip([None, *ranges], ranges, strict=False):
        if found.routine == taken:
            joins = before is not None and before.routine == taken
            spans.append((spans.pop()[0] if joins else found.first, found.last))
    if spans == [(ranges[0].first, ranges[-1].last)]:
        return "every answer"
    return ", ".join(bounds(*span) for span in spans)


def _crash(report: Report) -> str:
    if report.crash is None:
        return ""
    where = f" in {report.crash.routine}" if report.crash.routine else ""
    return f" ({fault_text(report.crash.fault)}{where})"


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "calls": report.calls,
        "answer_matters": report.matters,
        "with_flags_set": report.with_flags.value if report.with_flags else None,
        "ranges": [
            {
                "first": found.first,
                "last": found.last,
                "carry": found.carry,
                "tested": found.tested,
                "stub": found.routine.value,
                "kernel": found.kernel.value,
            }
            for found in report.ranges
        ],
    }
