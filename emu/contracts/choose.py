"""Which contract a user means, for which routines, and with which clauses."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from emu.contracts import catalogue
from emu.contracts.contract import Contract
from emu.contracts.subject import Subject, bind
from emu.errors import TargetError
from emu.target import SourceOptions, sources


def named(name: str, system: str) -> Contract:
    """The contract of that name. Raises TargetError."""
    try:
        return catalogue.find(name, system)
    except catalogue.UnknownContract as error:
        raise TargetError(str(error)) from None


def about(stub: str, system: str) -> Contract:
    """The first contract that is about a shipped stub. Raises TargetError."""
    for contract in catalogue.CONTRACTS:
        if contract.system == system and stub.lower() in contract.stubs:
            return contract
    raise TargetError(f"no contract is known for {stub}: --contract NAME (`ringside contract` lists them)")


def without(contract: Contract, left_out: Collection[str]) -> Contract:
    """The contract with fewer clauses. Raises TargetError for one that it hasn't."""
    known = [clause.name for clause in contract.clauses]
    for name in left_out:
        if name not in known:
            raise TargetError(f"contract {contract.name} has no clause {name!r}: it has {', '.join(known)}")
    return replace(contract, clauses=tuple(clause for clause in contract.clauses if clause.name not in left_out))


def subjects(
    contract: Contract, target: str | None, options: SourceOptions, go_root: str | None = None
) -> Iterator[Subject]:
    """The routines to check: the target, the one of a Go release, or else the shipped stubs that the contract is
    about. Raises TargetError and as `sources` does."""
    if go_root is not None:
        from emu.contracts import goroot

        found = goroot.find(contract, go_root, options)
        yield bind(found.contract, found.sources)
        return
    targets = (target,) if target is not None else contract.stubs
    if not targets:
        raise TargetError(f"contract {contract.name} is about no shipped stub: name a target, or --go-root DIR")
    for each in targets:
        yield bind(contract, sources(each, contract.system, options))
