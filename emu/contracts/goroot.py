"""Which routine of a Go release a contract is about.

The files moved with the releases, and some routines became Go code: a row says where to look, newest
first. What a row names is looked up in the tree itself, so any release or checkout will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emu.contracts import catalogue
from emu.contracts.contract import Contract
from emu.errors import TargetError
from emu.target import SourceOptions, Sources, routines, sources

_INTERNAL = (
    "src/internal/runtime/syscall/linux/asm_linux_amd64.s",  # since 1.26
    "src/internal/runtime/syscall/asm_linux_amd64.s",
    "src/runtime/internal/syscall/asm_linux_amd64.s",  # since 1.19
)
_SYSCALL = {
    system: (
        f"src/syscall/asm_{system}_amd64.s",
        f"src/pkg/syscall/asm_{system}_amd64.s",  # until 1.3
        f"src/lib/syscall/asm_{system}_amd64.s",
        f"src/lib/syscall/asm_amd64_{system}.s",  # 2008
        f"src/syscall/asm_amd64_{system}.s",
    )
    for system in ("linux", "darwin")
}
_RUNTIME = (
    "src/runtime/sys_linux_amd64.s",
    "src/pkg/runtime/sys_linux_amd64.s",
    "src/runtime/rt0_amd64_linux.s",
    "src/runtime/linux/amd64/sys.s",
    "src/pkg/runtime/linux/amd64/sys.s",
)
_GO_MAKES_IT = "in this release it is Go code above the one routine that makes system calls: try"


@dataclass(frozen=True, slots=True)
class Row:
    """Where a contract's routine may be. `contract` is the one to check it under, if another."""

    contracts: tuple[str, ...]
    system: str
    paths: tuple[str, ...]
    symbols: tuple[str, ...]
    under: str = ""


ROWS = (
    *(
        Row((name, f"{name}-strict"), system, _SYSCALL[system], (symbol,))
        for system in ("linux", "darwin")
        for name, symbol in (
            ("rawsyscall", "RawSyscall"),
            ("rawsyscall6", "RawSyscall6"),
            ("syscall", "Syscall"),
            ("syscall6", "Syscall6"),
        )
    ),
    # RawSyscall and RawSyscall6 became Go that calls this one, which takes six arguments.
    Row(("rawsyscall", "rawsyscall6"), "linux", _INTERNAL, ("Syscall6",), "rawsyscall6"),
    Row(("rawsyscall-strict", "rawsyscall6-strict"), "linux", _INTERNAL, ("Syscall6",), "rawsyscall6-strict"),
    Row(("sigreturn",), "linux", _RUNTIME, ("sigreturn__sigaction", "sigreturn")),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A release's routine, and the contract that it is checked under."""

    contract: Contract
    sources: Sources
    file: str
    symbol: str


def find(contract: Contract, root: str, options: SourceOptions) -> Found:
    """The routine in the tree at `root`. Raises TargetError, AssemblyErrors."""
    tree = Path(root)
    if not (tree / "src").is_dir():
        raise TargetError(f"{root} is no Go tree: it has no folder src")
    looked = []
    for row, path in _candidates(contract):
        file = tree / path
        if not file.is_file():
            continue
        looked.append(path)
        symbol = next((symbol for symbol in row.symbols if _defines(file, symbol)), None)
        if symbol is None:
            continue
        chosen = catalogue.find(row.under or contract.name, contract.system)
        dialect = options.dialect or ("go2008" if _is_old(file) else "go")
        adapted = SourceOptions(dialect, options.include_dirs, options.defines, options.package)
        return Found(chosen, sources(f"{file}:{symbol}", contract.system, adapted), path, symbol)
    raise TargetError(_missing(contract, root, looked))


def _candidates(contract: Contract) -> Iterator[tuple[Row, str]]:
    for row in ROWS:
        if contract.name in row.contracts and contract.system == row.system:
            yield from ((row, path) for path in row.paths)


def _defines(file: Path, symbol: str) -> bool:
    """Whether a TEXT of the file has that name in any package."""
    text = file.read_text(encoding="utf-8", errors="replace")
    return any(name.rpartition("·")[2] == symbol for name in routines(text))


def _is_old(file: Path) -> bool:
    """Whether flags and hooks are those of before the first release: runtime's hooks were called sys·."""
    return "sys·entersyscall" in file.read_text(encoding="utf-8", errors="replace")


def _missing(contract: Contract, root: str, looked: list[str]) -> str:
    if not any(contract.name in row.contracts and contract.system == row.system for row in ROWS):
        return f"contract {contract.name} on {contract.system} is about the stubs of 2008: no release has its routine"
    where = f"; not in {', '.join(looked)}" if looked else ""
    hint = f"; {_GO_MAKES_IT} rawsyscall" if contract.name.startswith("syscall") and contract.system == "linux" else ""
    return f"no routine for contract {contract.name} on {contract.system} in {root}{where}{hint}"
