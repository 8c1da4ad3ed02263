"""Files of scenarios: what a case may begin with, what is wrong with a file, what counts as a change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emu.scenarios.read import ScenarioError, read
from emu.scenarios.verdict import ERROR, FAILED, PASSED, Verdict, judge

CLOSE = 'call = "rawsyscall"\narguments = ["close", 99]\n'


@pytest.fixture
def verdict(tmp_path: Path) -> Callable[[str], Verdict]:
    """The verdict on a file's only case."""

    def of(text: str) -> Verdict:
        file = tmp_path / "case.ringside.toml"
        file.write_text(text, encoding="utf-8")
        (case,) = read(file)
        return judge(case)

    return of


def call(name: str, *arguments: str, keys: str = "", expect: str) -> str:
    given = ", ".join(f'"{argument}"' for argument in (name, *arguments))
    return f'call = "rawsyscall"\narguments = [{given}]\n{keys}\n[expect]\n{expect}\n'


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('"text"', 'text = "text", mode = 0o644'),
        ('{ text = "é\\n" }', 'hex = "c3a90a"'),
        ('{ hex = "00 ff" }', "size = 2"),
        ('{ host = "beside.bin" }', 'hex = "0001feff"'),
        ("{ directory = true }", "directory = true, mode = 0o755"),
        ("{ directory = true, mode = 0o1777 }", "directory = true, mode = 0o1777"),
        ('{ link = "/x" }', 'link = "/x"'),
        ('{ text = "", mode = 0o4111 }', "size = 0, mode = 0o4111"),
        ("{ mode = 0o600 }", 'text = "", mode = 0o600'),
    ],
)
def test_a_case_begins_with_its_files(verdict, tmp_path: Path, given: str, expected: str):
    (tmp_path / "beside.bin").write_bytes(b"\x00\x01\xfe\xff")
    text = f'{CLOSE}files."/deep/in/it" = {given}\n[expect]\nfiles."/deep/in/it" = {{ {expected} }}\n'
    done = verdict(text + "file_changes = []\n")
    assert (done.status, list(done.lines)) == (PASSED, [])


def test_owners(verdict):
    theirs = "files.'/f' = { mode = 0o600, uid = 0, gid = 0 }"
    own = "files.'/f' = { mode = 0o600, gid = 0 }"
    assert verdict(call("open", "/f", "O_RDONLY", keys=theirs, expect='errno = "EACCES"')).status == PASSED
    assert verdict(call("open", "/f", "O_RDONLY", keys=own, expect="errno = 0")).status == PASSED


@pytest.mark.parametrize("path", ["x", "/a/b/x", "../b/x"])
def test_a_working_directory(verdict, path: str):
    keys = 'cwd = "/a/b"\nfiles.x = { directory = true }'
    assert verdict(call("chdir", path, keys=keys, expect="errno = 0")).status == PASSED


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('files.a = { text = "a", hex = "00" }', "a can't be both: text and hex"),
        ('files.a = { host = "nowhere" }', "nowhere: No such file or directory"),
        ('files.a = { host = "." }', "Is a directory"),
        ('files."/dev/null" = "x"', "/dev/null is there already"),
        ('files."/dev/null/x" = "x"', "leads through a file"),
        ('files."/" = "x"', "/ is there already"),
        ('files.a = { link = "b", mode = 0o600 }', "a symbolic link has no permissions of its own"),
        ('cwd = "/dev/null"', "/dev/null leads through a file"),
    ],
)
def test_a_file_that_cannot_be_is_an_error_at_its_line(verdict, line: str, message: str):
    done = verdict(f"{CLOSE}\n{line}\n")
    assert done.status == ERROR
    assert message in done.error
    assert ":4: " in done.error


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("files.a = 7", "a has to be a string or a table, not 7"),
        ('files.a = { text = 7 }', "text has to be a string, not 7"),
        ('files.a = { hex = "0g" }', "hex has to be pairs of hexadecimal digits"),
        ("files.a = { mode = 0o10000 }", "mode has to be an integer"),
        ("files.a = { size = 1 }", "unknown key 'size'"),
        ('cwd = "here"', "cwd has to be an absolute path"),
        ("expect.files.a = { host = 'x' }", "unknown key 'host'"),
        ("expect.file_changes = 'x'", "file_changes has to be an array"),
    ],
)
def test_what_is_wrong_by_itself_is_told_when_the_file_is_read(verdict, line: str, message: str):
    with pytest.raises(ScenarioError, match=f":3: .*{message}"):
        verdict(f"{CLOSE}{line}\n")


FILES = 'cwd = "/w"\nfiles.a = "1"\nfiles.b = "2"\nfiles.e = { directory = true }'


@pytest.mark.parametrize(
    ("made", "message", "allowed"),
    [
        (("mkdir", "new", "0o755"), "/w/new was made", '"new"'),
        (("unlink", "a"), "/w/a was taken away", '"a"'),
        (("rename", "a", "b"), "/w/a was taken away", '"a", "b"'),
        (("chmod", "a", "0o600"), "/w/a has mode 0o600 now, not 0o644", '"/w/a"'),
        (("truncate", "a", "9"), "/w/a was written", '"/"'),
        (("link", "a", "c"), "/w/c was made", '"/w/"'),
    ],
)
def test_changes(verdict, made: tuple[str, ...], message: str, allowed: str):
    done = verdict(call(*made, keys=FILES, expect="file_changes = []"))
    assert done.status == FAILED
    assert done.findings[0].message == message
    assert verdict(call(*made, keys=FILES, expect=f"file_changes = [{allowed}]")).status == PASSED


def test_a_file_put_in_anothers_place_is_a_change(verdict):
    done = verdict(call("rename", "a", "b", keys=FILES, expect='file_changes = ["a"]'))
    assert done.findings[0].message == "/w/b is another file now"
