"""Verdicts for other programs: JUnit's XML and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from emu.scenarios.verdict import ERROR, FAILED, PASSED, Finding, Verdict

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def junit(verdicts: Sequence[Verdict]) -> str:
    """JUnit XML, as CI systems read it: a testsuite a file, a testcase a case."""
    suites: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        suites.setdefault(verdict.file, []).append(verdict)
    body = "".join(_suite(file, cases) for file, cases in suites.items())
    head = f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="ringside"{_counts(verdicts)}>\n'
    return f"{head}{body}</testsuites>\n"


def _suite(file: str, verdicts: Sequence[Verdict]) -> str:
    return f"  <testsuite name={_quoted(file)}{_counts(verdicts)}>\n{''.join(map(_case, verdicts))}  </testsuite>\n"


def _counts(verdicts: Sequence[Verdict]) -> str:
    states = [verdict.status for verdict in verdicts]
    seconds = sum(verdict.seconds for verdict in verdicts)
    failures, errors = states.count(FAILED), states.count(ERROR)
    return f' tests="{len(states)}" failures="{failures}" errors="{errors}" time="{seconds:.3f}"'


def _case(verdict: Verdict) -> str:
    head = f"    <testcase classname={_quoted(verdict.file)} name={_quoted(verdict.case or verdict.file)}"
    head += f' file={_quoted(verdict.file)} line="{verdict.line}" time="{verdict.seconds:.3f}"'
    if verdict.status == PASSED:
        return f"{head}/>\n"
    element = "failure" if verdict.status == FAILED else "error"
    message = verdict.findings[0].message if verdict.findings else verdict.error
    text = escape(_FORBIDDEN.sub("�", "\n".join(verdict.lines)))
    return f"{head}>\n      <{element} message={_quoted(message)}>{text}</{element}>\n    </testcase>\n"


def _quoted(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("�", text))


def as_json(verdicts: Sequence[Verdict]) -> str:
    """One object: `cases`, and how many of each status."""
    states = [verdict.status for verdict in verdicts]
    counts = {status: states.count(status) for status in (PASSED, FAILED, ERROR)}
    return json.dumps({**counts, "cases": [_object(verdict) for verdict in verdicts]}, indent=1) + "\n"


def _object(verdict: Verdict) -> dict[str, Any]:
    return {
        "file": verdict.file,
        "case": verdict.case,
        "line": verdict.line,
        "status": verdict.status,
        "seconds": round(verdict.seconds, 4),
        "findings": [_finding(finding) for finding in verdict.findings],
        "trace": list(verdict.excerpt),
        "error": verdict.error,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {**finding._asdict(), "details": list(finding.details)}
