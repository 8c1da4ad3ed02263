"""x87 and SSE state in a signal frame: an XSAVE area with the kernel's marks, and how it is taken back.

The emulated processor has x87 and SSE only, so the area is 0x240 bytes, and 4 bytes of magic follow.
Source: arch/x86/kernel/fpu/signal.c; XSAVE and XRSTOR in Intel's manual, volume 1, chapter 13.
"""

from __future__ import annotations

import struct

from kernel_stub.cpu import FPU_INITIAL, BadAddress, FpuState, Memory
from kernel_stub.linux.abi import TASK_SIZE_MAX
from kernel_stub.linux.structs import FPSTATE, SW_RESERVED, XSTATE

MAGIC1, MAGIC2 = 0x46505853, 0x46505845
FEATURES = 3  # x87 and SSE: XCR0
LEAST = FPSTATE.size + 64  # legacy region and header
AREA = LEAST  # and no more components
SIZE = AREA + 4
assert XSTATE.size == SIZE
MXCSR_MASK = 0xFFFF
_MXCSR = FPSTATE.fields["mxcsr"].offset
_XMM = FPSTATE.fields["xmm0"].offset
_UNWRITTEN = FPSTATE.fields["reserved2"].offset  # XSAVE writes up to here
_MARKS = FPSTATE.fields["sw_reserved.magic1"].offset
assert (_MXCSR, _XMM, _UNWRITTEN, _MARKS) == (24, 160, 416, 464)

INITIAL = FPU_INITIAL
# The bytes for software, the XSAVE header and the second magic: the same for every frame.
TAIL = (
    SW_RESERVED.whole.codec.pack(MAGIC1, SIZE, FEATURES, AREA, bytes(28))
    + struct.pack("<Q56x", FEATURES)
    + struct.pack("<I", MAGIC2)
)
_HEADER = struct.Struct("<QQQ")
_SW_RESERVED = struct.Struct("<IIQI")
_MAGIC2 = MAGIC2.to_bytes(4, "little")


def save(fpu: FpuState | None, image: bytearray, at: int) -> bool:
    """Write the area into a frame's bytes; whether the state is another than the initial one.

    What XSAVE doesn't write stays as it was in the frame [copy_fpstate_to_sigframe].
    """
    state = fpu.load() if fpu is not None else INITIAL
    image[at : at + _UNWRITTEN] = state[:_UNWRITTEN]
    image[at + _MARKS : at + SIZE] = TAIL
    return state != INITIAL


def load(memory: Memory, address: int) -> bytes | None:
    """The FXSAVE image that a frame's area stands for, or None if the kernel refuses it [fpu__restore_sig].

    Without the magics, or with sizes that can't be, only an FXSAVE image is taken for given. Components that the
    area or its header doesn't name go back to their initial state, as XRSTOR does.
    """
    if not address:
        return INITIAL
    if address > TASK_SIZE_MAX - SIZE:
        return None
    try:
        marks = memory.copy_in(address + _MARKS, SW_RESERVED.size)
        magic1, extended_size, features, size = _SW_RESERVED.unpack_from(marks)
        has_header = magic1 == MAGIC1 and LEAST <= size <= AREA and size <= extended_size
        if has_header and memory.copy_in(address + size, 4) == _MAGIC2:
            return _restore(memory.copy_in(address, LEAST), features & FEATURES) if address % 64 == 0 else None
        legacy = memory.copy_in(address, FPSTATE.size)
    except BadAddress:
        return None
    return legacy if address % 16 == 0 and _mxcsr_is_valid(legacy) else None


def untouched(area: bytes, address: int) -> bool:
    """Whether an area, as `SIZE` bytes, has the marks that `save` gave it: its legacy region is the image."""
    return area[_MARKS:] == TAIL and address % 64 == 0 and _mxcsr_is_valid(area)


def _mxcsr_is_valid(image: bytes) -> bool:
    return not int.from_bytes(image[_MXCSR : _MXCSR + 4], "little") & ~MXCSR_MASK


def _restore(area: bytes, wanted: int) -> bytes | None:
    """XRSTOR of the wanted components; None where it raises a general protection fault."""
    present, compacted, reserved = _HEADER.unpack_from(area, FPSTATE.size)
    if present & ~FEATURES or compacted or reserved:
        return None
    if wanted & 2 and not _mxcsr_is_valid(area):
        return None
    if wanted & present == FEATURES:
        return area[: FPSTATE.size]
    image = bytearray(INITIAL)
    if wanted & present & 1:
        image[:_MXCSR] = area[:_MXCSR]
        image[32:_XMM] = area[32:_XMM]
    if wanted & 2:
        image[_MXCSR : _MXCSR + 4] = area[_MXCSR : _MXCSR + 4]
    if wanted & present & 2:
        image[_XMM:_UNWRITTEN] = area[_XMM:_UNWRITTEN]
    return bytes(image)
