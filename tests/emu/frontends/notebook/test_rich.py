"""Tables as text and as html: the same cells, escaped, with heads that name their columns and rows."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from emu.frontends.notebook.rich import (
    Block,
    Column,
    Folded,
    Prose,
    Rich,
    Row,
    Span,
    Table,
    UnknownName,
    close_to,
    elided,
)

HOSTILE = '<script>alert("x")</script> & \'more\''


class Shown(Rich):
    def __init__(self, *given: Block) -> None:
        self.given = given

    def blocks(self) -> Iterator[Block]:
        yield from self.given


def table() -> Table:
    made = Table("numbers", [Column("name"), Column("value", number=True)])
    made.add("one", 1)
    made.rows.append(Span("a remark"))
    made.add("many", 1000, marked=True)
    return made


def test_text_has_columns_as_wide_as_their_widest_cell():
    assert table().text() == "numbers\nname  value\none       1\n    | a remark\nmany   1000"


def test_html_says_what_each_head_is_for(parsed):
    tree = parsed(Shown(table()))
    assert tree.findtext(".//caption") == "numbers"
    assert [head.get("scope") for head in tree.findall(".//thead//th")] == ["col", "col"]
    assert [head.text for head in tree.findall(".//tbody//th[@scope='row']")] == ["one", "many"]
    assert tree.find(".//td[@colspan]").get("colspan") == "2"


def test_nothing_in_a_cell_becomes_markup(parsed):
    made = Table(HOSTILE, [Column(HOSTILE)])
    made.add(HOSTILE)
    made.rows.append(Span(HOSTILE, "kernel"))
    tree = parsed(Shown(made, Prose(HOSTILE), Prose(HOSTILE, fixed=True), Folded(HOSTILE, Prose(HOSTILE))))
    assert tree.findall(".//script") == []
    assert [text for text in tree.itertext() if "alert" in text] == [HOSTILE] * 8


def test_colours_are_inherited(parsed):
    style = parsed(Shown(table())).findtext(".//style")
    assert "#" not in style
    assert "rgb(" not in style  # rgba with little alpha reads on light and on dark


def test_every_rule_of_style_is_for_what_is_around_the_repr(parsed):
    tree = parsed(Shown(table()))
    outer = f"div.{tree.find('div').get('class')}."
    rules = [rule for rule in tree.findtext(".//style").split("}") if rule.strip()]
    selectors = [selector.strip() for rule in rules for selector in rule.partition("{")[0].split(",")]
    assert [selector for selector in selectors if not selector.startswith(outer)] == []


def test_the_middle_of_many_rows_is_left_out_and_counted():
    rows = [Row((str(number),)) for number in range(100)]
    shown = elided(rows, 9, "numbers")
    assert [row.cells[0] for row in shown if isinstance(row, Row)] == ["0", "1", "2", "3", "4", "5", "97", "98", "99"]
    assert [row.words for row in shown if isinstance(row, Span)] == ["91 numbers left out ..."]
    assert elided(rows, 100) == rows


def test_a_wrong_name_comes_with_close_ones():
    assert close_to("RAXX", ("rax", "rdi")) == "did you mean rax?"
    assert close_to("rip", ("uc_mcontext.rip", "si_code")) == "did you mean uc_mcontext.rip?"
    assert close_to("zzz", ("rax", "rbx")) == "there are rax, rbx"
    assert close_to("zzz", ()) == "there are none"


def test_an_unknown_name_reads_as_a_sentence():
    assert str(UnknownName("there is no register 'x'")) == "there is no register 'x'"
    assert UnknownName("no x")._render_traceback_() == ["UnknownName: no x"]


def test_a_folded_block_opens_by_its_summary(parsed):
    tree = parsed(Shown(Folded("more", table())))
    assert tree.findtext(".//details/summary") == "more"
    assert tree.find(".//details/table") is not None


def test_html_without_blocks_is_well_formed(parsed):
    assert isinstance(parsed(Shown()), ElementTree.Element)
