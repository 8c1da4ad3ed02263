"""What a listing shows, as text and as data."""

from __future__ import annotations

import pytest

from asm.errors import AssemblyErrors
from asm.linker import link
from asm.listing import as_json, text
from asm.sources import assemble_text

SOURCE = """\
.globl _start
_start:\tmovq\t$-1, 40(%rsp)\t# note
 call elsewhere; leaq pair(%rip), %rsi
.section .rodata
pair: .quad _start, 5
zeros: .zero 100
.bss
room: .skip 5000
"""

LISTED = """\
_start: text, 21 bytes (x.s:2)
  400000  48 c7 44 24 28 ff ff ff      2  _start: movq    $-1, 40(%rsp)   # note
  400008  ff
  400009  e8 00 00 00 00               3  call elsewhere; leaq pair(%rip), %rsi  -> elsewhere
  40000e  48 8d 35 00 00 00 00  -> pair

pair: rodata, 16 bytes, static (x.s:5)
  401000  00 00 00 00 00 00 00 00      5  pair: .quad _start, 5  -> _start
  401008  05 00 00 00 00 00 00 00

zeros: rodata, 100 bytes, static (x.s:6)
  401010  00 * 100                     6  zeros: .zero 100

room: bss, 5000 bytes, static (x.s:8)
  402000  00 * 5000                    8  room: .skip 5000
"""


@pytest.fixture
def unit():
    return assemble_text(SOURCE, "x.s", dialect="att")


def test_the_text_has_addresses_bytes_lines_and_targets(unit):
    assert text([unit]) == LISTED


def test_a_program_is_listed_as_linked(unit):
    other = assemble_text(".globl elsewhere\nelsewhere: ret\n", "y.s", dialect="att")
    listed = text(link([unit, other]))
    assert "  40000e  48 8d 35 eb 0f 00 00  -> pair\n" in listed
    assert "  401000  00 00 40 00 00 00 00 00      5  pair: .quad _start, 5  -> _start\n" in listed


def test_the_data_names_every_reference_and_leaves_its_field_zero(unit):
    symbols = as_json([unit])["symbols"]
    assert symbols["_start"] == {
        "address": 0x400000,
        "size": 21,
        "bytes": "48c7442428ffffffff" + "e800000000" + "488d3500000000",
        "relocations": [[10, 4, "elsewhere"], [17, 4, "pair"]],
    }
    assert symbols["zeros"]["bytes"] == "00" * 100
    assert symbols["room"] == {"address": 0x402000, "size": 5000, "bytes": "", "relocations": []}


def test_static_symbols_of_one_name_are_all_listed():
    files = [assemble_text("help: ret", name, dialect="att") for name in ("a.s", "b.s")]
    assert list(as_json(files)["symbols"]) == ["help", "help (b.s:1)"]


def test_nothing_is_listed_of_nothing():
    assert text([]) == ""
    assert as_json([]) == {"symbols": {}}


def test_objects_that_contradict_each_other_are_not_listed():
    files = [assemble_text(".globl f\nf: ret", name, dialect="att") for name in ("a.s", "b.s")]
    with pytest.raises(AssemblyErrors, match=r"f is already defined at a\.s:2"):
        text(files)
