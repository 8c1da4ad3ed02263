"""`ringside html`: the page holds the trace's own lines, is well formed, and refers to nothing outside itself."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from emu.frontends.html_command import command as html
from emu.frontends.trace_command import command as trace

VOID = {"meta", "link", "input", "br", "hr", "img"}
TARGETS = (
    ["rawsyscall", "close", "99"],
    ["rawsyscall", "close", "99", "--os", "darwin"],
    ["rawsyscall", "read", "0", "&16", "16", "--stdin", "hello"],
    ["rawsyscall", "close", "99", "--returns", "-4095"],
    ["sigsegv"],
    ["sigchld", "--deliver", "SIGWINCH@100"],
    ["sigchld", "--limit", "300"],
    ["notok"],
)


class Page(HTMLParser):
    """Elements by (tag, attributes, text), and what is wrong with their nesting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.doctype = ""
        self.feed(text)
        self.close()
        self.wrong += self.open

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if self.elements:
            self.elements[-1][2].append(data)

    def texts(self, **attributes: str) -> list[str]:
        """Of the elements with these attributes (`kind` stands for `class`)."""
        asked = {"class" if name == "kind" else name: value for name, value in attributes.items()}
        return ["".join(text) for _, own, text in self.elements if asked.items() <= own.items()]

    @property
    def chunks(self) -> list[list[str]]:
        """The lines of each chunk; the first is its checkpoint."""
        return [gzip.decompress(base64.b64decode(text)).decode().split("\n") for text in self.texts(kind="chunk")]

    @property
    def head(self) -> dict[str, Any]:
        found = json.loads(self.texts(id="head")[0])
        assert isinstance(found, dict)
        return found


@pytest.fixture
def page(run: Callable[..., Any], tmp_path: Path) -> Callable[..., Page]:
    def make(*arguments: str) -> Page:
        path = tmp_path / "page.html"
        done = run("html", *arguments, "-o", str(path))
        assert (done.status, done.err) == (0, "")
        return Page(path.read_text(encoding="utf-8"))

    return make


@pytest.mark.parametrize("target", TARGETS, ids=" ".join)
def test_the_page_holds_the_lines_of_jsonl(target: list[str], page: Callable[..., Page], run: Callable[..., Any]):
    made = page(*target)
    lines = [line for chunk in made.chunks for line in chunk[1:]]
    assert lines == run("trace", *target, "--format", "jsonl").lines
    assert made.head["total"] == len(lines)
    assert {len(chunk) - 1 for chunk in made.chunks[:-1]} <= {made.head["size"]}


def test_the_page_is_well_formed_and_refers_to_nothing(page: Callable[..., Page]):
    made = page("sigsegv")
    assert made.wrong == []
    assert made.doctype == "doctype html"
    assert ("lang", "en") in made.elements[0][1].items()
    assert ["".join(t).strip() for tag, _, t in made.elements if tag == "title"] == ["sigsegv on linux · Ringside"]
    ids = [own["id"] for _, own, _ in made.elements if "id" in own]
    assert len(ids) == len(set(ids))
    assert [own for _, own, _ in made.elements if "src" in own or own.get("href", "data:,") != "data:,"] == []


def test_what_a_guest_says_stays_text(page: Callable[..., Page], source: Callable[..., str]):
    rude = "</script><!--<script><img src=x>"
    made = page("rawsyscall", "write", "1", rude, str(len(rude)))
    assert made.wrong == []
    assert "img" not in {tag for tag, _, _ in made.elements}
    assert made.head["output"] == [[1, f'"{rude}"']]
    assert made.head["title"].count(rude) == 1
    file = source("// </script><img src=x>\nTEXT ·f(SB),4,$0\n\tRET // </script>\n")
    assert "img" not in {tag for tag, _, _ in page(f"{file}:f").elements}


def test_two_pages_of_a_run_are_equal(run: Callable[..., Any], tmp_path: Path):
    paths = [tmp_path / name for name in ("a.html", "b.html")]
    for path in paths:
        run("html", "sigchld", "-o", str(path))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_options_that_say_what_is_run_are_those_of_trace():
    def names(of: Any) -> set[str]:
        return {option for parameter in of.params for option in parameter.opts if option.startswith("-")}

    assert names(html) - names(trace) == {"-o", "--output"}
    shown = {"--format", "--frames", "--events", "--from", "--to"}  # what of it is shown: the page has all of it
    assert names(trace) - names(html) == shown


def test_the_page_says_how_to_run_it_again(page: Callable[..., Page], tmp_path: Path):
    options = ["--os", "darwin", "--mount", f"{tmp_path}:/data", "--cwd", "/data", "--sigreturn-token"]
    made = page("rawsyscall", "open", "there", "O_RDONLY", *options)
    assert made.head["command"] == " ".join(["ringside trace rawsyscall open there O_RDONLY", *options])


@pytest.mark.parametrize(
    "wrong",
    (["nosuch"], ["rawsyscall", "nosuch"], ["nosuch.s:f"], ["rawsyscall", "--deliver", "SIGCHLD"],
     ["rawsyscall", "close", "99", "--deliver", "SIGCHLD@5000"], ["sigchld", "1"],
     ["rawsyscall", "--mount", "/nowhere/at/all:/x"], ["rawsyscall", "--cwd", "/x"],
     ["rawsyscall", "--sigreturn-token"]),
    ids=" ".join,
)  # fmt: skip
def test_errors_are_those_of_trace(wrong: list[str], run: Callable[..., Any], tmp_path: Path):
    path = tmp_path / "page.html"
    done, traced = run("html", *wrong, "-o", str(path)), run("trace", *wrong)
    assert (done.status, done.err) == (traced.status, traced.err)
    assert done.status == 2
    assert not path.exists()


def test_an_output_that_cannot_be_written_is_one_message(run: Callable[..., Any], tmp_path: Path):
    for path in (tmp_path, tmp_path / "no" / "page.html"):
        done = run("html", "rawsyscall", "close", "99", "-o", str(path))
        assert done.status == 2
        assert done.err.startswith(f"ringside: can't write {path}: ")
        assert len(done.err.splitlines()) == 1
    assert "can't write" in run("html", "nosuch", "-o", str(tmp_path / "no" / "page.html")).err  # before the run
    assert run("html", "rawsyscall").status == 2
