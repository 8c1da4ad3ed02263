"""The exercises of notebook 05: SIGCHLD, SA_RESTART and EINTR."""

from __future__ import annotations

from checks import Exercise
from checks.families import DEFAULT, SA_RESTART, STOPS, WAITS, call, family, race, reaping
from emu import Code, Session, Trace, trace

SLEEPS = call("clock_gettime", 1, "before") + WAITS["nanosleep"] + call("clock_gettime", 1, "after")


def _undone(answer: object) -> str | None:
    if not isinstance(answer, dict) or set(answer) != {"rip", "rax"}:
        return "a dict with the two keys rip and rax is wanted"
    session = Session("restart")
    session.run(signal="SIGALRM")
    session.frame["uc_mcontext.rip"], session.frame["uc_mcontext.rax"] = answer["rip"], answer["rax"]
    rest = session.run(limit=5_000)
    made = [each for each in rest.calls if each.name != "rt_sigreturn"]
    if not made or made[0].name != "write":
        return f"after the handler comes {made[0].text if made else 'no call at all'}; {rest.ending}"
    negated = rest.find("NEGQ")
    if not negated or negated[0].after.rax != session.machine.kernel.personality.resolve("EINTR"):
        return f"the stub reports no EINTR: {f'errno {negated[0].after.rax}' if negated else 'a result'}"
    return None


undone = Exercise(
    _undone,
    "the frame is all that the kernel leaves of the interrupted call; whoever edits it decides what becomes of it.",
    (
        "eintr's frame is what you want restart's to be. In what do the two saved RIPs differ?",
        "RIP has to be behind the SYSCALL, whose two bytes were taken off. And RAX has to say \"EINTR\" as Linux does.",
        "EINTR is 4, so RAX is -4. RIP is the saved one plus 2: saved[\"uc_mcontext.rip\"] + 2.",
    ),
)


def cut(run: Trace, name: str) -> str | None:
    """Of which kind a call was when a signal cut it short: the name of the kernel's number, or None."""
    kinds = [each.result.restart for each in run.calls if each.name == name]
    return next((kind.name for kind in kinds if kind is not None), None)


def fate(run: Trace, name: str) -> str:
    """What became of a call: "again", "EINTR", or "result" if nothing cut it short."""
    if cut(run, name) is None:
        return "result"
    return "again" if any(each.text.startswith(f"{name} will be made again") for each in run.events) else "EINTR"


def _fates(answer: object) -> str | None:
    if not isinstance(answer, dict) or set(answer) != set(WAITS):
        return f"a dict with these keys is wanted: {', '.join(WAITS)}"
    runs = {name: trace(family(waits, flags=SA_RESTART)) for name, waits in WAITS.items()}
    wrong = [name for name, run in runs.items() if answer[name] != fate(run, name)]
    if not wrong:
        return None
    kind, right = cut(runs[wrong[0]], wrong[0]), len(WAITS) - len(wrong)
    why = f"the kernel cuts it short with {kind}" if kind else "it isn't cut short: what it waits for has happened"
    return f"{right} of {len(WAITS)} are right. {wrong[0]} is not {answer[wrong[0]]!r}: {why}"


fates = Exercise(
    _fates,
    "a list to know by heart: what waits for a signal, for several files, or for time, isn't made again.",
    (
        "signal(7) has the lists under \"Interruption of system calls and library functions by signal handlers\".",
        "Two calls would miss the point if they were made again: those that exist to wait for a signal. Two more wait "
        "with a limit of time: made again, they would wait the whole time anew.",
        "read and futex are made again. One call is never interrupted here: SIGCHLD comes of just what it waits for.",
    ),
)


def slept(seconds: int) -> float:
    """How many seconds a nanosleep of 5 takes if it is stopped at once, and goes on some seconds later."""
    session = Session(family(SLEEPS, action=DEFAULT, child=STOPS, seconds=seconds))
    session.run()
    begin, end = (session.word(name) + session.word(session.address(name) + 8) / 1e9 for name in ("before", "after"))
    return end - begin


