"""What must come of a run: one function for each key of `expect`. Each yields what isn't so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emu.events import Ending, Step
from emu.frontends.wording import decimal, ending_text, quoted, result_text
from emu.loaders.call import Call, Result
from emu.scenarios.failure import Failure
from emu.scenarios.files import file_changes, files
from emu.scenarios.golden import trace
from emu.scenarios.load import ANY, UNWRITTEN, preserved
from emu.scenarios.memory import memory, writes
from emu.scenarios.patterns import GAP, first_difference, in_range, matches
from emu.scenarios.run import Outcome
from emu.scenarios.signals import signals
from kernel_stub.cpu import MASK64
from kernel_stub.events import SyscallDone

Check = Callable[[Outcome, Any], Iterator[Failure]]


def failures(outcome: Outcome) -> list[Failure]:
    """Everything that isn't as the case expects, in the order of CHECKS."""
    expect = outcome.case.expect
    found = [*_script(outcome)]
    if not expect.keys() & {"exit", "ending"}:
        found += _ended_well(outcome)
    for name, check in CHECKS.items():
        if name in expect:
            found += check(outcome, expect[name])
    return found


def _script(outcome: Outcome) -> Iterator[Failure]:
    """What was to happen to the run, and didn't."""
    for answer in outcome.machine.answers:
        what = f"{answer.call} was not called (again)" if answer.call else "no further system call was made"
        yield Failure(("next", answer.place), f"{what}: the answer {answer.value} is left over")
    kernel = outcome.machine.kernel
    names = kernel.personality.rules.names
    for delivery in kernel.deliveries:
        message = f"{names[delivery.signal]} at {delivery.position} came too late"
        yield Failure(("deliver",), f"{message}: the run ended at position {outcome.ended.position}")


def _ended_well(outcome: Outcome) -> Iterator[Failure]:
    wanted = Ending.RETURNED if isinstance(outcome.subject, Call) else Ending.EXITED
    if outcome.ended.ending != wanted:
        verb = "return" if wanted == Ending.RETURNED else "exit"
        yield Failure((), f"expected it to {verb}, but it {_how(outcome)}")


def _how(outcome: Outcome) -> str:
    text = ending_text(outcome.ended)
    ending = outcome.ended.ending
    if ending in (Ending.FAULT, Ending.KILLED, Ending.WAITING, Ending.FAULTING, Ending.STOPPED, Ending.RAN_OFF):
        return f"ended so: {text}"
    return text


def _ending(outcome: Outcome, wanted: str) -> Iterator[Failure]:
    if outcome.ended.ending.value != wanted:
        yield Failure(("expect", "ending"), f"expected ending: {wanted}, but it {_how(outcome)}")


def _exit(outcome: Outcome, wanted: int | str) -> Iterator[Failure]:
    status = outcome.ended.status
    found = None if status is None else status.code if status.signal is None else status.signal
    if found != wanted:
        yield Failure(("expect", "exit"), f"expected exit: {wanted}, but it {_how(outcome)}")


def _instructions(outcome: Outcome, wanted: int | str) -> Iterator[Failure]:
    count = outcome.ended.position
    if not in_range(count, wanted):
        yield Failure(("expect", "instructions"), f"expected {wanted} instructions, but {count} retired")


# Results and registers ----------------------------------------------------------------------------


def _results(outcome: Outcome, wanted: dict[str, int | str]) -> Iterator[Failure]:
    found = {result.name: result for result in outcome.results}
    for name, value in wanted.items():
        path = ("expect", "results", name)
        if name not in found:
            slots = ", ".join(found) or "none"
            yield Failure(path, f"no result is called {name}; there are {slots}")
        else:
            yield from _result(outcome, found[name], value, path)


def _result(outcome: Outcome, result: Result, wanted: int | str, path: tuple[str, ...]) -> Iterator[Failure]:
    shown = result_text(result, outcome.machine.kernel.personality)
    index = _last_write(outcome, result)
    if wanted == ANY:
        return
    if wanted == UNWRITTEN:
        if result.value is not None:
            yield Failure(path, f"expected {result.name} to stay unwritten, but it is {shown}", index)
        return
    number = wanted if isinstance(wanted, int) else outcome.machine.kernel.personality.resolve(wanted)
    bits = 8 * result.size
    if result.value is None or result.value != number & (1 << bits) - 1:
        expected = f"{wanted} ({decimal(number & MASK64, 64)})" if isinstance(wanted, str) else str(wanted)
        yield Failure(path, f"expected {result.name} = {expected}, but it is {shown}", index)


