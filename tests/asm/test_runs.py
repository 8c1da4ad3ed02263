"""The programs of the catalogue: each links from its files, and its tables say what Go's say."""

from __future__ import annotations

from functools import cache

import pytest

from asm.program import Program
from asm.stubs import RUNS, STUBS, Run, UnknownStub, find, find_run, linked, read
from kernel_stub.darwin.signals import BY_NUMBER as DARWIN
from kernel_stub.linux.signals import BY_NUMBER

CATCH, IGNORE, RESTART = 1, 2, 4
FLAGS = dict.fromkeys((3, 4, 5, 6, 7, 8, 11, 31), CATCH) | {17: IGNORE | RESTART, 28: IGNORE | RESTART}
DARWIN_FLAGS = dict.fromkeys((3, 4, 5, 6, 7, 8, 10, 11, 12), CATCH) | {20: IGNORE | RESTART, 28: IGNORE | RESTART}
LOAD_GSIGNAL = bytes.fromhex("4d 8b 7e 20")  # MOVQ 32(R14), R15


@cache
def program(name: str, system: str = "linux") -> Program:
    run = find_run(name, system)
    assert run is not None
    return linked(run)


def code(run: Run, routine: str) -> bytes:
    linked_program = program(run.name, run.system)
    placed = linked_program.symbols[routine]
    return linked_program.read(placed.address, placed.symbol.size)


def label(run: Run) -> str:
    return f"{run.system}-{run.name}"


@pytest.mark.parametrize("run", RUNS, ids=label)
def test_a_program_links_and_starts_at_its_entry(run: Run):
    linked_program = program(run.name, run.system)
    assert linked_program.unresolved == ()
    assert linked_program.entry == linked_program.symbols[run.entry].address


@pytest.mark.parametrize("run", RUNS, ids=label)
def test_its_first_file_is_its_main(run: Run):
    assert "TEXT main·main(SB)" in read(run.files[0])
    assert program(run.name, run.system).symbols["main.main"].symbol.source.file == run.files[0]


@pytest.mark.parametrize("run", RUNS, ids=label)
def test_it_ends_with_a_status_or_by_a_signal_unless_it_faults_for_ever(run: Run):
    for_ever = run.system == "darwin" and "go2008/darwin/before/sigtramp.s" in run.files
    assert (run.status is None) + (run.signal is None) == 1 + for_ever
    assert run.signal is None or run.signal in {row.name for row in BY_NUMBER.values()}


def test_no_program_has_a_stubs_name():
    names = [(row.name, row.system) for row in (*STUBS, *RUNS)]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() for name, _ in names)


@pytest.mark.parametrize("file", sorted({file for run in RUNS for file in run.files}))
def test_a_source_says_which_commit_it_belongs_to_and_whose_it_is(file: str):
    head = read(file).split("\n\n")[0]
    assert "dfa5893d4f5a" in head
    assert "BSD-style licence" in head or "Ringside's own" in head


@pytest.mark.parametrize(("system", "flags", "rows"), [("linux", FLAGS, BY_NUMBER), ("darwin", DARWIN_FLAGS, DARWIN)])
def test_sigtab_has_gos_flags_and_the_kernels_names(system, flags, rows):
    linked_program = program("sigchld", system)
    table = linked_program.symbols["sigtab"]
    assert table.symbol.size == 32 * 16
    for number in range(32):
        entry = linked_program.read(table.address + 16 * number, 16)
        text = linked_program.read(int.from_bytes(entry[8:], "little"), 16).split(b"\0")[0].decode()
        assert int.from_bytes(entry[:4], "little") == flags.get(number, 0)
        assert text == (rows[number].name if number else "SIGNONE")


def test_a_name_has_its_nul():
    names = program("sigchld").symbols["signame"]
    data = program("sigchld").read(names.address, names.symbol.size)
    assert all(data[16 * number + 15] == 0 for number in range(32))


@pytest.mark.parametrize(
    "run", [run for run in RUNS if f"go2008/{run.system}/signals.s" in run.files], ids=label
)
def test_sigtramp_switches_g_unless_it_is_the_one_before_the_commit(run: Run):
    before = f"go2008/{run.system}/before/sigtramp.s" in run.files
    assert (LOAD_GSIGNAL in code(run, "sigtramp")) != before


@pytest.mark.parametrize(
    ("name", "file"),
    [("sigsegv", "common/sighandler/exit.s"), ("sigsegv-resume", "linux/sighandler/resume.s"),
     ("sigquit", "common/sighandler/record.s")],
)  # fmt: skip
def test_which_sighandler_a_program_has(name: str, file: str):
    source = program(name).symbols["sighandler"].symbol.source
    assert source.file == f"go2008/{file}"


def test_names_are_found_in_any_case_and_only_on_their_system():
    assert find_run("SigChld", "linux") is find_run("sigchld", "linux")
    assert find_run("sigchld", "darwin") is not find_run("sigchld", "linux")
    assert find_run("sigactions", "darwin") is None
    assert find_run("rawsyscall", "linux") is None


def test_a_name_that_nothing_has_is_compared_with_programs_too():
    with pytest.raises(UnknownStub, match="did you mean sigchld"):
        find("sigchl", "linux")
    with pytest.raises(UnknownStub, match="there is one on linux"):
        find("sigactions", "darwin")
