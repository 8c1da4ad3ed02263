"""Running a program on the host and in the emulator, and the report of all comparisons."""

from __future__ import annotations

import platform
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pytest

from asm.elf import write
from asm.program import Object, Program
from tests.conftest import missing
from tests.oracle.signals import native
from tests.oracle.signals.compare import Comparison, Verdict
from tests.oracle.signals.emulated import Emulated, End, load, use_xsave_size
from tests.oracle.signals.sources import Source, build, build_prelude, sources

PAGE = 4096
ATTEMPTS = 3  # a busy host may let a timer go off before the program sleeps
TIMES = 64  # bytes at `times`, which the clocks fill
UC_FPSTATE = 224  # where a context points to its XSAVE area
XSTATE_SIZE = 480  # where that says its size


@dataclass(slots=True)
class Report:
    """All comparisons of a session: which programs were equal, and what was normalised in how many of them."""

    equal: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    normalised: Counter[str] = field(default_factory=Counter)

    def note(self, name: str, verdict: Verdict) -> None:
        """One more program."""
        (self.different if verdict.differences else self.equal).append(name)
        self.normalised.update(verdict.normalised.keys())


REPORT = pytest.StashKey[Report]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORT] = Report()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    report = config.stash.get(REPORT, Report())
    total = len(report.equal) + len(report.different)
    if not total:
        return
    terminalreporter.section("signals on the host and here")
    terminalreporter.write_line(f"{len(report.equal)} of {total} programs equal")
    if report.different:
        terminalreporter.write_line(f"different: {', '.join(report.different)}")
    terminalreporter.write_line("  as the host has them: process and user ids, the XSAVE area's size, Go's first RSP")
    for name, count in report.normalised.most_common():
        terminalreporter.write_line(f"  normalised in {count:3}: {name}")


@pytest.fixture(scope="session")
def tracer(require_tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled tracer."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("needs an x86-64 Linux host")
    return native.compile_tracer(require_tool("cc"), tmp_path_factory.mktemp("tracer"))


class Bench:
    """Builds programs, runs them on the host, and compares."""

    def __init__(self, tracer: Path, folder: Path) -> None:
        self.tracer, self.folder = tracer, folder
        self.prelude: Object = build_prelude()
        self.sources = {source.name: source for source in sources()}
        self._programs: dict[str, Program] = {}
        self._runs: dict[str, native.Run] = {}
        self._ends: dict[str, End] = {}

    @staticmethod
    def unstepped(source: Source) -> Source:
        """The same program, run on the host from one SYSCALL or signal to the next."""
        return replace(source, name=f"{source.name}-unstepped", options=source.options | {"coarse"})

    def program(self, source: Source) -> Program:
        """The linked program."""
        if source.name not in self._programs:
            self._programs[source.name] = build(source, self.prelude)
        return self._programs[source.name]

    def region(self, program: Program) -> range:
        """The program's own writable memory, in whole pages: all of it is compared."""
        writable = [segment for segment in program.segments if segment.writable]
        end = writable[-1].address + writable[-1].size
        return range(writable[0].address, -(-end // PAGE) * PAGE)

    def natively(self, source: Source) -> native.Run:
        """The host's run, made once. Asserts that it ends as the program's head says."""
        if source.name not in self._runs:
            self._runs[source.name] = self._run(source)
        return self._runs[source.name]

    def _run(self, source: Source) -> native.Run:
        program = self.program(source)
        path = self.folder / source.name
        write(program, path)
        for attempt in range(ATTEMPTS):
            try:
                run = native.run(self.tracer, path, self.region(program), source.options)
            except native.Hangs:
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            if run.ending == self.expected(source):
                return run
        assert run.ending == self.expected(source), f"on the host {source.name} does not show its rule"
        return run

    def expected(self, source: Source) -> str:
        """The end that the program's head tells, without a core where this host writes none."""
        if source.ending.startswith("dumped") and not self.dumps:
            return source.ending.replace("dumped", "killed")
        return source.ending

    @cached_property
    def dumps(self) -> bool:
        """Whether this host writes core files, here at least."""
        source = self.sources["default_SIGQUIT"]
        write(self.program(source), self.folder / "dumps")
        run = native.run(self.tracer, self.folder / "dumps", self.region(self.program(source)), source.options)
        return run.ending == source.ending

    def emulated(self, source: Source) -> Emulated:
        """The same program, about to start in the emulator."""
        program = self.program(source)
        return Emulated(load(program, source.options), program, self.natively(source))

    def compare(self, source: Source) -> Verdict:
        """Both runs, instruction by instruction."""
        emulated = self.emulated(source)
        verdict = self.compare_with(source, emulated)
        if not verdict.differences:
            self._ends[source.name] = emulated.end()
        return verdict

    def stepped_end(self, source: Source) -> End:
        """How our own run ends when every instruction is a step."""
        if source.name not in self._ends:
            emulated = self.emulated(source)
            while emulated.next_state() is not None:
                pass
            self._ends[source.name] = emulated.end()
        return self._ends[source.name]

    def compare_with(self, source: Source, emulated: Emulated) -> Verdict:
        """The same with a machine of the caller's."""
        times = self.program(source).symbols["times"].address
        exempt = {"values of the clocks, at `times`": range(times, times + TIMES)}
        return Comparison(self.natively(source), emulated, exempt, dumps=self.dumps).run()

    def final_word(self, source: Source, name: str) -> int:
        """A variable when the host's run was over."""
        run = self.natively(source)
        return run.watched.word(_memory(run, run.states), self.program(source).symbols[name].address)

    def xsave_size(self) -> int:
        """The host's XSAVE area, as the first frame of a program says it."""
        run = self.natively(self.sources["plain"])
        entry = next(index for index, state in enumerate(run.states) if state.frames)
        memory = _memory(run, run.states[: entry + 1])
        area = run.watched.word(memory, run.states[entry].registers["rdx"] + UC_FPSTATE)
        return run.watched.word(memory, area + XSTATE_SIZE) & 0xFFFF_FFFF


def _memory(run: native.Run, states: Sequence[native.State]) -> bytearray:
    memory = bytearray(run.watched.size)
    for state in states:
        run.watched.patch(memory, state.changes)
    return memory


@pytest.fixture(scope="session")
def host_bench(tracer: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The bench, with the emulated kernel as it is."""
    made = Bench(tracer, tmp_path_factory.mktemp("programs"))
    try:
        made.natively(made.sources["plain"])
    except native.Hangs as refusal:
        missing("permission to use ptrace", f"start the container with --cap-add=SYS_PTRACE ({refusal})")
    return made


@pytest.fixture
def bench(host_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The bench, with the host's XSAVE size in the emulated kernel."""
    use_xsave_size(monkeypatch.setattr, host_bench.xsave_size())
    return host_bench


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Where comparisons are noted."""
    return request.config.stash[REPORT]
