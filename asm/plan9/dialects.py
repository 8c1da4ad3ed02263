"""What differs between the Plan 9 assemblers of December 2008 and today's Go.

Decided here, because no 6a and 6l of 2008 run today:
- A TEXT without NOSPLIT gets a stack check from 6l whatever its frame; today's assembler leaves it out
  in a leaf whose frame is below 128 bytes. Ringside makes no check: where there would be one, it refuses.
- 6l moved code about to save jumps. Ringside keeps the order of the source, as today's assembler does.
- Instructions encode as today's assembler encodes them, in both dialects.
- A macro of several lines has a statement on each, in both dialects; 6a wanted semicolons, which may stay.
"""

from __future__ import annotations

from typing import NamedTuple


class Dialect(NamedTuple):
    """One assembler's rules.

    `frame_pointer`: BP is saved and set in a routine with a frame or a call, unless it is NOFRAME.
    `small_leaf`: a routine without calls needs no stack check while its frame is below this; 0: always.
    `short_adjust`: a frame of exactly 128 bytes is made by adding -128, which encodes shorter.
    `thread_storage`: the pseudo-register TLS exists.
    `frame_multiple`: what the frame's size must be a multiple of.
    """

    name: str
    frame_pointer: bool
    small_leaf: int
    short_adjust: bool
    thread_storage: bool
    frame_multiple: int


# 6a and 6l: the linker checks the stack in every routine without NOSPLIT.
GO2008 = Dialect("go2008", False, 0, False, False, 1)
# cmd/asm: StackSmall is 128.
GO = Dialect("go", True, 128, True, True, 8)

DIALECTS = {dialect.name: dialect for dialect in (GO2008, GO)}
