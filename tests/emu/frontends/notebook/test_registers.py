"""Registers in a notebook: by name, against others, and what a wrong name says."""

from __future__ import annotations

import pytest

from emu import UserError
from emu.frontends.notebook.registers import Registers, flag_words

BEFORE = Registers({"rax": 0xFFFF_FFFF_FFFF_FFF7, "rbx": 5, "rflags": 0x206})
AFTER = Registers({"rax": 9, "rbx": 5, "rflags": 0x217}, before=BEFORE)


def test_a_register_is_an_attribute_an_item_and_a_signed_number():
    assert (BEFORE.rax, BEFORE["RAX"], BEFORE.signed("rax")) == (0xFFFF_FFFF_FFFF_FFF7, 0xFFFF_FFFF_FFFF_FFF7, -9)


def test_they_are_a_mapping():
    assert dict(BEFORE) == {"rax": 0xFFFF_FFFF_FFFF_FFF7, "rbx": 5, "rflags": 0x206}
    assert "rax" in BEFORE
    assert "rip" not in BEFORE
    assert BEFORE.get("rip") is None
    assert not hasattr(BEFORE, "rip")


def test_flags_have_their_names():
    assert AFTER.flags == ("CF", "PF", "AF", "IF")
    assert flag_words(0x217) == "CF carry, PF parity, AF adjust"
    assert flag_words(0x202) == "no flag set"


def test_the_difference_has_only_what_changed():
    assert (AFTER - BEFORE).changed == {"rax": (0xFFFF_FFFF_FFFF_FFF7, 9), "rflags": (0x206, 0x217)}
    assert "rbx" not in repr(AFTER - BEFORE)
    assert repr(BEFORE - BEFORE) == "no register changed"


def test_changed_ones_are_told_in_words_not_by_colour_alone(parsed):
    rows = {row.find("th").text: row for row in parsed(AFTER).findall(".//tbody/tr")}
    assert [cell.text for cell in rows["rax"].findall("td")] == ["0x9", None, "0xfffffffffffffff7 (-9)"]
    assert rows["rax"].get("class") == "marked"
    assert rows["rflags"].findall("td")[2].text == "0x206 PF parity"
    assert rows["rbx"].get("class") is None
    assert rows["rbx"].findall("td")[2].text is None


def test_those_of_a_record_cannot_be_set():
    with pytest.raises(UserError, match="a record of the run"):
        BEFORE.rax = 1
    with pytest.raises(UserError, match="a record of the run"):
        BEFORE["rax"] = 1


def test_those_of_a_machine_can():
    kept: dict[str, int] = {}
    live = Registers({"rax": 0}, put=kept.__setitem__)
    live.rax = -1
    assert kept == {"rax": (1 << 64) - 1}
    assert live.rax == (1 << 64) - 1
    with pytest.raises(UserError, match="64 bits"):
        live.rax = 1 << 64


@pytest.mark.parametrize("read", [lambda: BEFORE.raxx, lambda: BEFORE["raxx"], lambda: BEFORE.signed("raxx")])
def test_a_wrong_name_says_what_comes_close(read):
    with pytest.raises(UserError, match="there is no register 'raxx': did you mean rax"):
        read()
