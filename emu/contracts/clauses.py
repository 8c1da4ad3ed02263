"""The predicates behind the promises. Each answers what broke its clause, or None, also where that can't be
judged because an earlier clause is broken (what the results are, say, of a routine that never came back)."""

from __future__ import annotations

from emu.contracts.contract import Trial
from emu.contracts.rig import STACK_POINTER, Ending, Trap
from emu.cpu import BREAKPOINT
from kernel_stub.cpu import INDEX, MASK64
from kernel_stub.kernel import fault_text

_RAX, _RDX, _RSP, _RFLAGS, _R15 = (INDEX[name] for name in ("rax", "rdx", "rsp", "rflags", "r15"))
_DIRECTION = 0x400
GSIGNAL = 32  # m->gsignal: its offset in what R14 points to


def plan9(register: str) -> str:
    """A register by its Plan 9 name."""
    short = register.removeprefix("r")
    return register.upper() if short[0].isdigit() else short.upper()


def shown(value: int) -> str:
    """A 64-bit word: small ones as signed decimals, others in hexadecimal."""
    signed = value - (1 << 64) if value >> 63 else value
    return str(signed) if abs(signed) < 10_000 else f"{value:#x}"


def _returned(trial: Trial) -> bool:
    return trial.outcome.ending is Ending.RETURNED


def _only_call(trial: Trial) -> Trap | None:
    calls = trial.outcome.calls
    return calls[0] if len(calls) == 1 else None


def _how_it_ended(trial: Trial) -> str:
    outcome = trial.outcome
    if outcome.ending is Ending.FAULT and outcome.fault is not None:
        return f"it ends in a fault: {fault_text(outcome.fault)}"
    return "it does not end" if outcome.ending is Ending.ENDLESS else "it returns"


# The way through -----------------------------------------------------------------------------------


def does_not_return(trial: Trial) -> str | None:
    return None if _returned(trial) else _how_it_ended(trial)


def does_not_stop(trial: Trial) -> str | None:
    fault = trial.outcome.fault
    if trial.outcome.ending is Ending.FAULT and fault is not None and fault.vector == BREAKPOINT:
        return "it runs off its end" if trial.outcome.left else None
    return _how_it_ended(trial)


def not_once(trial: Trial) -> str | None:
    count = len(trial.outcome.calls)
    return None if count == 1 else f"it makes {'none' if not count else f'{count} or more' if count > 7 else count}"


def not_silent(trial: Trial) -> str | None:
    return None if not trial.outcome.calls else f"it makes {len(trial.outcome.calls)}"


def out_of_order(trial: Trial) -> str | None:
    """The doubles, in the order of the contract; how often the system call comes is another clause's matter."""
    seen: list[str] = []
    wanted = list(trial.contract.order)
    for trap in trial.outcome.traps:
        if trap.double or ("" in wanted and seen[-1:] != [""]):
            seen.append(trap.double)
    if "" not in seen:
        wanted = [name for name in wanted if name]
    if seen == wanted or (not _returned(trial) and seen == wanted[: len(seen)]):
        return None
    return "it goes: " + (", ".join(name or "system call" for name in seen) or "nothing")


def calls_others(trial: Trial) -> str | None:
    names = [trap.double for trap in trial.outcome.traps if trap.double]
    return f"it calls {', '.join(names)}" if names else None


# At the system call --------------------------------------------------------------------------------


def wrong_number(trial: Trial) -> str | None:
    call, contract = _only_call(trial), trial.contract
    if call is None:
        return None
    number = contract.number
    wanted = (trial.case.arguments[0] + contract.base) & MASK64 if number is None else number
    found = call.registers[_RAX]
    return None if found == wanted else f"AX is {shown(found)} instead of {shown(wanted)}"


def wrong_arguments(trial: Trial) -> str | None:
    call = _only_call(trial)
    if call is None:
        return None
    for position, register in trial.contract.passed:
        found, wanted = call.registers[INDEX[register]], trial.case.arguments[position]
        if found != wanted:
            name = trial.binding.arguments[position].name
            return f"{plan9(register)} is {shown(found)} instead of {name} = {shown(wanted)}"
    return None


def frame_moved(trial: Trial) -> str | None:
    call = _only_call(trial)
    if call is None or call.registers[_RSP] == STACK_POINTER:
        return None
    return f"SP is {_by(call.registers[_RSP] - STACK_POINTER)} at the system call"


# Results -------------------------------------------------------------------------------------------


def results(trial: Trial) -> list[int]:
    """The results as the routine left them, unsigned."""
    outcome = trial.outcome
    return [
        outcome.registers[INDEX[place.register]]
        if place.register
        else int.from_bytes(outcome.frame[8 + place.offset : 8 + place.offset + place.size], "little")
        for place in trial.binding.results
    ]


