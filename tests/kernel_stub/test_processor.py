"""The table behind CPUID, and the time-stamp counter."""

from __future__ import annotations

import pytest

from kernel_stub import processor

# Leaf 1: names as in Intel's manual, volume 2, tables 3-10 and 3-11; leaf 0x80000001: table 3-8.
ECX = {
    "sse3": 0, "pclmulqdq": 1, "monitor": 3, "vmx": 5, "ssse3": 9, "fma": 12, "cx16": 13, "sse4.1": 19, "sse4.2": 20,
    "x2apic": 21, "movbe": 22, "popcnt": 23, "aes": 25, "xsave": 26, "osxsave": 27, "avx": 28, "f16c": 29,
    "rdrand": 30, "hypervisor": 31,
}  # fmt: skip
EDX = {
    "fpu": 0, "vme": 1, "de": 2, "pse": 3, "tsc": 4, "msr": 5, "pae": 6, "mce": 7, "cx8": 8, "apic": 9, "sep": 11,
    "mtrr": 12, "pge": 13, "mca": 14, "cmov": 15, "pat": 16, "pse36": 17, "psn": 18, "clfsh": 19, "ds": 21,
    "acpi": 22, "mmx": 23, "fxsr": 24, "sse": 25, "sse2": 26, "ss": 27, "htt": 28, "tm": 29, "pbe": 31,
}  # fmt: skip
EXTENDED_EDX = {"syscall": 11, "nx": 20, "pdpe1gb": 26, "rdtscp": 27, "lm": 29}


def claimed(word: int, names: dict[str, int]) -> set[str]:
    assert not word & ~sum(1 << bit for bit in names.values()), "a bit without a name"
    return {name for name, bit in names.items() if word >> bit & 1}


def test_vendor_and_brand_read_as_a_program_reads_them():
    highest, ebx, ecx, edx = processor.cpuid(0, 0)
    vendor = b"".join(word.to_bytes(4, "little") for word in (ebx, edx, ecx))
    assert (highest, vendor) == (0xD, b"GenuineIntel")
    words = [word for leaf in (2, 3, 4) for word in processor.cpuid(0x8000_0000 + leaf, 0)]
    brand = b"".join(word.to_bytes(4, "little") for word in words)
    assert brand.rstrip(b"\0") == b"Ringside emulated x86-64 processor"


def test_features_of_leaf_1():
    _, _, ecx, edx = processor.cpuid(1, 0)
    assert claimed(ecx, ECX) == {
        "sse3", "pclmulqdq", "ssse3", "cx16", "sse4.1", "sse4.2", "popcnt", "aes", "xsave", "osxsave",
    }  # fmt: skip
    assert claimed(edx, EDX) >= {"fpu", "tsc", "cx8", "cmov", "clfsh", "mmx", "fxsr", "sse", "sse2"}
    assert not claimed(edx, EDX) & {"sep", "psn", "ds", "ss", "htt"}


def test_features_of_the_extended_leaf():
    assert claimed(processor.cpuid(0x8000_0001, 0)[3], EXTENDED_EDX) == {"syscall", "nx", "rdtscp", "lm"}


def test_the_baseline_of_every_x86_64_program_is_there():
    """x86-64-v1 and -v2 of the psABI, but for LAHF-SAHF's bit, which stands in the extended leaf."""
    _, _, ecx, edx = processor.cpuid(1, 0)
    assert {"cmov", "cx8", "fpu", "fxsr", "mmx", "sse", "sse2"} <= claimed(edx, EDX)
    assert {"cx16", "popcnt", "sse3", "sse4.1", "sse4.2", "ssse3"} <= claimed(ecx, ECX)
    assert processor.cpuid(0x8000_0001, 0)[2] & 1


def test_the_xsave_area_is_that_of_x87_and_sse():
    assert processor.cpuid(0xD, 0) == (3, 0x240, 0x240, 0)
    assert processor.cpuid(0xD, 1) == (0, 0, 0, 0)


@pytest.mark.parametrize("leaf", [0x2, 0x4, 0x7, 0xB, 0x15, 0x4000_0000, 0x8000_0005, 0x8000_0009, 0xFFFF_FFFF])
@pytest.mark.parametrize("subleaf", [0, 1, 0xFFFF_FFFF])
def test_leaves_without_content_are_zero(leaf: int, subleaf: int):
    assert processor.cpuid(leaf, subleaf) == (0, 0, 0, 0)


@pytest.mark.parametrize("leaf", [0, 1, 0x8000_0000, 0x8000_0001, 0x8000_0008])
def test_leaves_without_subleaves_ignore_ecx(leaf: int):
    assert processor.cpuid(leaf, 12345) == processor.cpuid(leaf, 0)


def test_every_answer_fits_in_32_bits():
    for leaf in (*range(0x20), *range(0x8000_0000, 0x8000_0020)):
        assert all(0 <= word < 1 << 32 for word in processor.cpuid(leaf, 0))


def test_the_time_stamp_counter_is_virtual_time():
    assert [processor.timestamp(n) for n in (0, 1, 1 << 40)] == [0, 1, 1 << 40]
