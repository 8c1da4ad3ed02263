"""check: scenarios from a text, a file, a folder; verdicts with the lines of what is not so."""

from __future__ import annotations

import pytest

from emu import UserError, check

CASES = """
call = "rawsyscall"
arguments = ["close", 99]

[[case]]
name = "an error is negated"
expect.errno = "EBADF"

[[case]]
name = "a wish"
expect.instructions = "..10"
expect.results.r1 = 0
"""


def test_each_case_has_its_verdict_and_its_lines(parsed):
    found = check(CASES)
    assert [(each.case, each.status) for each in found] == [("an error is negated", "passed"), ("a wish", "failed")]
    assert [each.case for each in found.failed] == ["a wish"]
    assert (found.passed, found[:1].passed) == (False, True)
    rows = [[cell.text for cell in row] for row in parsed(found).findall(".//tbody/tr")]
    assert rows == [
        ["an error is negated", "passed", "4", None],
        ["a wish", "FAILED", "11", "expected r1 = 0, but it is -1"],
        [None, None, "10", "expected ..10 instructions, but 12 retired"],
    ]
    assert "SYSCALL" in parsed(found).find(".//pre").text
    assert CASES.lstrip().splitlines()[10].startswith("expect.results")  # the empty line in front doesn't count


def test_details_of_a_finding_have_rows_of_their_own(tmp_path):
    (tmp_path / "one.ringside.toml").write_text(CASES + 'expect.syscalls = ["close(98)*"]\n')
    text = repr(check(tmp_path))
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "close(98)*" in text


def test_files_and_folders_are_checked(tmp_path):
    file = tmp_path / "one.ringside.toml"
    file.write_text(CASES)
    (tmp_path / "two.ringside.toml").write_text('call = "rawsyscall"\n')
    assert [len(check(place)) for place in (file, str(file), tmp_path, str(tmp_path))] == [2, 2, 3, 3]


def test_a_case_that_can_not_be_run_is_told():
    found = check('call = "rawsyscal"')
    assert found[0].status == "error"
    assert "can't be run" in repr(found) and "did you mean rawsyscall" in repr(found)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("\ncall = 1 2", "notebook.ringside.toml:1: not TOML: Expected newline"),
        ("\n\ncall = 'rawsyscall'\nexpct = 1", "notebook.ringside.toml:2: unknown key 'expct'; did you mean expect"),
        ("nosuch.ringside.toml", "there is no file or folder nosuch"),
        (7, "a scenario is a text or a path, not 7"),
    ],
)
def test_what_makes_no_sense_is_told(wrong, message):
    with pytest.raises(UserError, match=message):
        check(wrong)
