"""The flag words of Linux's memory calls as argument kinds. Numbers: asm-generic/mman-common.h, asm/mman.h."""

from __future__ import annotations

from typing import Annotated

from kernel_stub.flags import Flags, named
from kernel_stub.kinds import Choice, Hexadecimal, Pointer
from kernel_stub.linux.constants import CONSTANTS

PROTECTION = Flags(
    "unsigned long %",
    bits=64,
    unknown="PROT_???",
    names=named(CONSTANTS, "PROT_READ", "PROT_WRITE", "PROT_EXEC", "PROT_GROWSDOWN", "PROT_GROWSUP"),
    modes=(("PROT_NONE", 0),),
    mode_mask=(1 << 64) - 1,
)
MAPPING = Flags(
    "unsigned long %",
    bits=64,
    unknown="MAP_???",
    names=named(
        CONSTANTS,
        "MAP_FIXED", "MAP_ANONYMOUS", "MAP_32BIT", "MAP_GROWSDOWN", "MAP_DENYWRITE", "MAP_EXECUTABLE",
        "MAP_LOCKED", "MAP_NORESERVE", "MAP_POPULATE", "MAP_NONBLOCK", "MAP_STACK", "MAP_HUGETLB", "MAP_SYNC",
        "MAP_FIXED_NOREPLACE",
    ),
    modes=(("MAP_FILE", 0), *named(CONSTANTS, "MAP_SHARED", "MAP_PRIVATE", "MAP_SHARED_VALIDATE")),
    mode_mask=CONSTANTS["MAP_TYPE"],
)  # fmt: skip
REMAPPING = Flags(
    "unsigned long %",
    bits=64,
    unknown="MREMAP_???",
    names=named(CONSTANTS, "MREMAP_MAYMOVE", "MREMAP_FIXED", "MREMAP_DONTUNMAP"),
)
ADVICE = Choice(
    "int %",
    signed=True,
    bits=32,
    unknown="MADV_???",
    names=tuple((name, value) for name, value in CONSTANTS.items() if name.startswith("MADV_")),
)

SYNC = Flags("int %", unknown="MS_???", names=named(CONSTANTS, "MS_ASYNC", "MS_INVALIDATE", "MS_SYNC"))

Break = Annotated[int, Pointer("unsigned long %")]
Prot = Annotated[int, PROTECTION]
MapFlags = Annotated[int, MAPPING]
RemapFlags = Annotated[int, REMAPPING]
SyncFlags = Annotated[int, SYNC]
Advice = Annotated[int, ADVICE]
Offset = Annotated[int, Hexadecimal("unsigned long %")]
