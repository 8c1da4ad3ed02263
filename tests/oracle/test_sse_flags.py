"""The exception flags of SSE instructions: what the host's processor sets in MXCSR, for operands at every edge."""

from __future__ import annotations

import ctypes
import mmap
import platform
import struct
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asm import intel
from asm.linker import link
from emu import sse

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or platform.machine() != "x86_64", reason="the host isn't x86-64"
)

Run = Callable[[str, bytes, bytes, int], int]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """run(instruction, xmm0, xmm1, mxcsr): the flags in the host's MXCSR after it."""
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    entry = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    known: dict[str, bytes] = {}

    def run(instruction: str, first: bytes, second: bytes, mxcsr: int) -> int:
        if instruction not in known:
            lines = ("stmxcsr [rdi + 36]", "movups xmm0, [rdi]", "movups xmm1, [rdi + 16]", "mov rax, [rdi + 16]",
                     "ldmxcsr [rdi + 32]", instruction, "stmxcsr [rdi + 32]", "ldmxcsr [rdi + 36]", "ret")  # fmt: skip
            source = ".text\n_start:\n" + "\n".join(lines) + "\n"
            (segment,) = link([intel.assemble("flags.s", source)], base=0x1000).segments
            known[instruction] = segment.data
        page[: len(known[instruction])] = known[instruction]
        block = ctypes.create_string_buffer(first + second + struct.pack("<II", mxcsr, 0), 40)
        entry(ctypes.addressof(block))
        return int.from_bytes(block.raw[32:36], "little") & 0x3F

    yield run


SINGLES = (
    0, 1, 0x7FFFFF, 0x800000, 0x800001, 0x3F800000, 0x3F800001, 0x40400000, 0x7F7FFFFF, 0x7F000000, 0x7F800000,
    0x7FC00000, 0x7F800001, 0x4B000001, 0x4AFFFFFF, 0x4F000000, 0x5F000000, 0x4EFFFFFF, 0x34000000, 0x20000000,
    0x1FFFFFFF, 0x41100000, 0x00400000,
)  # fmt: skip
DOUBLES = (
    0, 1, (1 << 52) - 1, 1 << 52, (1 << 52) + 1, 0x3FF << 52, (0x3FF << 52) + 1, 0x4008 << 48, (0x7FF << 52) - 1,
    0x7FE << 52, 0x7FF << 52, 0x7FF8 << 48, (0x7FF << 52) + 1, 0x4330000000000001, 0x41DFFFFFFFC00000, 0x41E << 52,
    0x43E << 52, 0x41DFFFFFFFE00000, 0x3810000000000000, 0x380FFFFFFFFFFFFF, 0x36A0000000000000, 0x47EFFFFFF0000000,
    0x47EFFFFFEFFFFFFF, 0x3690000000000001, 0x4022 << 48,
)  # fmt: skip
EDGES = st.one_of(
    st.lists(st.sampled_from([*SINGLES, *(x | 1 << 31 for x in SINGLES)]), min_size=4, max_size=4).map(
        lambda words: struct.pack("<4I", *words)
    ),
    st.lists(st.sampled_from([*DOUBLES, *(x | 1 << 63 for x in DOUBLES)]), min_size=2, max_size=2).map(
        lambda words: struct.pack("<2Q", *words)
    ),
    st.lists(st.floats(width=32), min_size=4, max_size=4).map(lambda values: struct.pack("<4f", *values)),
    st.lists(st.floats(), min_size=2, max_size=2).map(lambda values: struct.pack("<2d", *values)),
    st.binary(min_size=16, max_size=16),
)
INSTRUCTIONS = [
    *(f"{name}{kind} xmm0, xmm1" for name in ("add", "sub", "mul", "div", "sqrt", "min", "max")
      for kind in ("ps", "ss", "pd", "sd")),
    *(f"cmp{name}{kind} xmm0, xmm1" for name in ("eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord")
      for kind in ("ps", "sd")),
    *(f"{name}{kind} xmm0, xmm1" for name in ("comi", "ucomi") for kind in ("ss", "sd")),
    *(f"{name}{kind} xmm0, xmm1" for name in ("addsub", "hadd", "hsub") for kind in ("ps", "pd")),
    *(f"round{kind} xmm0, xmm1, {mode}" for kind in ("ps", "ss", "pd", "sd") for mode in (0, 4, 8, 11)),
    *(f"{name} xmm0, xmm1" for name in ("cvtss2sd", "cvtsd2ss", "cvtps2pd", "cvtpd2ps", "cvtdq2ps", "cvtdq2pd",
      "cvtps2dq", "cvttps2dq", "cvtpd2dq", "cvttpd2dq")),
    *(f"{name} {register}, xmm1" for name in ("cvtss2si", "cvttss2si", "cvtsd2si", "cvttsd2si")
      for register in ("eax", "rax")),
    *(f"{name} xmm0, {register}" for name in ("cvtsi2ss", "cvtsi2sd") for register in ("eax", "rax")),
]  # fmt: skip


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_flags_are_the_hosts(run: Run, instruction: str):
    mnemonic, _, operands = instruction.partition(" ")
    names = operands.split(", ")
    size = {"eax": 4, "rax": 8}

    @settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(EDGES, EDGES, st.integers(0, 3), st.sampled_from((0, 0x40, 0x8000, 0x8040)))
    def check(first: bytes, second: bytes, rounding: int, flush: int) -> None:
        mxcsr = 0x1F80 | rounding << 13 | flush
        theirs = run(instruction, first, second, mxcsr)
        if not sse.is_arithmetic(mnemonic):
            assert not theirs
            return
        immediate = int(names[2]) if len(names) > 2 else PREDICATES.get(mnemonic[3:-2], 0)
        wanted = sse.source_size(mnemonic, size.get(names[1], 16))
        ours = sse.flags(mnemonic, immediate, first[: size.get(names[0], 16)], second[:wanted], mxcsr)
        assert ours == theirs

    check()


PREDICATES = {name: i for i, name in enumerate(("eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"))}
