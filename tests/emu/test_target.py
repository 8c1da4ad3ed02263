"""Targets: shipped stubs by name, routines of files, where their slots come from, and what is no target."""

from __future__ import annotations

from pathlib import Path

import pytest

from asm import AssemblyErrors
from asm.stubs import STUBS, Stub, UnknownStub
from emu.machine import Machine, Stop
from emu.target import SourceOptions, TargetError, resolve, routines
from kernel_stub.linux.personality import LINUX

SOURCE = """
// func declared(a int32, b int64) (r int64);
TEXT ·declared(SB),4,$0
	MOVL	8(SP), AX
	MOVQ	AX, 24(SP)
	RET
TEXT ·named(SB),4,$0-24
	MOVQ	x+0(FP), AX
	MOVL	y+8(FP), BX
	MOVQ	AX, ret+16(FP)
	RET
TEXT other·twin(SB),4,$0
	RET
TEXT ·twin(SB),4,$0
	RET
TEXT ·broken(SB),4,$0
	MOVQ	missing_offset(AX), AX
	RET
TEXT ·calls(SB),4,$0
	CALL	·nowhere(SB)
	RET
TEXT ·outer(SB),4,$0
	CALL	·named(SB)
	RET
DATA ·datum+0(SB)/8,$5
GLOBL ·datum(SB),16,$8
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "file.s"
    path.write_text(SOURCE, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: f"{stub.name}-{stub.system}")
def test_every_stub_is_a_target_under_its_name(stub: Stub):
    target = resolve(stub.name, stub.system)
    assert target.routine.symbol.name == stub.symbol
    assert target.program.unresolved == ()


def test_a_stubs_name_is_known_in_any_case():
    assert resolve("RawSyscall", "linux").routine == resolve("rawsyscall", "linux").routine


@pytest.mark.parametrize("typed", ["named", "·named", ".named"])
def test_a_files_routine_is_found_by_name(file: str, typed: str):
    target = resolve(f"{file}:{typed}", "linux")
    assert target.routine.symbol.name == ".named"


def test_slots_come_from_the_routines_own_references(file: str):
    slots = [(s.name, s.offset, s.size, s.read, s.written) for s in resolve(f"{file}:named", "linux").slots]
    assert slots == [("x", 0, 8, True, False), ("y", 8, 4, True, False), ("ret", 16, 8, False, True)]


def test_slots_come_from_a_comment_where_the_routine_names_none(file: str):
    slots = [(s.name, s.offset, s.size, s.read) for s in resolve(f"{file}:declared", "linux").slots]
    assert slots == [("a", 0, 4, True), ("b", 8, 8, True), ("r", 16, 8, False)]


def test_counts_of_slots_overrule_both(file: str):
    for name in ("named", "declared"):
        slots = resolve(f"{file}:{name}", "linux", SourceOptions(arguments=2, results=1)).slots
        assert [(s.name, s.offset, s.size) for s in slots] == [("a1", 0, 8), ("a2", 8, 8), ("r1", 16, 8)]


def test_what_the_routine_does_not_need_may_be_wrong_or_missing(file: str):
    assert resolve(f"{file}:outer", "linux").program.symbols.keys() == {".outer", ".named"}
    with pytest.raises(AssemblyErrors, match="missing_offset"):
        resolve(f"{file}:broken", "linux")
    with pytest.raises(AssemblyErrors, match=r"file\.s:20:7: undefined symbol .nowhere"):
        resolve(f"{file}:calls", "linux")


@pytest.mark.parametrize(
    ("suffix", "message"),
    [
        ("", r"is a file: say which of its routines, as FILE\.s:SYMBOL; it has declared, named, other·twin, twin"),
        (":", r"is a file: say which of its routines"),
        (":nothing", r"file\.s has no routine 'nothing'; it has declared, named"),
        (":nam", r"file\.s has no routine 'nam'"),
        (":datum", r"'datum' is data, not a routine"),
        (":a:b", r"has no routine 'a:b'"),
    ],
)
def test_a_file_without_the_routine_says_what_it_has(file: str, suffix: str, message: str):
    with pytest.raises(TargetError, match=message):
        resolve(file + suffix, "linux")


@pytest.mark.parametrize("text", ["", " ", "a/b", "rawsyscall:f", "/no/such:f"])
def test_what_is_neither_stub_nor_file_is_refused(text: str):
    with pytest.raises(TargetError, match=r"FILE\.s:SYMBOL"):
        resolve(text, "linux")


def test_a_path_that_is_no_target_is_told_what_it_is(tmp_path: Path):
    script = tmp_path / "script.sh"
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    for path, what in ((tmp_path, "is a folder"), (script, "is neither"), (tmp_path / "typo", "is not there")):
        with pytest.raises(TargetError, match=f"{path} {what}.* static Linux executable"):
            resolve(str(path), "linux")


def test_a_stub_of_the_other_system_is_named(file: str):
    with pytest.raises(UnknownStub, match="no stub futex on darwin; there is one on linux"):
        resolve("futex", "darwin")


@pytest.mark.parametrize("options", [SourceOptions(dialect="att"), SourceOptions(arguments=1)])
def test_options_for_sources_do_not_apply_to_stubs(options: SourceOptions):
    with pytest.raises(TargetError, match="is shipped"):
        resolve("rawsyscall", "linux", options)


def test_a_file_that_cannot_be_read_is_an_error_of_the_source(tmp_path: Path):
    for path in (tmp_path / "missing.s", tmp_path):
        folder = path / "dir.s"
        folder.parent.mkdir(exist_ok=True)
        with pytest.raises(AssemblyErrors, match="can't read this file"):
            resolve(f"{folder}:f", "linux")


def test_a_path_may_hold_anything_that_a_path_may(tmp_path: Path):
    path = tmp_path / "ünï cöde.s:x.S"
    path.write_text(SOURCE, encoding="utf-8")
    assert resolve(f"{path}:named", "linux").routine.symbol.name == ".named"


def test_text_lines_are_found_as_they_are_written():
    text = "TEXT a·f(SB),7,$0\n  TEXT\tg<>(SB), NOSPLIT, $0\nTEXT a·f(SB),7,$0\n// TEXT h(SB)\n\tTEXTURE x(SB)\n"
    assert routines(text) == ["a·f", "g"]


GNU = {
    "att": """# dialect: att
.globl f
f: movl $3, %ecx
again: decl %ecx
 jnz again
 call near
 ret
.globl other
other: call nowhere
 ret
.globl near
near: ret
.globl lost
lost: jmp other
""",
    "intel": """# dialect: intel
.globl f
f: mov ecx, 3
again: dec ecx
 jnz again
 call near
 ret
.globl other
other: call nowhere
 ret
.globl near
near: ret
.globl lost
lost: jmp other
""",
}


@pytest.mark.parametrize("dialect", GNU)
def test_a_gnu_routine_has_its_labels_and_calls_and_may_lie_among_what_it_does_not_need(tmp_path: Path, dialect: str):
    path = tmp_path / "file.s"
    path.write_text(GNU[dialect], encoding="utf-8")
    machine = Machine(LINUX)
    call = resolve(f"{path}:f", "linux").prepare(machine)
    call.enter([])
    assert machine.run_to_end(100) == Stop.EXIT
    assert machine.cpu.registers.rcx == 0
    for name in ("other", "lost"):
        with pytest.raises(AssemblyErrors, match="undefined symbol nowhere"):
            resolve(f"{path}:{name}", "linux")
    with pytest.raises(TargetError, match="it has f, other, near, lost"):
        resolve(str(path), "linux")
