"""Where the routine of a release is looked for: trees of other times, made up from the shipped stubs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from asm import stubs
from emu.contracts import catalogue, goroot
from emu.contracts.abstract import ABI0, GO2008
from emu.contracts.check import Checker
from emu.contracts.subject import bind
from emu.errors import TargetError
from emu.target import SourceOptions

OF_2008 = stubs.read("go2008/linux/syscall.s")
OF_GO_1 = (  # the layout of later releases: flags by name, slots by name, hooks in runtime
    "// func RawSyscall(trap, a1, a2, a3 uintptr) (r1, r2, err uintptr)\n"
    "TEXT ·RawSyscall(SB),4,$0-56\n\tMOVQ\ta1+8(FP), DI\n\tMOVQ\ta2+16(FP), SI\n\tMOVQ\ta3+24(FP), DX\n"
    "\tMOVQ\ttrap+0(FP), AX\n\tSYSCALL\n\tCMPQ\tAX, $0xfffffffffffff001\n\tJLS\tok1\n\tMOVQ\t$-1, r1+32(FP)\n"
    "\tMOVQ\t$0, r2+40(FP)\n\tNEGQ\tAX\n\tMOVQ\tAX, err+48(FP)\n\tRET\nok1:\n\tMOVQ\tAX, r1+32(FP)\n"
    "\tMOVQ\tDX, r2+40(FP)\n\tMOVQ\t$0, err+48(FP)\n\tRET\n"
)


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., str]:
    """`tree({"src/syscall/asm_linux_amd64.s": text})` is a Go tree with these files."""

    def make(files: dict[str, str]) -> str:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return str(tmp_path)

    return make


def find(name: str, root: str, system: str = "linux") -> goroot.Found:
    return goroot.find(catalogue.find(name, system), root, SourceOptions())


@pytest.mark.parametrize(
    ("path", "text", "convention"),
    [
        ("src/lib/syscall/asm_amd64_linux.s", OF_2008, GO2008),
        ("src/pkg/syscall/asm_linux_amd64.s", OF_GO_1, ABI0),
        ("src/syscall/asm_linux_amd64.s", OF_GO_1, ABI0),
    ],
)
def test_a_release_of_any_time_is_found_and_keeps_the_contract(tree, path: str, text: str, convention):
    found = find("rawsyscall", tree({path: text}))
    assert (found.file, found.symbol, found.contract.name) == (path, "RawSyscall", "rawsyscall")
    subject = bind(found.contract, found.sources)
    assert subject.binding.convention is convention
    assert Checker(subject).sweep(found.contract.space.cases(500, 1))[1] == {}


def test_a_mistake_in_a_tree_is_found(tree):
    root = tree({"src/syscall/asm_linux_amd64.s": OF_GO_1.replace("\tNEGQ\tAX\n", "")})
    found = find("rawsyscall", root)
    assert list(Checker(bind(found.contract, found.sources)).sweep(found.contract.space.cases(100, 1))[1]) == ["error"]


@pytest.mark.parametrize(
    ("name", "system", "files", "message"),
    [
        ("rawsyscall", "linux", {}, "is no Go tree: it has no folder src"),
        ("rawsyscall", "linux", {"src/x": ""}, "no routine for contract rawsyscall on linux in"),
        ("syscall", "linux", {"src/syscall/asm_linux_amd64.s": OF_GO_1}, "it is Go code above the one routine"),
        ("casts", "linux", {"src/x": ""}, "about the stubs of 2008: no release has its routine"),
        ("sigtramp", "darwin", {"src/x": ""}, "about the stubs of 2008"),
    ],
)
def test_what_a_tree_lacks_is_told(tree, name: str, system: str, files: dict[str, str], message: str):
    with pytest.raises(TargetError, match=message):
        find(name, tree(files), system)
