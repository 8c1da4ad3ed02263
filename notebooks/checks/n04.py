"""The exercises of notebook 04: sigreturn."""

from __future__ import annotations

from checks import Exercise
from checks.toy import COUNT, EXIT, OVERFLOWN, SIGSEGV, program
from emu import Code, Session, Trace, trace
from emu.frontends.notebook.frame import Frame
from kernel_stub.process import ExitStatus

USR1 = "SIGUSR1"
ENOUGH = 200  # instructions that a program of this notebook may take
GOOD = ExitStatus(code=42)
FAULTS = f"MOVQ $42, DI\nMOVQ $0xdead0000, SI\nMOVQ (SI), AX\n{EXIT}"
LONG = COUNT.replace("$6", "$1000000000")


def _edited(session: Session, signal: str, edit: object) -> Trace:
    """The rest of the run, after an edit of the frame at the handler's first instruction."""
    if not callable(edit):
        raise TypeError("a function that edits a frame is wanted: its name, without parentheses")
    session.run(signal=signal)
    edit(session.frame)
    return session.run(limit=ENOUGH)


def _skip(answer: object) -> str | None:
    rest = _edited(Session(program(FAULTS, signal=SIGSEGV)), "SIGSEGV", answer)
    if rest.status == GOOD:
        return None
    again = sum(delivery.signal == "SIGSEGV" for delivery in rest.deliveries)
    if again:
        return f"the program goes on at {_resumed(rest)}, faults again, and its handler is called {again} times more"
    return f"the program goes on at {_resumed(rest)}, and then: {rest.ending or 'it does not end'}"


def _resumed(rest: Trace) -> str:
    return f"{rest.sigreturns[0].registers.rip:#x}" if rest.sigreturns else "no place at all"


skip = Exercise(
    _skip,
    "the program goes on behind the load, and never learns what it should have got.",
    (
        "Which field of the frame says where the program goes on? What does it hold now?",
        "It holds the address of the load itself. The listing shows how many bytes that has.",
        "frame[\"uc_mcontext.rip\"] += 3",
    ),
)


def _early(answer: object) -> str | None:
    session = Session(program(LONG), deliver=f"{USR1}@20")
    rest = _edited(session, USR1, answer)
    if rest.sigreturns and rest.sigreturns[0].registers.rip != session.trace.deliveries[0].before.rip:
        return "the program goes on somewhere else: leave RIP alone, and let the loop find its own end"
    if rest.status is None:
        return f"the loop still runs after {ENOUGH} instructions more: {rest.ending}"
    return None if rest.status.code is not None else f"the loop doesn't end, the program does: {rest.ending}"


early = Exercise(
    _early,
    "the loop's own DECQ and JNE end it.",
    (
        "Which register does the loop count down, and for which value does JNE not jump?",
        "The next instruction is DECQ CX. What must CX be, so that it becomes 0?",
        "frame[\"uc_mcontext.rcx\"] = 1",
    ),
)


def _hold(answer: object) -> str | None:
    session = Session(program(COUNT), deliver=[f"{USR1}@20", f"{USR1}@30"])
    rest = _edited(session, USR1, answer)
    if rest.status != GOOD:
        return f"the program no longer exits with 42: {rest.ending}"
    if rest.deliveries:
        mask = rest.sigreturns[0].frame["uc_sigmask"]
        return f"the mask comes back as {mask:#x}, and the second signal is delivered, too"
    return None


hold = Exercise(
    _hold,
    "the second signal waits for ever, as the mask that came back blocks it.",
    (
        "Which field becomes the mask when the handler returns?",
        "A signal n is bit n - 1 of uc_sigmask. SIGUSR1 is 10.",
        "frame[\"uc_sigmask\"] |= 1 << 9",
    ),
)


def _no_return(answer: object) -> str | None:
    if not isinstance(answer, str):
        return "a text is wanted: the handler's instructions, one a line"
    code = program(COUNT, handler=f"{answer}\nINT $3", flags=0x4000004)
    run = trace(code, deliver=f"{USR1}@20", limit=ENOUGH)
    if any(step.routine == "restorer" for step in run):
        return "the restorer runs: do yourself what it does"
    if any(step.text == "RET" for step in run):
        return "a RET runs: do without"
    if run.status == GOOD and run.sigreturns:
        return None
    restored = [happening.text for happening in run.sigreturns]
    return f"{'; '.join(restored) or 'no frame is taken back'}; then: {run.ending}"


no_return = Exercise(
    _no_return,
    "a RET to the restorer is one way to rt_sigreturn, and not the only one.",
    (
        "What do the RET and the restorer do, one instruction after the other?",
        "RET moves RSP up by 8, and the kernel looks for the frame 8 below RSP.",
        "ADDQ $8, SP, then what the restorer does.",
    ),
)


def _forged(answer: object) -> str | None:
    if not isinstance(answer, Frame):
        return "a frame is wanted: forge(slot, {...})"
    if b"\n" in bytes(answer):
        return "the program reads one line, and a byte of this frame is 10, which ends it"
    code = program(OVERFLOWN)
    run = trace(code, stdin=b"." * 32 + bytes(answer), limit=ENOUGH)
    if run.status == GOOD and run.sigreturns:
        return None
    if not run.sigreturns:
        where = _arrived(code, run)
        return f"no frame is taken back: the RET leads to {where}"
    registers = run.sigreturns[0].registers
    return f"RIP becomes {registers.rip:#x} and RAX {registers.rax}; then: {run.ending}"


def _arrived(code: Code, run: Trace) -> str:
    steps = run.find("RET")
    rip = steps[0].after.rip if steps else 0
    return Session(code).name(rip) or f"{rip:#x}"


forged = Exercise(
    _forged,
    "a SYSCALL of the restorer's, once for rt_sigreturn, and once more for what the forger wants.",
    (
        "A system call needs RAX, RDI and a SYSCALL. rt_sigreturn sets the first two; where is a SYSCALL?",
        "In the restorer, 5 bytes from its start: that becomes RIP. exit_group is 231.",
        "pretcode: restorer; uc_mcontext.rip: restorer + 5; uc_mcontext.rax: 231; uc_mcontext.rdi: 42.",
    ),
)
