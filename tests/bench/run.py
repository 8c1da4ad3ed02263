"""Measures Ringside beside the usual ways, and prints a table: the figure, the goal, met or missed.

`make bench`, or `python tests/bench/run.py [NAME...]` for some of it. The exit status is 1 if a goal is
missed. Figures mean something on an otherwise idle core only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import commands
import contracts
import machine
import page
import processes
import signals
from measure import Figure

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "stepping": machine.stepping,
    "syscalls": machine.system_calls,
    "signals": signals.round_trips,
    "darwin": signals.darwin,
    "processes": processes.fork_and_wait,
    "running": machine.running,
    "sweep": commands.sweep,
    "contract": contracts.contract,
    "mutants": contracts.mutants,
    "start": commands.start_up,
    "scenarios": commands.scenarios,
    "assembler": commands.assembler,
    "page": page.page,
}


def line(figure: Figure) -> str:
    """One line of the table."""
    goal = "" if figure.goal is None else f"{'<=' if figure.at_most else '>='} {number(figure.goal)}"
    verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
    return f"{figure.what:<46}{number(figure.value):>12} {figure.unit:<10}{goal:>12}  {verdict}".rstrip()


def number(value: float) -> str:
    """With as many digits as tell something."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def main(names: Sequence[str]) -> int:
    """Run the named benchmarks (all without names); 1 if a goal was missed."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    missed = 0
    for name in names or BENCHMARKS:
        for figure in BENCHMARKS[name]():
            print(line(figure), flush=True)
            missed += figure.met is False
        print()
    print("every goal is met" if not missed else f"{missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
