"""The exercises of notebook 01: SYSCALL and errno."""

from __future__ import annotations

from checks import Exercise, as_what
from emu import Code, Session, Trace, assemble, sweep, trace
from emu.errors import CallError

FAR = 1 << 63  # answers are signed 64-bit numbers
KNOWN = "rawsyscall"


def _code(answer: object) -> Code:
    """What an exercise asks to be written: a source, or what `assemble` made of it."""
    return answer if isinstance(answer, Code) else assemble(str(answer))


def _registers_in(answer: object) -> str | None:
    names = ("rax", "rdi", "rsi")
    if not isinstance(answer, dict) or set(answer) != set(names):
        return f"a dict with the three keys {', '.join(names)} is wanted"
    if not all(isinstance(value, int) for value in answer.values()):
        return "numbers are wanted, without quotes"
    session = Session(KNOWN, "dup2", 1, 7)
    session.run(syscall="dup2")
    if all(session.registers[name] == answer[name] for name in names):
        return None
    for name in names:
        session.registers[name] = answer[name]
    asked = session.step().calls[0].text
    return f"with these registers the kernel is asked for {asked}"


registers_in = Exercise(
    _registers_in,
    "the number in RAX, the arguments in RDI and RSI: to the kernel that is dup2(1, 7).",
    (
        "Only RAX says which call is meant. RawSyscall takes it from 8(SP), the slot of `trap`.",
        "A Session can stop in front of a SYSCALL: session.run(syscall=\"dup2\"), then look at session.registers.",
        "trace(\"rawsyscall\", \"dup2\", 1, 7) shows in its title which number dup2 has.",
    ),
)


def _fourth(answer: object) -> str | None:
    code = _code(answer)
    for size, wanted in ((8, 0), (7, -22)):
        try:
            run = trace(code, "SIGCHLD", 0, "&32", size)
        except CallError as error:
            unread = [slot for slot in ("sig", "new", "old", "size") if f"{slot}+" not in code.text]
            return f"it reads no {' and no '.join(unread)} from its slot" if unread else str(error)
        if not run.calls:
            return f"it makes no system call; the run ends so: {run.ending}"
        if list(run.result.values()) != [wanted]:
            return f"called with size {size}, the kernel says: {run.calls[0].text}"
        new, old = (argument.value for argument in run.calls[0].arguments[1:3])
        if new or not old:
            return f"called with new = 0 and an address for old, it asks for: {run.calls[0].text}"
    return None


fourth = Exercise(
    _fourth,
    "R10 stands in for RCX, which SYSCALL needs for itself.",
    (
        "Which register does SYSCALL overwrite before the kernel can read it?",
        "syscall(2) has a table of argument registers: look at the row x86-64 and the column arg4.",
        "Move the size to R10 instead of CX.",
    ),
)


def _unsigned(answer: object) -> str | None:
    step = trace(KNOWN, "close", 99, returns="ENOENT").find("SYSCALL")[0]
    if answer == step.after.rax:
        return None
    if answer == step.after.signed("rax"):
        return f"{answer} is right when the register is read as signed; what is wanted are its 64 bits as unsigned"
    run = trace(KNOWN, "close", 99, returns=signed(answer))
    said = run.errno or f"no error, and r1 = {run.result.r1}"
    return f"with {answer:#x} in RAX the stub reports {said}" if isinstance(answer, int) else "a number is wanted"


def signed(value: object) -> int:
    """A 64-bit value as a two's-complement number. Raises ValueError for what has no 64 bits."""
    if not isinstance(value, int) or not -FAR <= value < 2 * FAR:
        raise ValueError(f"{value!r} is no 64-bit number")
    return value - 2 * FAR if value >= FAR else value


unsigned = Exercise(
    _unsigned,
    "2 to the power of 64, less 2.",
    (
        "ENOENT is 2. Which number does the kernel put into RAX?",
        "-2 and 2**64 - 2 have the same 64 bits.",
        "hex(-2 % 2**64) is how Python writes them.",
    ),
)


def _believed(answer: object) -> str | None:
    if not isinstance(answer, Trace) or not answer.calls:
        return "a trace is wanted: trace(by_sign, \"close\", 99, returns=...)"
    meant = answer.calls[0].event.result.error
    if answer.errno is None and not answer.result["errno"]:
        return f"the stub takes this answer for a result: {answer.result}"
    if meant is not None:
        return f"the stub takes this answer for an error, and the kernel means one, too: {answer.calls[0].text}"
    return None


believed = Exercise(
    _believed,
    "the kernel meant a result, and a test of the sign makes an error of it.",
    (
        "The answer has to be negative, so that the sign says error.",
        "The kernel's errors end somewhere. What is far below all of them?",
        "Try returns=-5000, or the smallest 64-bit number.",
    ),
)


def _is_error(value: int) -> bool:
    return bool(trace(KNOWN, "close", 99, returns=value).result["errno"])


def _border(answer: object) -> str | None:
    value = signed(answer)
    result = trace(KNOWN, "close", 99, returns=value).result
    if not _is_error(value):
        return f"answered {value}, the stub takes it for a result: {result}"
    if _is_error(value - 1):
        return f"{value} counts as an error, but so does {value - 1}"
    return None


border = Exercise(
    _border,
    "one answer further down is taken for a result.",
    (
        "JLS jumps to success when AX is lower than the constant, or the same.",
        "Read as signed, the constant is -4095. Does the jump happen for -4095 itself?",
        "trace(\"rawsyscall\", \"close\", 99, returns=-4095) runs it; then try the numbers beside it.",
    ),
)


def _mended(answer: object) -> str | None:
    code = _code(answer)
    for found in sweep(code, "close", 99).differing:
        between = str(found.first) if found.first == found.last else f"{found.first} to {found.last}"
        taken, meant = as_what(found.routine.value), as_what(found.kernel.value)
        return f"it takes {between} for {taken}, where the kernel means {meant}"
    for name in ("EBADF", "ENOENT"):
        run = trace(code, "close", 99, returns=name)
        if run.errno != name:
            return f"the border is right, but where the kernel says {name}, it reports: {run.result}"
    return None


mended = Exercise(
    _mended,
    "the stub and the kernel agree on every answer that was tried.",
    (
        "The constant is right, if equality counts as an error. Which jump leaves equality out?",
        "Plan 9 names the unsigned conditions JCS (lower), JLS (lower or same), JHI (higher), JCC (higher or same).",
        "Replace JLS by JCS. Or leave the jump and compare with one less, 0xfffffffffffff000.",
    ),
)
