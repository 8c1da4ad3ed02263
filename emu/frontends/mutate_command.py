"""`ringside mutate`: small mistakes put into a stub, and which of them its contract notices."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emu.frontends.options import Count, fail, folded, gather, show, source_options, spare, system_option, user_errors

if TYPE_CHECKING:
    from emu.mutants.hunt import Hunt, Judged, Progress

CASES = 10_000
WIDEST = 60  # columns of a mutation
CHOICES = ("killed", "equivalent", "survived")


@click.command("mutate")
@click.argument("target")
@click.option("--contract", "name", metavar="NAME", help="The contract; that of the stub, if it is a shipped one.")
@click.option("--without", "left_out", multiple=True, metavar="CLAUSE", help="Leave a clause out; repeatable.")
@system_option()
@click.option("--answers", type=Count(1, 1_000_000), default=CASES, show_default=True, metavar="N",
              help="How many inputs the contract's set has; the edges come on top.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Of the random inputs.")
@click.option("--jobs", type=Count(1, 256), metavar="N", help="Processes; without it, one a processor.")
@click.option("--only", type=click.Choice(CHOICES), multiple=True, help="Show these mutants only; repeatable.")
@click.option("--format", "style", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--html", "page", type=click.Path(dir_okay=False), metavar="FILE", help="Write the table as a page, too.")
@source_options
def command(
    target: str,
    name: str | None,
    left_out: tuple[str, ...],
    system: str,
    answers: int,
    seed: int,
    jobs: int | None,
    only: tuple[str, ...],
    style: str,
    page: str | None,
    **source: Any,
) -> None:  # fmt: skip
    """Change TARGET (a stub, or FILE.s:SYMBOL in Plan 9 syntax) one instruction at a time, and run its contract on
    each mutant: instructions dropped, conditions swapped, constants one more or less, other registers, other sizes,
    other slots, neighbours swapped.

    A mutant that breaks a clause is killed. One that breaks none is equivalent if it is shown to be: its bytes are
    the original's, or on every input of the contract's set it does the same, as far as a kernel, a called routine
    or a caller may look. Any other survived: the contract has a hole there. What a clause is good for shows
    when it is left out.

    Exit status: 0 when no mutant survived, 1 when one did, 2 for wrong input, also where the original itself breaks
    the contract.
    """
    from emu.contracts import choose
    from emu.mutants.hunt import hunt
    from emu.target import sources

    options = gather(**source)
    spare([target], page)
    jobs = jobs or os.cpu_count() or 1
    started = time.perf_counter()
    with user_errors():
        made = sources(target, system, options)
        chosen = choose.about(target, system) if name is None else choose.named(name, system)
        contract = choose.without(chosen, left_out)
        found = hunt(contract, made, answers, seed, jobs=jobs, progress=_progress())
    seconds = time.perf_counter() - started
    if page is not None:
        _write(page, found)
    show([json.dumps(_as_json(found), ensure_ascii=False)] if style == "json" else _text(found, seconds, only))
    if found.survivors:
        sys.exit(1)


def _progress() -> Progress | None:
    """A line that counts on, on a terminal."""
    if not sys.stderr.isatty():
        return None

    def tell(done: int, total: int) -> None:
        end = "\r\x1b[K" if done == total else ""
        click.echo(f"\r{done} of {total} mutants{end}", nl=False, err=True)

    return tell


def _write(page: str, found: Hunt) -> None:
    from emu.frontends.mutate_html import document

    try:
        Path(page).write_text(document(found), encoding="utf-8")
    except OSError as error:
        fail(f"ringside: can't write {page}: {error.strerror or error}")


# Text ----------------------------------------------------------------------------------------------


def summary(found: Hunt) -> str:
    """`228 killed, 9 equivalent (…), 0 survived; 1 could not be assembled`."""
    from emu.mutants.judge import Verdict

    same_bytes, same_effect = found.count(Verdict.SAME_BYTES), found.count(Verdict.SAME_EFFECT)
    return (
        f"{found.count(Verdict.KILLED)} killed, {same_bytes + same_effect} equivalent ({same_bytes} by the same bytes, "
        f"{same_effect} by the same effect), {len(found.survivors)} survived; {found.refused} could not be assembled"
    )


def _text(found: Hunt, seconds: float, only: tuple[str, ...]) -> Iterator[str]:
    contract, count = found.contract, len(found.judged)
    title = f"{count} mutants of {found.sources.symbol} under {contract.name} on {contract.system}"
    yield click.style(f"{title}: {seconds:.1f} s, {60 * count / max(seconds, 0.001):,.0f} a minute", bold=True)
    yield summary(found)
    yield ""
    rows = [(each, mutation(each)) for each in found.judged if not only or _kind(each) in only]
    width = min(max((len(text) for _, text in rows), default=0), WIDEST)
    for each, text in rows:
        verdict = each.judgement.verdict.value
        colour = {"killed": "green", "survived": "red"}.get(verdict, "yellow")
        styled = click.style(verdict.ljust(11), fg=colour)
        head = f"{each.mutant.line:5}  {each.mutant.kind:9}  {text.ljust(width)}"
        yield folded(f"{head}  {styled}  ", reason(found, each)).rstrip()
    yield ""
    yield f"Same effect means: {found.compared}."


def _kind(each: Judged) -> str:
    verdict = each.judgement.verdict
    return "equivalent" if verdict.equivalent else verdict.value


def mutation(each: Judged) -> str:
    """`NEGQ AX -> NEGL AX`; of a statement that was dropped, `NEGQ AX -> nothing`."""
    return f"{each.mutant.before} -> {each.mutant.after or 'nothing'}"


def reason(found: Hunt, each: Judged) -> str:
    """The clause that killed the mutant and the input; of a survivor, the input on which it differs."""
    judgement = each.judgement
    if judgement.case is None:
        return ""
    at = case_text(found, each)
    return f"{judgement.clause}: {judgement.seen} [{at}]" if judgement.clause else f"it differs, unnoticed [{at}]"


def case_text(found: Hunt, each: Judged) -> str:
    """The input in short: arguments, the kernel's answer, the garbage's number."""
    from emu.contracts.clauses import shown

    case, space = each.judgement.case, found.contract.space
    assert case is not None
    parts = [", ".join(shown(value) for value in case.arguments)] if case.arguments else []
    if space.answers:
        carry = f" CF={int(case.answer.carry)}" if len(space.carries) > 1 else ""
        parts.append(f"answer {case.answer.value}{carry}")
    return "; ".join([*parts, f"garbage {case.garbage}"])


# JSON ----------------------------------------------------------------------------------------------


def _as_json(found: Hunt) -> dict[str, Any]:
    from emu.mutants.judge import Verdict

    return {
        "contract": found.contract.name,
        "system": found.contract.system,
        "target": found.sources.name,
        "file": found.sources.path,
        "symbol": found.sources.symbol,
        "cases": found.cases,
        "seed": found.seed,
        "compared": found.compared,
        "counts": {verdict.value: found.count(verdict) for verdict in Verdict},
        "not_assembled": found.refused,
        "mutants": [_mutant_as_json(found, each) for each in found.judged],
    }


def _mutant_as_json(found: Hunt, each: Judged) -> dict[str, Any]:
    from emu.frontends.contract_json import case_as_json

    mutant, judgement = each.mutant, each.judgement
    return {
        "line": mutant.line,
        "kind": mutant.kind,
        "before": mutant.before,
        "after": mutant.after,
        "verdict": judgement.verdict.value,
        "tried": judgement.tried,
        "clause": judgement.clause or None,
        "seen": judgement.seen or None,
        "case": case_as_json(found.arguments, judgement.case) if judgement.case else None,
    }