def _stopped(answer: object) -> str | None:
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return "two numbers of seconds are wanted: (after a stop of 1 second, after a stop of 7 seconds)"
    for length, given in zip((1, 7), answer, strict=True):
        if not isinstance(given, (int, float)):
            return "numbers are wanted, without quotes"
        if abs(given - slept(length)) > 0.01:
            when = "earlier" if slept(length) < given else "later"
            return f"with a stop of {length} s the call returns {when} than {given} s after it was made"
    return None


stopped = Exercise(
    _stopped,
    "the kernel has noted when the sleep is to end. A stop doesn't change that; but nobody who is stopped can return.",
    (
        "restart_syscall has no arguments: what it needs is kept by the kernel. Is that a length, or a point in time?",
        "The sleep's end is fixed when it begins, 5 seconds later. Is it over when the parent is let go on?",
        "After 1 second it isn't over, and goes on to its end. After 7 seconds it is long over.",
    ),
)


def woken(code: Code, position: int) -> bool:
    """Whether a program ends if SIGCHLD arrives before the instruction at this position."""
    return trace(code, deliver=f"SIGCHLD@{position}").status is not None


def _losing(answer: object) -> str | None:
    if not isinstance(answer, (list, tuple, set, range)):
        return "a list of positions is wanted"
    if not all(isinstance(position, int) for position in answer):
        return "positions are numbers, without quotes"
    code = race(WAITS["pause"])
    run = trace(code)
    first = run.find("cmp")[0].position
    for position in range(first, len(run) + 2):
        before = f"before {run.at(position).text!r}" if position < len(run) else "in its sleep"
        if woken(code, position) and position in answer:
            return f"a signal at {position} reaches the program {before}, and it ends"
        if not woken(code, position) and position not in answer:
            return f"a signal at {position} reaches the program {before}, and it sleeps for ever"
    if any(position < first for position in answer):
        return f"positions from {first} on are asked for"
    if late := [position for position in answer if position > len(run) + 1]:
        return f"at {late[0]} it has long been asleep: a signal wakes it, and it ends"
    return None


losing = Exercise(
    _losing,
    "all of them lie behind the comparison. The program has decided to sleep, and doesn't sleep yet.",
    (
        "Run one: trace(looks, deliver=\"SIGCHLD@7\").status is None if the program never ends.",
        "A signal at position n arrives before the instruction at n. Before the cmp it isn't late. And in the sleep?",
        "[n for n in range(6, 12) if trace(looks, deliver=f\"SIGCHLD@{n}\").status is None]",
    ),
)


def _reaper(answer: object) -> str | None:
    if not isinstance(answer, str):
        return "the handler's source is wanted, a text"
    for children in (3, 1, 6):
        run = trace(reaping(answer, children), limit=20_000)
        reaped = [each.result.rax for each in run.calls if each.name == "wait4" and 0 < each.result.rax < 1 << 31]
        if any("waits for a child" in each.text for each in run.events):
            return f"with {children} children the handler goes to sleep in wait4, as one of them still runs"
        if len(reaped) < children:
            return f"of {children} children {len(reaped)} are waited for; it ends so: {run.ending}"
        if run.status is None or run.status.code != 0:
            return f"all children are waited for, but {run.ending}: does `word` count them?"
    return None


reaper = Exercise(
    _reaper,
    "a signal says that something happened, not how often. Who takes one has to look at everything.",
    (
        "How many children has the handler to wait for? It can't know: it has to try until there are no more.",
        "wait4 with WNOHANG (1, its third argument) doesn't sleep: it answers 0 if children run, -10 (ECHILD) if there "
        "are none.",
        "After the call: `test eax, eax`, then `jle` to the `ret`, else count, and `jmp handler`.",
    ),
)
