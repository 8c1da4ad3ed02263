"""x87 and SSE state in a signal frame: an FXSAVE image inside an mcontext, and how it is taken back.

Source: osfmk/i386/fpu.c (fpu_get_fxstate, fpu_set_fxstate, fpinit).
"""

from __future__ import annotations

from kernel_stub.cpu import FPU_INITIAL, FpuState
from kernel_stub.darwin.structs import FLOAT_STATE

IMAGE = FLOAT_STATE.fields["fpu_fcw"].offset
SIZE = 512
END = FLOAT_STATE.size - IMAGE - SIZE
MXCSR_MASK = 0xFFFF
_MXCSR, _STACK = 24, 32  # in the image: where MXCSR lies, and the end of what FNINIT and fpinit set


def save(fpu: FpuState | None) -> bytes:
    """The bytes of an x86_float_state64."""
    return bytes(IMAGE) + (fpu.load() if fpu is not None else FPU_INITIAL) + bytes(END)


def begin(fpu: FpuState, state: bytes) -> None:
    """What a handler starts with: FNINIT's control and status, the usual MXCSR, and the registers as they were."""
    image = state[IMAGE : IMAGE + SIZE]
    if image[:_STACK] != FPU_INITIAL[:_STACK]:
        fpu.store(FPU_INITIAL[:_STACK] + image[_STACK:])


def load(fpu: FpuState, state: bytes) -> None:
    """Take a frame's state back. Bits that MXCSR doesn't have are dropped: nothing is refused."""
    image = bytearray(state[IMAGE : IMAGE + SIZE])
    mxcsr = int.from_bytes(image[_MXCSR : _MXCSR + 4], "little") & MXCSR_MASK
    image[_MXCSR : _MXCSR + 4] = mxcsr.to_bytes(4, "little")
    fpu.store(bytes(image))
