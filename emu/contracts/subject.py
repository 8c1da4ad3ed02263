"""A routine under a contract: linked with the contract's doubles, and its words bound to their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from asm import link
from asm.program import Object, PlacedSymbol, Program, Symbol
from asm.stubs import slots
from emu.contracts import doubles
from emu.contracts.abstract import (
    ABI0,
    ABI_INTERNAL,
    GO2008,
    KERNEL_ENTRY,
    Binding,
    Convention,
    in_registers,
    on_stack,
)
from emu.contracts.contract import Contract
from emu.contracts.rig import Rig
from emu.target import Sources, personality, reachable


@dataclass(frozen=True, slots=True)
class Subject:
    """`sources` is the routine as assembled; `program` has it with the doubles, at `routine`."""

    contract: Contract
    binding: Binding
    sources: Sources
    program: Program
    routine: PlacedSymbol

    def rig(self) -> Rig:
        """A machine that runs the routine on cases."""
        contract = self.contract
        return Rig(
            personality(contract.system),
            self.program,
            self.routine,
            self.binding,
            contract.doubles,
            second=contract.system == "darwin",
            thread=contract.thread,
        )

    def link(self, variant: Symbol) -> tuple[Program, PlacedSymbol]:
        """The program with another body of the routine in its place. Raises AssemblyErrors."""
        return _link(self.contract, self.sources, variant)


def bind(contract: Contract, sources: Sources, convention: Convention | None = None) -> Subject:
    """The routine under the contract. Raises AssemblyErrors for what it refers to and nobody defines."""
    chosen = convention or _convention(contract, sources)
    signature = slots(contract.signature)
    if contract.entered:
        binding = in_registers(chosen, [slot.name for slot in signature], (), contract.entered)
    elif chosen.in_registers:
        arguments, results = ([s.name for s in signature if s.written == written] for written in (False, True))
        binding = in_registers(chosen, arguments, results)
    else:
        binding = on_stack(chosen, signature)
    program, routine = _link(contract, sources)
    return Subject(contract, binding, sources, program, routine)


def _convention(contract: Contract, sources: Sources) -> Convention:
    if contract.entered or contract.number is not None:
        return KERNEL_ENTRY
    if sources.dialect != "go":
        return GO2008
    return ABI_INTERNAL if sources.registers else ABI0


def _link(contract: Contract, sources: Sources, variant: Symbol | None = None) -> tuple[Program, PlacedSymbol]:
    objects: Sequence[Object] = [doubles.without(each, contract.doubles) for each in sources.objects]
    if variant is not None:
        first, *others = objects
        symbols = [variant if symbol.name == variant.name else symbol for symbol in first.symbols]
        objects = [replace(first, symbols=symbols), *others]
    objects = reachable(objects, sources.symbol)
    if contract.doubles:  # all of them, so that the routine's address is always the same
        objects = [doubles.assemble(contract.doubles), *objects]
    program = link(objects)
    return program, program.find(sources.symbol)
