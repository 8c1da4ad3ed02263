"""x87 and SSE state as the 512 bytes of an FXSAVE image, in 64-bit form.

Layout: Intel's manual, volume 1, table 10-2. The engine has no call for it, so the image is put
together from its registers, which are read and written in one batch.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from unicorn import x86_const as x86

SIZE = 512
MXCSR_MASK = 0x0000_FFFF  # of the emulated processor: DAZ is there
X87_MASKS, SSE_MASKS = 0x3F, 0x1F80  # of the control word and of MXCSR
STACK, XMM = 32, 160  # where ST(0) and XMM0 lie, 16 bytes each

_Batch = Callable[[int, int, int], None]  # addresses of ids and pointers, and their number

# Engine register, offset of its bytes in the image; the tag word and the x87 stack are converted.
_PLAIN = (
    (x86.UC_X86_REG_FPCW, 0),
    (x86.UC_X86_REG_FPSW, 2),
    (x86.UC_X86_REG_FOP, 6),
    (x86.UC_X86_REG_FIP, 8),
    (x86.UC_X86_REG_FDP, 16),
    (x86.UC_X86_REG_MXCSR, 24),
    *((x86.UC_X86_REG_XMM0 + i, XMM + 16 * i) for i in range(16)),
)


class Fpu:
    """Moves the state between an engine and an image; `read` and `write` are the engine's batch calls.

    `unmasked`: some exception of the x87 FPU or SSE is not masked. After an instruction that may change this,
    `refresh` has to be called.
    """

    def __init__(self, read: _Batch, write: _Batch) -> None:
        self._read, self._write = read, write
        self._image = (ctypes.c_uint8 * SIZE)()
        self._tags = ctypes.c_uint64()
        self._stack = (ctypes.c_uint8 * 128)()  # physical registers, 16 bytes each
        base, stack = ctypes.addressof(self._image), ctypes.addressof(self._stack)
        pairs = [(register, base + offset) for register, offset in _PLAIN]
        pairs.append((x86.UC_X86_REG_FPTAG, ctypes.addressof(self._tags)))
        pairs += [(x86.UC_X86_REG_FP0 + i, stack + 16 * i) for i in range(8)]
        self._ids = (ctypes.c_int * len(pairs))(*(register for register, _ in pairs))
        self._pointers = (ctypes.c_uint64 * len(pairs))(*(pointer for _, pointer in pairs))
        self._arguments = (ctypes.addressof(self._ids), ctypes.addressof(self._pointers), len(pairs))
        self._words = (ctypes.c_uint64 * 3)()
        self._word_ids = (ctypes.c_int * 3)(x86.UC_X86_REG_FPCW, x86.UC_X86_REG_FPSW, x86.UC_X86_REG_MXCSR)
        words = ctypes.addressof(self._words)
        self._word_pointers = (ctypes.c_uint64 * 3)(words, words + 8, words + 16)
        self._word_arguments = (ctypes.addressof(self._word_ids), ctypes.addressof(self._word_pointers), 3)
        self.unmasked = False

    @property
    def words(self) -> tuple[int, int, int]:
        """Control word, status word, MXCSR."""
        ctypes.memset(self._words, 0, ctypes.sizeof(self._words))
        self._read(*self._word_arguments)
        control, status, mxcsr = self._words
        return control, status, mxcsr

    @words.setter
    def words(self, values: tuple[int, int, int]) -> None:
        self._words[:] = list(values)
        self._write(*self._word_arguments)

    def refresh(self) -> None:
        """Sets `unmasked` from the engine's state."""
        control, _, mxcsr = self.words
        self.unmasked = control & X87_MASKS != X87_MASKS or mxcsr & SSE_MASKS != SSE_MASKS

    def load(self) -> bytes:
        """The state as an FXSAVE image; its reserved bytes are zero."""
        ctypes.memset(self._image, 0, SIZE)
        self._read(*self._arguments)
        image = bytearray(self._image)
        image[4] = abridged_tags(self._tags.value)
        image[28:32] = MXCSR_MASK.to_bytes(4, "little")
        top = image[3] >> 3 & 7
        for i in range(8):
            physical = 16 * ((top + i) & 7)
            image[STACK + 16 * i : STACK + 16 * i + 10] = bytes(self._stack[physical : physical + 10])
        return bytes(image)

    def store(self, image: bytes) -> None:
        """Sets the state from an FXSAVE image of at least 512 bytes."""
        ctypes.memmove(self._image, image[:SIZE], SIZE)
        top = image[3] >> 3 & 7
        for i in range(8):
            physical = 16 * ((top + i) & 7)
            self._stack[physical : physical + 10] = list(image[STACK + 16 * i : STACK + 16 * i + 10])
        self._tags.value = full_tags(image[4])
        self._write(*self._arguments)
        self.unmasked = image[0] & X87_MASKS != X87_MASKS or (image[24] | image[25] << 8) & SSE_MASKS != SSE_MASKS


def abridged_tags(full: int) -> int:
    """FXSAVE's tag byte: a bit for each physical register that is not empty (tag 3)."""
    return sum(1 << i for i in range(8) if full >> 2 * i & 3 != 3)


def full_tags(abridged: int) -> int:
    """A tag word with 0 (valid) for each bit that is set and 3 (empty) for the others."""
    return sum(0 if abridged >> i & 1 else 3 << 2 * i for i in range(8))
