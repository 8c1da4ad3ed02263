"""What the kernel lets ring 3 see of the processor: CPUID and the time-stamp counter.

The answers are the same on every host and in every run. CPUID tells what the emulated CPU executes:
SSE up to 4.2, no AVX, and an XSAVE area of 0x240 bytes (Intel's manual, volume 2, CPUID).
"""

from __future__ import annotations

VENDOR = b"GenuineIntel"
BRAND = b"Ringside emulated x86-64 processor".ljust(48, b"\0")
HIGHEST, HIGHEST_EXTENDED = 0xD, 0x8000_0008

_SIGNATURE = 0x000206A7  # family 6, model 42: the model that the engine executes
# fpu vme de pse tsc msr pae mce cx8 apic mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2; no sep: in
# 64-bit mode SYSENTER is undefined here, as on AMD's processors
_FEATURES_EDX = 0x078B_F3FF
# sse3 pclmulqdq ssse3 cx16 sse4.1 sse4.2 popcnt aes xsave osxsave
_FEATURES_ECX = 1 << 0 | 1 << 1 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 23 | 1 << 25 | 3 << 26
_EXTENDED_EDX = 1 << 11 | 1 << 20 | 1 << 27 | 1 << 29  # syscall nx rdtscp lm
_XSAVE_BYTES = 0x240  # x87 and SSE, and the header

_WORDS = tuple(int.from_bytes(BRAND[i : i + 4], "little") for i in range(0, 48, 4))
_EBX, _EDX, _ECX = (int.from_bytes(VENDOR[i : i + 4], "little") for i in (0, 4, 8))

_LEAVES: dict[tuple[int, int], tuple[int, int, int, int]] = {
    (0x0, 0): (HIGHEST, _EBX, _ECX, _EDX),
    (0x1, 0): (_SIGNATURE, 1 << 16 | 8 << 8, _FEATURES_ECX, _FEATURES_EDX),
    (0xD, 0): (3, _XSAVE_BYTES, _XSAVE_BYTES, 0),
    (0x8000_0000, 0): (HIGHEST_EXTENDED, 0, 0, 0),
    (0x8000_0001, 0): (0, 0, 1, _EXTENDED_EDX),
    (0x8000_0002, 0): (_WORDS[0], _WORDS[1], _WORDS[2], _WORDS[3]),
    (0x8000_0003, 0): (_WORDS[4], _WORDS[5], _WORDS[6], _WORDS[7]),
    (0x8000_0004, 0): (_WORDS[8], _WORDS[9], _WORDS[10], _WORDS[11]),
    (0x8000_0008, 0): (48 << 8 | 40, 0, 0, 0),  # linear and physical address bits
}
_WITH_SUBLEAF = frozenset((0x4, 0x7, 0xB, 0xD))


def cpuid(leaf: int, subleaf: int) -> tuple[int, int, int, int]:
    """EAX, EBX, ECX, EDX for a leaf (EAX) and subleaf (ECX), 32 bits each; zeros where there is nothing."""
    return _LEAVES.get((leaf, subleaf if leaf in _WITH_SUBLEAF else 0), (0, 0, 0, 0))


def timestamp(now: int) -> int:
    """The time-stamp counter: it counts the clock's nanoseconds, also those that pass while everybody sleeps."""
    return now
