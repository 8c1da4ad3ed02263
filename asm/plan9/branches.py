"""Where a jump within a routine goes, and the opcodes it has to get there."""

from __future__ import annotations

from asm.plan9.conditions import CONDITIONAL, SHORT_ONLY
from asm.plan9.diagnostics import Mistake
from asm.plan9.operands import Label, Relative
from asm.plan9.pieces import Jump
from asm.plan9.statements import Routine


def find_target(routine: Routine, index: int, name: str, target: Label | Relative) -> int:
    """The index of the statement that the jump at `index` goes to. Raises Mistake when there is none."""
    if isinstance(target, Relative):
        goal, shown = index + target.distance, f"{target.distance}(PC)"
    elif target.name in routine.labels:
        goal, shown = routine.labels[target.name][0] + target.offset, target.name
    else:
        hint = f"; a symbol is written {target.name}(SB)" if "\u00b7" in target.name else ""
        raise Mistake(target.place, f"undefined label {target.name}{hint}")
    if goal < 0:
        raise Mistake(target.place, f"{name} {shown} goes before the start of {routine.name}")
    if goal >= len(routine.body):
        raise Mistake(target.place, f"{name} {shown} goes past the end of {routine.name}")
    return goal


def jump(name: str, target: int) -> Jump:
    """The opcodes of a jump to a statement of the same routine."""
    if name == "JMP":
        return Jump(target, b"\xeb", b"\xe9")
    if name in CONDITIONAL:
        return Jump(target, bytes([0x70 | CONDITIONAL[name]]), bytes([0x0F, 0x80 | CONDITIONAL[name]]))
    prefix = b"\x67" if name == "JCXZL" else b""  # ECX instead of RCX
    return Jump(target, prefix + bytes([SHORT_ONLY[name]]), None)
