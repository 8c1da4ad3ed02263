"""Each clause is broken by a stub with one mistake, and no other clause is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emu.contracts import catalogue
from emu.contracts.check import Broken

OK = "ok1:\n"
# contract, system, clause, what stands in the shipped stub, what stands there instead
LINUX_CALL = (
    ("returns", OK, f"{OK}\tINT\t$3\n"),
    ("alone", "\tMOVQ\t16(SP), DI\n", "\tCALL\tsys·exitsyscall(SB)\n\tMOVQ\t16(SP), DI\n"),
    ("once", "\tMOVQ\t16(SP), DI\n", "\tSYSCALL\n\tMOVQ\t16(SP), DI\n"),
    ("once", "\tSYSCALL\n", "\tMOVQ\t$0, AX\n"),
    ("number", "\tMOVQ\t8(SP), AX", "\tMOVL\t8(SP), AX"),
    ("arguments", "\tMOVQ\t24(SP), SI\n", ""),
    ("arguments", "\tMOVQ\t24(SP), SI\n", "\tMOVL\t24(SP), SI\n"),
    ("result", "\tMOVQ\tDX, 48(SP)", "\tMOVL\tDX, 48(SP)"),
    ("result", "\tMOVQ\t$0, 56(SP)", "\tMOVQ\t$1, 56(SP)"),
    ("error", "\tNEGQ\tAX\n", ""),
    ("error", "\tMOVQ\t$-1, 40(SP)", "\tMOVL\t$-1, 40(SP)"),
    ("error", "$0xfffffffffffff001", "$0xfffffffffffff002"),
    ("result", "$0xfffffffffffff001", "$0xfffffffffffff000"),
    ("registers", OK, f"{OK}\tMOVQ\t$0, R14\n"),
    ("registers", OK, f"{OK}\tMOVQ\tAX, R15\n"),
    ("stack", "// errno\n\tRET\n", "// errno\n\tBYTE\t$0xc2\n\tWORD\t$8\n"),
    ("direction", OK, f"{OK}\tBYTE\t$0xfd\t// STD\n"),
    ("writes", OK, f"{OK}\tMOVQ\tAX, 8(SP)\n"),
    ("writes", OK, f"{OK}\tMOVB\tAX, 64(SP)\n"),
)
DARWIN_CALL = (
    ("number", "\tADDQ\t$0x2000000, AX", "\tORQ\t$0x2000000, AX"),
    ("number", "\tADDQ\t$0x2000000, AX", "\tADDL\t$0x2000000, AX"),
    ("arguments", "\tMOVQ\t32(SP), DX\n", ""),
    ("result", "\tMOVQ\tDX, 48(SP)", "\tMOVQ\tSI, 48(SP)"),
    ("error", "\tMOVQ\tAX, 56(SP)", "\tNEGQ\tAX\n\tMOVQ\tAX, 56(SP)"),
    ("error", "\tJCC\tok1\n", "\tJMP\tok1\n"),
    ("result", "\tJCC\tok1\n", ""),
    ("result", "\tJCC\tok1\n", "\tJHI\tok1\n"),
    ("writes", OK, f"{OK}\tMOVB\t$1, 15(SP)\n"),
)
ENTER, EXIT = "\tCALL\tsys·entersyscall(SB)\n", "\tCALL\tsys·exitsyscall(SB)\n"
HOOKED = (
    ("hooks", ENTER, ""),
    ("hooks", ENTER, ENTER + ENTER),
    ("hooks", ENTER, EXIT),
    ("hooks", f"{EXIT}\tRET\nok", "\tRET\nok"),
    ("arguments", f"{ENTER}\tMOVQ\t16(SP), DI\n", f"\tMOVQ\t16(SP), DI\n{ENTER}"),
    ("direction", ENTER, f"\tBYTE\t$0xfd\n{ENTER}\tBYTE\t$0xfc\n"),
    ("writes", f"{EXIT}\tRET\nok", f"\tMOVQ\tAX, 16(SP)\n{EXIT}\tRET\nok"),
)
CAST = (
    ("returns", "\tRET", "\tINT\t$3\n\tRET"),
    ("silent", "\tMOVQ\t8(SP), AX", "\tSYSCALL\n\tMOVQ\t8(SP), AX"),
    ("value", "\tMOVQ\tAX, 16(SP)", "\tMOVL\tAX, 16(SP)"),
    ("registers", "\tRET", "\tINCQ\tR15\n\tRET"),
    ("stack", "\tRET", "\tBYTE\t$0xc2\n\tWORD\t$16\n"),
    ("direction", "\tRET", "\tBYTE\t$0xfd\n\tRET"),
    ("writes", "\tRET", "\tMOVQ\tAX, 8(SP)\n\tRET"),
)
CALL = "\tCALL\tsighandler(SB)\n"
LINUX_TRAMPOLINE = (
    ("returns", f"{CALL}\tRET", f"{CALL}\tINT\t$3\n\tRET"),
    ("silent", CALL, f"{CALL}\tMOVL\t$15, AX\n\tSYSCALL\n"),
    ("handler", CALL, ""),
    ("handler", CALL, CALL + CALL),
    ("handed on", "\tMOVQ\tSI, 8(SP)", "\tMOVQ\tDX, 8(SP)"),
    ("g", "\tMOVQ\t32(R14), R15", "\tMOVQ\t24(R14), R15"),
    ("g", "\tMOVQ\t32(R14), R15", "\tMOVL\t32(R14), R15"),
    ("stack", f"{CALL}\tRET", f"{CALL}\tADDQ\t$24, SP\n\tBYTE\t$0xc2\n\tWORD\t$8\n\tRET"),
    ("direction", CALL, f"\tBYTE\t$0xfd\n{CALL}"),
    ("writes", CALL, f"{CALL}\tMOVQ\tAX, 32(SP)\n"),
)
DARWIN_TRAMPOLINE = (
    ("stops", "\tINT\t$3", "\tINT\t$1"),
    ("stops", "\tINT\t$3", ""),
    ("once", "\tSYSCALL\n", "\tSYSCALL\n\tSYSCALL\n"),
    ("handler", CALL, CALL + CALL),
    ("handed on", "\tMOVL\tDX, 0(SP)", "\tMOVW\tDX, 0(SP)"),
    ("g", "\tMOVQ\t32(R14), R15", "\tMOVQ\tR14, R15"),
    ("number", "+184)", "+185)"),
    ("arguments", "\tMOVQ\t24(SP), DI", "\tMOVQ\t16(SP), DI"),  # the callee's own arguments by then
    ("arguments", "\tMOVQ\tR8, 24(SP)", "\tMOVL\tR8, 24(SP)"),
    ("direction", CALL, f"\tBYTE\t$0xfd\n{CALL}\tBYTE\t$0xfc\n"),
    ("writes", CALL, f"\tMOVQ\tAX, 48(SP)\n{CALL}"),
)
RESTORER = (
    ("stops", "\tINT\t$3", "\tRET\n"),
    ("stops", "\tINT\t$3", ""),
    ("once", "\tSYSCALL\n", ""),
    ("number", "$15", "$14"),
    ("frame", "\tSYSCALL\n", "\tPUSHQ\tAX\n\tSYSCALL\n"),
    ("writes", "\tSYSCALL\n", "\tMOVQ\tAX, 8(SP)\n\tSYSCALL\n"),
)
SEEDED = [
    (contract, system, *row)
    for contract, system, rows in (
        ("rawsyscall", "linux", LINUX_CALL),
        ("rawsyscall", "darwin", DARWIN_CALL),
        ("syscall", "linux", HOOKED),
        ("syscall6", "darwin", HOOKED),
        ("casts", "linux", CAST),
        ("sigtramp", "linux", LINUX_TRAMPOLINE),
        ("sigtramp", "darwin", DARWIN_TRAMPOLINE),
        ("sigreturn", "linux", RESTORER),
    )
    for row in rows
]


@pytest.mark.parametrize(("contract", "system", "clause", "old", "new"), SEEDED)
def test_one_mistake_breaks_one_clause(
    broken: Callable[..., dict[str, Broken]],
    shipped: Callable[[str, str], str],
    contract: str,
    system: str,
    clause: str,
    old: str,
    new: str,
):
    text = shipped(catalogue.find(contract, system).stubs[0], system)
    assert text.count(old) >= 1
    assert list(broken(contract, system, text.replace(old, new, 1))) == [clause]


@pytest.mark.parametrize(
    ("contract", "system"), sorted({(c.name, c.system) for c in catalogue.CONTRACTS if "-strict" not in c.name})
)
def test_every_clause_of_a_contract_has_a_seeded_mistake(contract: str, system: str):
    """Under its own contract, or under one that shares the clause."""
    seeded = {(row[2], catalogue.find(row[0], row[1]).clause(row[2]).broken) for row in SEEDED}
    clauses = catalogue.find(contract, system).clauses
    assert [clause.name for clause in clauses if (clause.name, clause.broken) not in seeded] == []
