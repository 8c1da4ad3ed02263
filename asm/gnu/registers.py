"""Register names and their sizes in bits, in the spelling that both syntaxes share."""

from __future__ import annotations

_LEGACY = ("ax", "bx", "cx", "dx", "si", "di", "bp", "sp")
_BY_SIZE: dict[int, tuple[str, ...]] = {
    8: (
        *("al", "bl", "cl", "dl", "ah", "bh", "ch", "dh", "sil", "dil", "bpl", "spl"),
        *(f"r{n}b" for n in range(8, 16)),
    ),
    16: _LEGACY + tuple(f"r{n}w" for n in range(8, 16)) + ("cs", "ds", "es", "ss", "fs", "gs"),
    32: tuple(f"e{name}" for name in _LEGACY) + tuple(f"r{n}d" for n in range(8, 16)) + ("eip",),
    64: (
        *(f"r{name}" for name in _LEGACY),
        *(f"r{n}" for n in range(8, 16)),
        *(f"mm{n}" for n in range(8)),
        *(f"k{n}" for n in range(8)),
        *(f"cr{n}" for n in range(16)),
        *(f"dr{n}" for n in range(16)),
        "rip",
    ),
    80: ("st", *(f"st({n})" for n in range(8))),
    128: tuple(f"xmm{n}" for n in range(32)),
    256: tuple(f"ymm{n}" for n in range(32)),
    512: tuple(f"zmm{n}" for n in range(32)),
}
REGISTERS = {name: bits for bits, names in _BY_SIZE.items() for name in names}
SEGMENTS = ("cs", "ds", "es", "ss", "fs", "gs")
