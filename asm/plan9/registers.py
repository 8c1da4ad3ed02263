"""The registers by their Plan 9 names, and what Intel syntax calls them at each operand size."""

from __future__ import annotations

from typing import NamedTuple

_LEGACY = ("AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI")
_LEGACY_BYTES = ("AL", "CL", "DL", "BL", "SPB", "BPB", "SIB", "DIB")
_LEGACY_INTEL_BYTES = ("al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil")

PSEUDO = frozenset(("SB", "FP", "PC"))  # and SP after a name
TLS = "TLS"  # base of the thread's storage: on Linux the FS segment, on Darwin GS
SEGMENTS = ("ES", "CS", "SS", "DS", "FS", "GS")  # in the order of their numbers


class RegisterInfo(NamedTuple):
    """A register: class r (general), b (a byte of one), x (XMM), s (segment), k (control), d (debug)."""

    kind: str
    intel: dict[int, str]  # operand size in bytes -> name


def _general(number: int) -> RegisterInfo:
    if number < 8:
        name = _LEGACY[number].lower()
        return RegisterInfo("r", {1: _LEGACY_INTEL_BYTES[number], 2: name, 4: f"e{name}", 8: f"r{name}"})
    return RegisterInfo("r", {1: f"r{number}b", 2: f"r{number}w", 4: f"r{number}d", 8: f"r{number}"})


def _table() -> dict[str, RegisterInfo]:
    table = {name: _general(number) for number, name in enumerate(_LEGACY)}
    table |= {f"R{number}": _general(number) for number in range(8, 16)}
    table["g"] = table["R14"]  # where Go's register ABI keeps the goroutine
    table |= {
        name: RegisterInfo("b", {1: intel})
        for name, intel in zip(_LEGACY_BYTES, _LEGACY_INTEL_BYTES, strict=True)
    }
    table |= {f"R{number}B": RegisterInfo("b", {1: f"r{number}b"}) for number in range(8, 16)}
    table |= {name: RegisterInfo("b", {1: name.lower()}) for name in ("AH", "CH", "DH", "BH")}
    table |= {f"X{number}": RegisterInfo("x", {16: f"xmm{number}"}) for number in range(16)}
    table |= {name: RegisterInfo("s", {2: name.lower()}) for name in SEGMENTS}
    table |= {f"CR{number}": RegisterInfo("k", {8: f"cr{number}"}) for number in (0, 2, 3, 4, 8)}
    table |= {f"DR{number}": RegisterInfo("d", {8: f"dr{number}"}) for number in (0, 1, 2, 3, 6, 7)}
    return table


REGISTERS = _table()

# Known to Go's assembler, and to no CPU that Ringside emulates.
UNSUPPORTED: dict[str, str] = (
    {f"{bank}{number}": "an AVX register" for bank in "YZ" for number in range(32)}
    | {f"X{number}": "an AVX-512 register" for number in range(16, 32)}
    | {f"K{number}": "an AVX-512 register" for number in range(8)}
    | {f"F{number}": "an x87 register" for number in range(8)}
    | {f"M{number}": "an MMX register" for number in range(8)}
)


def intel_name(name: str, size: int) -> str | None:
    """The register's Intel name at an operand size in bytes, or None where it has no part of that size."""
    info = REGISTERS[name]
    return next(iter(info.intel.values())) if info.kind in "xskd" else info.intel.get(size)