def _differ(trial: Trial, wanted: tuple[int, ...], because: str) -> str | None:
    for place, found, value in zip(trial.binding.results, results(trial), wanted, strict=True):
        if found != value:
            return f"{place.name} is {shown(found)} instead of {shown(value)}: {because}"
    return None


def wrong_result(trial: Trial) -> str | None:
    call, rule, answer = _only_call(trial), trial.contract.rule, trial.case.answer
    if call is None or rule is None or not _returned(trial) or rule.errno(answer) is not None:
        return None
    second = answer.second if rule.carry else call.registers[_RDX]
    return _differ(trial, (answer.value & MASK64, second, 0), f"{_answer(trial)} is a result")


def wrong_error(trial: Trial) -> str | None:
    call, rule = _only_call(trial), trial.contract.rule
    if call is None or rule is None or not _returned(trial):
        return None
    errno = rule.errno(trial.case.answer)
    if errno is None:
        return None
    return _differ(trial, (MASK64, 0, errno), f"{_answer(trial)} is an error")


def _answer(trial: Trial) -> str:
    rule, answer = trial.contract.rule, trial.case.answer
    carry = f" with CF {'set' if answer.carry else 'clear'}" if rule is not None and rule.carry else ""
    return f"the answer {answer.value}{carry}"


def not_passed_through(trial: Trial) -> str | None:
    if not _returned(trial):
        return None
    return _differ(trial, (trial.case.arguments[0],), "that is the argument")


# What the caller gets back -------------------------------------------------------------------------


def lost_registers(trial: Trial) -> str | None:
    if not _returned(trial):
        return None
    for name in trial.binding.convention.preserved:
        before, after = trial.outcome.entry[INDEX[name]], trial.outcome.registers[INDEX[name]]
        if before != after:
            return f"{plan9(name)} is {shown(after)} instead of {shown(before)}"
    return None


def lost_stack(trial: Trial) -> str | None:
    if not _returned(trial) or trial.outcome.registers[_RSP] == STACK_POINTER + 8:
        return None
    return f"SP is {_by(trial.outcome.registers[_RSP] - STACK_POINTER - 8)}"


def _by(distance: int) -> str:
    return f"{abs(distance)} bytes too {'high' if distance > 0 else 'low'}"


def direction_set(trial: Trial) -> str | None:
    for trap in trial.outcome.traps:
        if trap.double and trap.registers[_RFLAGS] & _DIRECTION:
            return f"DF is set when {trap.double} is called"
    if _returned(trial) and trial.outcome.registers[_RFLAGS] & _DIRECTION:
        return "DF is set"
    return None


def stray_writes(trial: Trial) -> str | None:
    for address, size in trial.outcome.strays:
        return f"it writes {size} byte{'s' if size > 1 else ''} {_whereabouts(trial, address)}"
    return None


def _whereabouts(trial: Trial, address: int) -> str:
    offset = address - STACK_POINTER
    for place in (*trial.binding.arguments, *trial.binding.results):
        if not place.register and place.offset <= offset - 8 < place.offset + place.size:
            return f"to {place.name}, at {offset}(SP)"
    if 0 <= offset < 8:
        return "over the return address"
    return f"at {offset}(SP)" if abs(offset) < 4096 else f"at {address:#x}"


# Handlers ------------------------------------------------------------------------------------------


def _handler_call(trial: Trial) -> Trap | None:
    return next((trap for trap in trial.outcome.traps if trap.double == "sighandler"), None)


HANDED = {"linux": ("sig", "info", "context"), "darwin": ("sig", "info", "context")}


def wrong_handler_arguments(trial: Trial) -> str | None:
    trap = _handler_call(trial)
    if trap is None:
        return None
    given = {p.name: a for p, a in zip(trial.binding.arguments, trial.case.arguments, strict=True)}
    for name, found in zip(HANDED[trial.contract.system], trap.arguments, strict=False):
        if found != given[name]:
            return f"{name} is {shown(found)} instead of {shown(given[name])}"
    return None if trap.arguments else "the stack pointer is lost"


def wrong_g(trial: Trial) -> str | None:
    trap = _handler_call(trial)
    if trap is None:
        return None
    wanted = gsignal(trial)
    found = trap.registers[_R15]
    return None if found == wanted else f"R15 is {shown(found)} instead of m->gsignal = {shown(wanted)}"


def gsignal(trial: Trial) -> int:
    """What lay at m->gsignal."""
    from emu.contracts.cases import garbage

    return int.from_bytes(garbage(trial.case.garbage).memory[GSIGNAL : GSIGNAL + 8], "little")
