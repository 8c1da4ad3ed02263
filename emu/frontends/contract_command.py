"""`ringside contract`: what a stub promises, checked; what is broken, with the shortest input that shows it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from emu.frontends.contract_json import contract_as_json, report_as_json, shortened
from emu.frontends.options import (
    Count,
    fail,
    folded,
    gather,
    show,
    source_options,
    system_option,
    terminal_columns,
    user_errors,
)
from emu.target import SYSTEMS

if TYPE_CHECKING:
    from emu.contracts.check import Report
    from emu.contracts.subject import Subject

ANSWERS = 10_000


@click.command("contract")
@click.argument("name", required=False)
@click.argument("target", required=False)
@system_option()
@click.option("--go-root", metavar="DIR", help="Check the routine of the Go release or checkout there.")
@click.option("--answers", type=Count(1, 1_000_000), default=ANSWERS, show_default=True, metavar="N",
              help="How many inputs, each with its answer of the kernel; the edges come on top.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Of the random inputs.")
@click.option("--format", "style", type=click.Choice(("text", "json")), default="text", show_default=True)
@source_options
def command(
    name: str | None,
    target: str | None,
    system: str,
    go_root: str | None,
    answers: int,
    seed: int,
    style: str,
    **source: Any,
) -> None:  # fmt: skip
    """Check the contract NAME against TARGET: a stub, or FILE.s:SYMBOL; without TARGET, the shipped stubs that
    the contract is about. Without NAME, list the contracts and their clauses, with --os those of one system.

    The inputs are the edges first, then every kernel answer from -4200 to 4200, powers of two, random values,
    and what Hypothesis makes of it. Everything that nobody promised anything about is garbage: registers, flags,
    memory around the call. Each broken clause is shown with the shortest input that breaks it, and its trace.

    As json, one object a target.

    Exit status: 0 when every clause held, 1 when one is broken, 2 for wrong input.
    """
    from emu.contracts import choose
    from emu.contracts.check import check
    from emu.contracts.generate import require_hypothesis

    options = gather(**source)
    if name is None:
        asked = click.get_current_context().get_parameter_source("system") is ParameterSource.COMMANDLINE
        show(_list(style, (system,) if asked else SYSTEMS))
        return
    if target is not None and go_root is not None:
        fail("ringside: a target or --go-root, not both")
    with user_errors():
        subjects = list(choose.subjects(choose.named(name, system), target, options, go_root))
        require_hypothesis()
    held = True
    for number, subject in enumerate(subjects):
        started = time.perf_counter()
        report = check(subject, answers, seed)
        seconds = time.perf_counter() - started
        held = held and report.held
        if style == "json":
            show([json.dumps(report_as_json(report), ensure_ascii=False)])
        else:
            show([*([""] if number else []), *_text(report, seconds)])
    if not held:
        sys.exit(1)


# Listing -------------------------------------------------------------------------------------------


def _list(style: str, systems: Collection[str]) -> Iterator[str]:
    from emu.contracts.catalogue import CONTRACTS

    listed = [contract for contract in CONTRACTS if contract.system in systems]
    if style == "json":
        yield json.dumps([contract_as_json(contract) for contract in listed])
        return
    for number, contract in enumerate(listed):
        if number:
            yield ""
        yield folded(click.style(f"{contract.name} on {contract.system}", bold=True) + ": ", contract.summary)
        if contract.rule is not None:
            yield f"  {contract.rule.text}"
        width = max(len(clause.name) for clause in contract.clauses)
        yield from (folded(f"  {clause.name.ljust(width)}  ", clause.promise) for clause in contract.clauses)


# Text ----------------------------------------------------------------------------------------------


def _text(report: Report, seconds: float) -> Iterator[str]:
    subject = report.subject
    contract = subject.contract
    title = f"{subject.sources.name} under {contract.name} on {contract.system}"
    yield click.style(f"{title}: {report.tried:,} cases in {seconds:.2f} s", bold=True)
    yield f"Called as: {subject.binding.convention.name}."
    if contract.rule is not None:
        yield f"The rule: {contract.rule.text}."
    yield ""
    broken = {found.clause.name for found in report.broken}
    width = max(len(clause.name) for clause in contract.clauses)
    for clause in contract.clauses:
        verdict = click.style("held  ", fg="green")
        if clause.name in broken:
            verdict = click.style("BROKEN", fg="red", bold=True)
        yield folded(f"  {clause.name.ljust(width)}  {verdict}  ", clause.promise)
    for found in report.broken:
        yield ""
        yield click.style(f"{found.clause.name}: {found.seen}", fg="red", bold=True)
        yield f"The shortest input: {case_text(report, found.case)}"
        yield ""
        yield from _trace(subject, found.case)


def case_text(report: Report, case: Any) -> str:
    """An input in words: arguments, the kernel's answer, what nobody promised."""
    from emu.contracts.clauses import shown

    contract = report.subject.contract
    places = report.subject.binding.arguments
    parts = [f"{place.name} = {shown(value)}" for place, value in zip(places, case.arguments, strict=True)]
    if contract.space.answers:
        carry = f", CF {'set' if case.answer.carry else 'clear'}" if len(contract.space.carries) > 1 else ""
        parts.append(f"the kernel answers {case.answer.value}{carry}")
    plain = "all other registers 0, flags clear"
    parts.append(plain if case.garbage == 0 else f"registers, flags and stack full of garbage {case.garbage}")
    return "; ".join(parts)


def _trace(subject: Subject, case: Any) -> Iterator[str]:
    from emu.contracts.replay import replay
    from emu.contracts.rig import BUDGET
    from emu.frontends.text import TextTrace
    from emu.stepper import Stepper
    from emu.target import personality

    call = replay(subject, case)
    stepper = Stepper(call.machine, call.program)
    trace = TextTrace(call, stepper, personality(subject.contract.system), columns=terminal_columns())
    yield from trace.title()
    yield from shortened(list(trace.lines(stepper.steps(BUDGET))))