def _last_write(outcome: Outcome, result: Result) -> int | None:
    """The step that wrote a result last."""
    subject = outcome.subject
    if not isinstance(subject, Call) or subject.result_register:
        return None
    slot = next(slot for slot in subject.results if slot.name == result.name)
    address = subject.stack_pointer + 8 + slot.offset
    found = None
    for index, step in enumerate(outcome.steps):
        if isinstance(step, Step) and any(w.address <= address < w.address + len(w.data) for w in step.writes):
            found = index
    return found


def _errno(outcome: Outcome, wanted: int | str) -> Iterator[Failure]:
    found = [result for result in outcome.results if result.name in ("errno", "err")]
    if not found:
        yield Failure(("expect", "errno"), "the routine has no result called errno")
    else:
        yield from _result(outcome, found[0], wanted, ("expect", "errno"))


def _preserved(outcome: Outcome, wanted: list[str]) -> Iterator[Failure]:
    before, after = outcome.before, outcome.after
    for name in preserved(outcome.case):
        returned = outcome.ended.ending == Ending.RETURNED and name == "rsp"
        value = before[name] + (8 if returned else 0)  # RET takes the return address off
        if after[name] != value:
            message = f"expected {name} to be preserved ({value:#x}), but it is {after[name]:#x}"
            yield Failure(("expect", "preserved"), message, _last_change(outcome, name))


def _registers(outcome: Outcome, wanted: dict[str, int]) -> Iterator[Failure]:
    after = outcome.after
    for name, value in wanted.items():
        if after[name] != value & MASK64:
            message = f"expected {name} = {value}, but it is {decimal(after[name], 64)}"
            yield Failure(("expect", "registers", name), message, _last_change(outcome, name))


def _last_change(outcome: Outcome, name: str) -> int | None:
    found = None
    for index, step in enumerate(outcome.steps):
        if isinstance(step, Step) and any(change.name == name for change in step.changes):
            found = index
    return found


# Output and events --------------------------------------------------------------------------------


def _output(name: str, fd: int) -> Check:
    def check(outcome: Outcome, wanted: str) -> Iterator[Failure]:
        found = outcome.written(fd)
        if found != wanted.encode():
            message = f"expected {quoted(wanted.encode())} on {name}, but it wrote {quoted(found)}"
            yield Failure(("expect", name), message)

    return check


def _syscalls(outcome: Outcome, wanted: list[str]) -> Iterator[Failure]:
    seen = [seen for seen in outcome.events if isinstance(seen.event, SyscallDone)]
    texts = [seen.event.text for seen in seen]
    difference = first_difference(wanted, texts)
    if difference is None:
        return
    at, count = difference
    expected = wanted[at] if at < len(wanted) else None
    path = ("expect", "syscalls", min(at, len(wanted) - 1)) if wanted else ("expect", "syscalls")
    if count < len(texts):
        instead = f"expected {expected}" if expected is not None else "expected no further call"
        message = f"system call {count + 1}: {instead}, but it was {texts[count]}"
    elif expected == GAP:
        message = f"system call {count + 1}: what follows ... is missing: the run made {count} calls"
    else:
        message = f"system call {count + 1}: expected {expected}, but the run made only {count}"
    yield Failure(path, message, seen[count].step if count < len(seen) else None)


def _positions(outcome: Outcome, wanted: dict[str, int | str]) -> Iterator[Failure]:
    for pattern, position in wanted.items():
        path = ("expect", "positions", pattern)
        found = [seen for seen in outcome.events if matches(pattern, seen.event.text)]
        if not found:
            yield Failure(path, f"expected {pattern} at {position}, but there is no such event")
        elif not any(in_range(seen.position, position) for seen in found):
            at = ", ".join(str(seen.position) for seen in found[:4])
            yield Failure(path, f"expected {pattern} at {position}, but it is at {at}", found[0].step)


CHECKS: dict[str, Check] = {
    "ending": _ending,
    "exit": _exit,
    "results": _results,
    "errno": _errno,
    "syscalls": _syscalls,
    "signals": signals,
    "positions": _positions,
    "stdout": _output("stdout", 1),
    "stderr": _output("stderr", 2),
    "preserved": _preserved,
    "registers": _registers,
    "writes": writes,
    "memory": memory,
    "files": files,
    "file_changes": file_changes,
    "instructions": _instructions,
    "trace": trace,
}
