"""The stack slots that a routine names, and how it uses them."""

from __future__ import annotations

from asm.plan9.operands import Slot as SlotOperand
from asm.program import Slot


class SlotUses:
    """Merges the uses of each `name+offset(FP)` by offset; the first name stays.

    A slot whose address is taken (LEAQ x+0(FP), R) counts as read and written, 8 bytes wide: what
    happens behind the pointer is unknown.
    """

    def __init__(self) -> None:
        self._slots: dict[int, Slot] = {}

    def use(self, operand: SlotOperand, size: int, reads: bool, writes: bool) -> None:
        """An operand of `size` bytes; locals, name-8(SP), don't count."""
        if operand.area != "FP":
            return
        old = self._slots.get(operand.offset, Slot(operand.name, operand.offset, 0, False, False))
        self._slots[operand.offset] = Slot(
            old.name, old.offset, max(old.size, size), old.read or reads, old.written or writes
        )

    def sorted(self) -> list[Slot]:
        """The slots by offset."""
        return [self._slots[offset] for offset in sorted(self._slots)]
