"""`ringside check`: runs described in files, and what must come of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from emu.frontends.options import Count, fail, show, spare, terminal_columns, user_errors

if TYPE_CHECKING:
    from emu.scenarios.verdict import Verdict

_CLEAR = "\r\x1b[K"


@click.command("check")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("-j", "processes", type=Count(1, 256), metavar="N", help="Processes; as many as processors without it.")
@click.option("--junit", metavar="FILE", help="Write the results as JUnit XML.")
@click.option("--json", "as_json", metavar="FILE", help="Write the results as JSON.")
@click.option("--update", is_flag=True, help="Write the golden traces instead of comparing with them.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of scenario files, and do nothing else.")
def command(
    paths: tuple[str, ...], processes: int | None, junit: str | None, as_json: str | None, update: bool, schema: bool
) -> None:
    """Run the cases in PATHs: scenario files, and folders with *.ringside.toml in them.

    What isn't as a case expects is shown with its line in the file and the trace around the first difference.

    Exit status: 0 when every case passed, 1 when one failed, 2 for wrong input: a file that can't be run
    as well (the others are run all the same).
    """
    if schema:
        from emu.scenarios.fields import schema as made

        show([json.dumps(made(), indent=2)])
        return
    if not paths:
        raise click.UsageError("Name the files or folders to check.")
    from emu.scenarios import check

    with user_errors():
        files = check.find(paths)
        spare(map(str, files), junit, as_json)
        plan = check.plan(files, update=update)
    verdicts = [*plan.wrong]
    show(_failures(plan.wrong))
    for verdict in _shown(check.run(plan.jobs, processes or check.processors()), len(plan.jobs)):
        verdicts.append(verdict)
    if update and not any(verdict.written or verdict.error for verdict in verdicts):
        show([_unwritten(plan.traces)])
    show(_summary(verdicts))
    _write(verdicts, junit, as_json)
    sys.exit(_status(verdicts))


def _shown(verdicts: Iterator[Verdict], count: int) -> Iterator[Verdict]:
    """Passes verdicts on, with a progress line on a terminal and each failure as it comes."""
    from emu.scenarios.verdict import PASSED

    live = sys.stderr is not None and sys.stderr.isatty()
    failed = 0
    for done, verdict in enumerate(verdicts, 1):
        failed += verdict.status != PASSED
        if live:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
        show(_failures([verdict]))
        if live and done < count:
            name = f"{done}/{count}  {f'{failed} not passed  ' if failed else ''}{verdict.case}"
            sys.stderr.write(name[: (terminal_columns() or 80) - 1])
            sys.stderr.flush()
        yield verdict


def _failures(verdicts: Sequence[Verdict]) -> Iterator[str]:
    from emu.scenarios.verdict import PASSED

    for verdict in verdicts:
        if verdict.written:
            yield f"wrote {verdict.written}"
        if verdict.status != PASSED:
            yield from verdict.lines
            yield ""


def _unwritten(traces: int) -> str:
    """Why --update wrote nothing."""
    if not traces:
        return "nothing to write: no case has a golden trace (the key `trace` in `expect`)"
    return "nothing written: the golden traces are as the runs are"


def _summary(verdicts: Sequence[Verdict]) -> Iterator[str]:
    from emu.scenarios.verdict import ERROR, FAILED, PASSED

    states = [verdict.status for verdict in verdicts]
    parts = [(PASSED, "passed"), (FAILED, "failed"), (ERROR, "could not be run")]
    yield ", ".join(f"{states.count(status)} {text}" for status, text in parts if status in states)


def _status(verdicts: Sequence[Verdict]) -> int:
    from emu.scenarios.verdict import ERROR, FAILED

    states = {verdict.status for verdict in verdicts}
    return 2 if ERROR in states else 1 if FAILED in states else 0


def _write(verdicts: Sequence[Verdict], junit: str | None, as_json: str | None) -> None:
    from emu.scenarios import reports

    for path, make in ((junit, reports.junit), (as_json, reports.as_json)):
        if path is None:
            continue
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(make(verdicts))
        except OSError as error:
            fail(f"ringside: {path} can't be written: {error.strerror or error}")
