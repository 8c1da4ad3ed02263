"""`ringside sweep`: which of all kernel answers a stub takes for errors, beside the kernel's own rule."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import click

from emu.frontends.options import fail, gather, source_options, system_option, user_errors
from emu.sweep import NothingToSweep, Range, Report, Sweep, Taken, answers


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("target")
@click.argument("arguments", nargs=-1, metavar="[ARG]...")
@system_option()
@click.option("--format", "style", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the random answers.")
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

    with user_errors():
        system_of = personality(system)
        machine = Machine(system_of)
        call = resolve(target, system, gather(**source)).prepare(machine)
        sweep = Sweep(call, [typed.parse(text, system_of) for text in arguments])
    carries = (False, True) if system == "darwin" else (False,)
    started = time.perf_counter()
    try:
        report = sweep.run(answers(carries, seed))
    except NothingToSweep as error:
        fail(f"ringside: {target}: {error}: there is nothing to sweep")
    seconds = time.perf_counter() - started
    if style == "json":
        click.echo(json.dumps(_as_json(report)))
        return
    click.echo(f"{target} on {system}: {report.calls:,} calls in {seconds:.2f} s")
    for line in _table(report, len(carries) > 1):
        click.echo(line)
    for line in _remarks(report, system):
        click.echo(line)


def _table(report: Report, carry: bool) -> Iterator[str]:
    heads = [*(["carry"] if carry else []), "answers (signed)", "tested", "the stub", "the kernel"]
    rows = [
        [
            *([str(int(found.carry))] if carry else []),
            _span(found),
            f"{found.tested:,}",
            f"takes {found.routine.value}" if found.routine in (Taken.RESULT, Taken.ERROR) else found.routine.value,
            f"means {found.kernel.value}",
        ]
        for found in report.ranges
    ]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    yield click.style("  ".join(h.ljust(w) for h, w in zip(heads, widths, strict=True)).rstrip(), bold=True)
    for found, row in zip(report.ranges, rows, strict=True):
        text = "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))
        differs = found.routine != found.kernel
        yield click.style(f"{text}  <- they differ", fg="yellow") if differs else text.rstrip()


def _span(found: Range) -> str:
    return str(found.first) if found.first == found.last else f"{found.first}..{found.last}"


def _remarks(report: Report, system: str) -> Iterator[str]:
    if not report.matters:
        taken = report.ranges[0].routine.value
        yield (
            f"The answer doesn't matter: every one is taken as {_article(taken)}. The jump tests flags that "
            "no compare set: SYSCALL brings back those from before the call."
        )
        if report.with_flags is not None and report.with_flags.value != taken:
            yield f"With CF and ZF set before the call, the last of them is taken as {_article(report.with_flags.value)}."
        return
    for carry in sorted({found.carry for found in report.ranges}):
        errors = [_span(f) for f in report.ranges if f.carry == carry and f.routine == Taken.ERROR]
        before = f"with carry {'set' if carry else 'clear'}, " if system == "darwin" else ""
        yield f"The stub takes as errors: {before}{', '.join(errors) if errors else 'nothing'}."
    if system == "linux":
        yield "The kernel's range of errors is -4095..-1 (MAX_ERRNO)."
    else:
        yield "The kernel says error by the carry flag, whatever the answer."


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


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
