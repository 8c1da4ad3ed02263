"""Contracts, and how routines stand to them, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emu.contracts.cases import Case
    from emu.contracts.check import Broken, Report
    from emu.contracts.contract import Contract
    from emu.contracts.subject import Subject


def contract_as_json(contract: Contract) -> dict[str, Any]:
    """A contract with its clauses."""
    return {
        "contract": contract.name,
        "system": contract.system,
        "summary": contract.summary,
        "errors": contract.rule.text if contract.rule else None,
        "stubs": list(contract.stubs),
        "clauses": [{"name": clause.name, "promise": clause.promise} for clause in contract.clauses],
    }


def report_as_json(report: Report) -> dict[str, Any]:
    """What held and what is broken, with the shortest input and its trace (the steps of `trace --format jsonl`)."""
    subject = report.subject
    contract = subject.contract
    broken = {found.clause.name: found for found in report.broken}
    return {
        "contract": contract.name,
        "system": contract.system,
        "target": subject.sources.name,
        "file": subject.sources.path,
        "symbol": subject.sources.symbol,
        "convention": subject.binding.convention.name,
        "errors": contract.rule.text if contract.rule else None,
        "cases": report.tried,
        "held": report.held,
        "clauses": [
            {
                "name": clause.name,
                "promise": clause.promise,
                "held": clause.name not in broken,
                **(_broken_as_json(subject, broken[clause.name]) if clause.name in broken else {}),
            }
            for clause in contract.clauses
        ],
    }


def _broken_as_json(subject: Subject, found: Broken) -> dict[str, Any]:
    from emu.contracts.replay import replay
    from emu.contracts.rig import BUDGET
    from emu.frontends import jsonl
    from emu.stepper import Stepper

    call = replay(subject, found.case)
    stepper = Stepper(call.machine, call.program)
    lines = shortened(list(jsonl.lines(call, stepper, stepper.steps(BUDGET))))
    names = [place.name for place in subject.binding.arguments]
    return {
        "seen": found.seen,
        "case": case_as_json(names, found.case),
        "trace": [json.loads(line) for line in lines if line.startswith("{")],
    }


def case_as_json(names: Sequence[str], case: Case) -> dict[str, Any]:
    """Arguments as hexadecimal words, the answer as a signed number, which garbage lay about."""
    answer = case.answer
    return {
        "arguments": {name: hex(value) for name, value in zip(names, case.arguments, strict=True)},
        "answer": {"value": answer.value, "carry": answer.carry, "second": hex(answer.second)},
        "garbage": case.garbage,
    }


def shortened(lines: Sequence[str], most: int = 120) -> list[str]:
    """The lines, or where there are too many (an endless loop) the first and the last."""
    if len(lines) <= most:
        return list(lines)
    half = most // 2
    return [*lines[:half], f"... {len(lines) - 2 * half:,} lines left out ...", *lines[-half:]]
