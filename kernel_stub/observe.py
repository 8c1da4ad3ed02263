"""Looking at a system call while it runs: what it was asked, before; what came of it, after."""

from __future__ import annotations

from typing import NamedTuple

from kernel_stub.cpu import CARRY, Memory, Registers
from kernel_stub.events import Argument, Result, SyscallDone
from kernel_stub.kinds import HEX, LONG
from kernel_stub.outcomes import Restart
from kernel_stub.personality import Personality
from kernel_stub.syscalls import ARGUMENTS, Parameter, Row


class Verdict(NamedTuple):
    """How a call went, besides what is in the registers. `errno` is False if the answer is a code that says nothing
    through errno and flags; `signal` is to be posted; `restart` says that a signal cut the call short; `leave` that
    there is more to do before user mode goes on."""

    returned: bool = True
    errno: bool = True
    simulated: bool = True
    injected: bool = False
    signal: str | None = None
    restart: Restart | None = None
    leave: bool = False


# A call that isn't served is shown with all six argument registers: its real types aren't known here.
UNKNOWN = tuple(Parameter(f"arg{i}", HEX) for i in range(len(ARGUMENTS)))


class Observation:
    """One call: made before it is answered, `done` afterwards."""

    def __init__(
        self, personality: Personality, memory: Memory, registers: Registers, number: int, row: Row | None
    ) -> None:
        self._personality = personality
        self._memory = memory
        self._number = number
        self._row = row
        self._parameters = row.parameters if row is not None else UNKNOWN
        indices = personality.arguments(registers.values)
        # An indirect call has one register fewer: zip stops there.
        pairs = list(zip(self._parameters, indices, strict=False))
        self._raw = [registers.values[index] for _, index in pairs]
        self._values = {p.name: p.kind.decode(raw) for (p, _), raw in zip(pairs, self._raw, strict=True)}
        self._before = [
            p.kind.before(memory, self._values[p.name], self._values) for p, _ in pairs
        ]

    def done(self, registers: Registers, verdict: Verdict) -> SyscallDone:
        """The event, from the registers as they are after the call."""
        tells = verdict.returned and (verdict.errno if self._row is None else self._row.errno)
        error = self._personality.error(registers) if tells else None
        kind = self._row.result if self._row is not None and not verdict.injected else LONG
        succeeded = verdict.returned and error is None and not verdict.injected
        answer = kind.decode(registers.rax)
        result = Result(
            rax=registers.rax,
            rdx=registers.rdx,
            carry=bool(registers.rflags & CARRY),
            carry_tells=bool(tells and self._personality.carry_tells),
            error=error,
            row=self._personality.errno_names.get(error) if error is not None else None,
            kind=kind,
            values=self._values,
            returned=verdict.returned,
            restart=verdict.restart,
            restart_text=self._personality.restarts[verdict.restart] if verdict.restart is not None else "",
            data=kind.after(self._memory, answer, self._values, answer) if succeeded else None,
        )
        return SyscallDone(
            number=self._number,
            name=self._row.name if self._row is not None else self._personality.refuse(self._number).name,
            arguments=self._arguments(answer if succeeded else None),
            result=result,
            injected=verdict.injected,
            simulated=verdict.simulated,
        )

    def _arguments(self, result: int | None) -> tuple[Argument, ...]:
        return tuple(
            Argument(
                name=parameter.name,
                raw=raw,
                value=self._values[parameter.name],
                kind=parameter.kind,
                values=self._values,
                data=self._seen(parameter, before, result),
            )
            for parameter, raw, before in zip(self._parameters, self._raw, self._before, strict=False)
        )

    def _seen(self, parameter: Parameter, before: bytes | None, result: int | None) -> bytes | None:
        if before is not None or result is None:
            return before
        return parameter.kind.after(self._memory, self._values[parameter.name], self._values, result)


