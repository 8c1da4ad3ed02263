"""What happens to a run from outside: answers that replace the kernel's, and signals at positions."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from emu import arguments as typed
from emu.machine import Machine, Stop
from kernel_stub.kernel import Kernel
from kernel_stub.personality import Personality

_NEXT = re.compile(r"\s*(?:(\w+)\s+)?returns\s+(\S+)\s*")


class Answer(NamedTuple):
    """An answer for the next call of that name (of any name, where it is empty), as it was written."""

    place: int
    call: str
    value: str


def answer(index: int, text: str, personality: Personality) -> Answer:
    """`close returns -4095`, `returns EINTR`. Raises CallError for a call that the system hasn't."""
    found = _NEXT.fullmatch(text)
    assert found is not None  # the file was validated
    call, value = found[1] or "", found[2]
    if call and call not in personality.numbers and call not in {row.name for row in personality.table.values()}:
        from difflib import get_close_matches

        close = get_close_matches(call, personality.numbers, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise typed.CallError(f"{call!r} is no system call of {personality.name}{hint}")
    return Answer(index, call, value)


class ScriptedMachine(Machine):
    """A machine whose calls are answered by `answers` first, each used once: those left over were not asked for.

    It has to be stepped: `run` hands system calls to the kernel without asking.
    """

    answers: Sequence[Answer] = ()

    def answer(self, stop: Stop) -> bool:
        """See Machine."""
        if stop == Stop.SYSCALL and self.answers:
            name = call_name(self.kernel, self.cpu.registers.values)
            given = next((answer for answer in self.answers if answer.call in ("", name)), None)
            if given is not None:
                self.answers = [answer for answer in self.answers if answer is not given]
                typed.inject(self.kernel, given.value)
        return super().answer(stop)


def call_name(kernel: Kernel, values: array[int]) -> str:
    """The name of the call that is about to be made."""
    number = kernel.personality.number(values)
    row = kernel.personality.table.get(number)
    return row.name if row is not None else kernel.personality.refuse(number).name
