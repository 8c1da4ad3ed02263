"""The stubs and their catalogue: every row leads to a routine that assembles and links."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from asm import linker, plan9
from asm.program import Object, Slot, Symbol
from asm.sources import dialect_of
from asm.stubs import RUNS, STUBS, Stub, UnknownStub, find, read, slots

FILES = sorted({file for stub in STUBS for file in stub.files})
SHIPPED = sorted({*FILES, *(file for run in RUNS for file in run.files)})

RAWSYSCALL_LINUX = """
48 8b 7c 24 10                  MOVQ 16(SP), DI
48 8b 74 24 18                  MOVQ 24(SP), SI
48 8b 54 24 20                  MOVQ 32(SP), DX
48 8b 44 24 08                  MOVQ 8(SP), AX
0f 05                           SYSCALL
48 3d 01 f0 ff ff               CMPQ AX, $0xfffffffffffff001
76 1b                           JLS ok1
48 c7 44 24 28 ff ff ff ff      MOVQ $-1, 40(SP)
48 c7 44 24 30 00 00 00 00      MOVQ $0, 48(SP)
48 f7 d8                        NEGQ AX
48 89 44 24 38                  MOVQ AX, 56(SP)
c3                              RET
48 89 44 24 28             ok1: MOVQ AX, 40(SP)
48 89 54 24 30                  MOVQ DX, 48(SP)
48 c7 44 24 38 00 00 00 00      MOVQ $0, 56(SP)
c3                              RET
"""

RAWSYSCALL_DARWIN = """
48 8b 7c 24 10                  MOVQ 16(SP), DI
48 8b 74 24 18                  MOVQ 24(SP), SI
48 8b 54 24 20                  MOVQ 32(SP), DX
48 8b 44 24 08                  MOVQ 8(SP), AX
48 05 00 00 00 02               ADDQ $0x2000000, AX
0f 05                           SYSCALL
73 18                           JCC ok1
48 c7 44 24 28 ff ff ff ff      MOVQ $-1, 40(SP)
48 c7 44 24 30 00 00 00 00      MOVQ $0, 48(SP)
48 89 44 24 38                  MOVQ AX, 56(SP)
c3                              RET
48 89 44 24 28             ok1: MOVQ AX, 40(SP)
48 89 54 24 30                  MOVQ DX, 48(SP)
48 c7 44 24 38 00 00 00 00      MOVQ $0, 56(SP)
c3                              RET
"""


def machine_code(table: str) -> bytes:
    """The bytes at the start of each row (they end where two blanks follow)."""
    return b"".join(bytes.fromhex(row.split("  ")[0]) for row in table.strip().splitlines())


def assembled(file: str) -> Object:
    return plan9.assemble(file, read(file), dialect="go2008")


def symbol(stub: Stub) -> Symbol:
    return next(s for s in assembled(stub.files[0]).symbols if s.name == stub.symbol)


@pytest.fixture(scope="module")
def objects() -> dict[str, Object]:
    return {file: assembled(file) for file in FILES}


@pytest.mark.parametrize(
    ("system", "table"), [("linux", RAWSYSCALL_LINUX), ("darwin", RAWSYSCALL_DARWIN)], ids=["linux", "darwin"]
)
def test_rawsyscall_is_these_bytes(system, table):
    assert symbol(find("rawsyscall", system)).data.hex(" ") == machine_code(table).hex(" ")


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: f"{stub.system}-{stub.name}")
def test_a_stub_is_in_its_first_file_and_its_files_define_all_it_needs(stub, objects):
    assert stub.symbol in {s.name for s in objects[stub.files[0]].symbols}
    defined = {s.name for file in stub.files for s in objects[file].symbols}
    needed = {name for file in stub.files for name in objects[file].references}
    assert needed <= defined
    assert stub.symbol in linker.link([objects[file] for file in stub.files]).symbols


def test_names_are_unique_on_a_system_and_in_small_letters():
    keys = [(stub.name, stub.system) for stub in STUBS]
    assert len(set(keys)) == len(keys)
    assert all(name == name.lower() for name, _ in keys)


def test_every_routine_in_the_sources_has_a_row_unless_it_is_our_own(objects):
    catalogued = {(stub.files[0], stub.symbol) for stub in STUBS}
    texts = {(file, s.name) for file, o in objects.items() for s in o.symbols if s.kind.value == "text"}
    own = {(file, name) for file, name in texts if {"hooks.s", "sighandler"} & set(PurePosixPath(file).parts)}
    assert texts - own == catalogued


@pytest.mark.parametrize("file", FILES)
def test_a_source_says_where_its_instructions_come_from_and_under_which_licence(file):
    head = read(file).split("\n\n")[0]
    assert "dfa5893d4f5a" in head
    assert "BSD-style licence" in head or "Ringside's own" in head


@pytest.mark.parametrize("file", SHIPPED)
def test_a_source_names_its_dialect(file):
    assert dialect_of(read(file), file) == "go2008"


def test_no_text_is_there_twice():
    texts = [read(file) for file in SHIPPED]
    assert len(set(texts)) == len(texts)


def test_both_systems_have_the_same_file_names():
    def names(system: str) -> set[str]:
        return {file.removeprefix(f"go2008/{system}/") for file in FILES if f"/{system}/" in file}

    assert names("linux") - names("darwin") == {
        "before/syscall6.s",  # Darwin's never needed a compare
        "before/initsig.s",
        "before/sigtramp.s",  # Darwin's is only in programs: as a routine it would have an address to return to
    }
    assert names("darwin") <= names("linux")


def test_hooks_touch_nothing_but_flags_and_counters(objects):
    for name in ("sys.entersyscall", "sys.exitsyscall"):
        hook = next(s for s in objects["go2008/common/hooks.s"].symbols if s.name == name)
        assert hook.data[:3] + hook.data[7:] == bytes.fromhex("48ff05 c3")  # INCQ x(SB); RET


@pytest.mark.parametrize(
    ("name", "system", "message"),
    [
        ("rawsyscal", "linux", "no stub rawsyscal on linux; did you mean rawsyscall"),
        ("clone", "darwin", "no stub clone on darwin; there is one on linux"),
        ("zzz", "linux", "no stub zzz on linux"),
    ],
)
def test_an_unknown_stub_names_what_comes_close(name, system, message):
    with pytest.raises(UnknownStub) as error:
        find(name, system)
    assert str(error.value).startswith(message)


def test_names_are_found_in_any_case():
    assert find("RawSyscall", "linux") is find("rawsyscall", "linux")


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("func F()", []),
        ("func F(a int64)", [("a", 0, 8, "in")]),
        ("func F(a, b int32, c *byte)", [("a", 0, 4, "in"), ("b", 4, 4, "in"), ("c", 8, 8, "in")]),
        ("func F(a int32, b *byte)", [("a", 0, 4, "in"), ("b", 8, 8, "in")]),
        ("func F(a byte, b int16, c byte)", [("a", 0, 1, "in"), ("b", 2, 2, "in"), ("c", 4, 1, "in")]),
        ("func F(a int32) (r int32)", [("a", 0, 4, "in"), ("r", 8, 4, "out")]),
        ("func F(a int64) int32", [("a", 0, 8, "in"), ("ret", 8, 4, "out")]),
        ("func F() (int32, int64)", [("ret", 0, 4, "out"), ("ret1", 8, 8, "out")]),
        ("func F(s string) bool", [("s_base", 0, 8, "in"), ("s_len", 8, 8, "in"), ("ret", 16, 1, "out")]),
        ("func F(p []byte)", [("p_base", 0, 8, "in"), ("p_len", 8, 8, "in"), ("p_cap", 16, 8, "in")]),
        (
            "func RawSyscall(trap, a1, a2, a3 int64) (r1, r2, errno int64)",
            [
                ("trap", 0, 8, "in"), ("a1", 8, 8, "in"), ("a2", 16, 8, "in"), ("a3", 24, 8, "in"),
                ("r1", 32, 8, "out"), ("r2", 40, 8, "out"), ("errno", 48, 8, "out"),
            ],
        ),
    ],
)  # fmt: skip
def test_slots_follow_gos_alignment_rules(signature, expected):
    assert slots(signature) == [
        Slot(name, offset, size, way == "in", way == "out") for name, offset, size, way in expected
    ]


@pytest.mark.parametrize("signature", ["F(a int64)", "func F(a Unknown)", "func F(a int64, b)", "func F(a"])
def test_what_is_not_a_signature_is_a_value_error(signature):
    with pytest.raises(ValueError):
        slots(signature)


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: f"{stub.system}-{stub.name}")
def test_a_signature_covers_every_stack_slot_that_its_routine_uses(stub):
    """`8(SP)` and up, at entry: the first argument is 8 bytes above SP."""
    import re

    text = read(stub.files[0])
    name = re.escape(stub.symbol.replace(".", "·"))
    body = re.search(rf"^TEXT {name}\(SB\).*?(?=^TEXT|\Z)", text, re.M | re.S)
    assert body is not None
    if re.match(r".*\$(24|40)", body[0].splitlines()[0]):
        return  # SP moves: what lies there are locals
    widths = {"L": 4, "Q": 8}
    moves = re.findall(r"MOV([LQ])\t(\S+), (\S+)", body[0])
    read_slots = {(int(a[:-4]) - 8, widths[w]) for w, a, _ in moves if a.endswith("(SP)")}
    written_slots = {(int(b[:-4]) - 8, widths[w]) for w, _, b in moves if b.endswith("(SP)")}
    expected = slots(stub.signature)
    assert read_slots == {(s.offset, s.size) for s in expected if s.read}
    assert written_slots == {(s.offset, s.size) for s in expected if s.written}
