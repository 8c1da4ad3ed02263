"""Memory word by word, with the names of what lies there."""

from __future__ import annotations

import pytest

from emu import Session, UserError, trace
from emu.frontends.notebook.memory import Memory


def test_words_have_bytes_numbers_names_and_text(parsed):
    shown = Memory(0x1000, b"hello\0\0\0" + (-9).to_bytes(8, "little", signed=True) + b"<b>", {0x1000: "greeting"}.get)
    rows = [[cell.text for cell in row] for row in parsed(shown).findall(".//tbody/tr")]
    assert rows == [
        ["0x1000", "68 65 6c 6c 6f 00 00 00", "0x6f6c6c6568", "greeting", "hello..."],
        ["0x1008", "f7 ff ff ff ff ff ff ff", "0xfffffffffffffff7 (-9)", None, "........"],
        ["0x1010", "3c 62 3e", "0x3e623c", None, "<b>"],
    ]
    assert (bytes(shown)[:5], len(shown)) == (b"hello", 19)


def test_the_stack_is_what_is_shown_first():
    s = Session("rawsyscall", "close", 99)
    shown = s.memory()
    assert shown.address == s.registers.rsp
    lines = repr(shown).splitlines()
    assert "<- RSP, return address" in lines[1]
    assert [line.split()[10] for line in lines[2:5]] == ["trap", "a1", "a2"]


def test_where_is_a_register_a_name_or_an_address():
    s = Session("rawsyscall", "close", 99)
    assert bytes(s.memory("rip", 5)) == s.read(s.registers.rip, 5)
    assert s.memory("a1", 8).address == s.memory(s.address("a1"), 8).address
    with pytest.raises(UserError, match="nothing is called 'rspp'"):
        s.memory("rspp")
    with pytest.raises(UserError, match="there is no page"):
        s.memory(0xF1)


def test_a_frame_word_by_word_names_every_field_that_begins_in_a_word():
    frame = trace("sigsegv").deliveries[0].frame
    shown = frame.memory
    assert bytes(shown) == bytes(frame)
    lines = {line.split()[0]: line for line in repr(shown).splitlines()[1:]}
    word = lines[hex(frame.address_of("uc_mcontext.cs"))]
    assert "uc_mcontext.cs, uc_mcontext.gs, uc_mcontext.fs, uc_mcontext.ss" in word
    assert "si_addr" in lines[hex(frame.address_of("si_addr"))]
