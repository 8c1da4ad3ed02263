"""The exercises of notebook 02: the same call on Darwin."""

from __future__ import annotations

from checks import Exercise, as_what
from checks.n01 import signed
from emu import Code, Session, Trace, assemble, sweep, trace
from kernel_stub.darwin.syscall_names import SYSCALLS as DARWIN
from kernel_stub.linux.syscall_names import SYSCALLS as LINUX

STUB = "rawsyscall"
HOST = "darwin"


def _code(answer: object) -> Code:
    """What an exercise asks to be written: a source, or what `assemble` made of it."""
    return answer if isinstance(answer, Code) else assemble(str(answer))


def _classed(answer: object) -> str | None:
    if not isinstance(answer, int):
        return "a number is wanted"
    session = Session(STUB, "getpid", system=HOST)
    session.run(syscall="getpid")
    if session.registers.rax == answer:
        return None
    right, session.registers.rax = session.registers.rax, answer
    if answer % (1 << 32) == right:
        return f"xnu reads only EAX, the lower half of RAX, and that is right; leave the upper half of {answer:#x} 0"
    return f"with {answer:#x} in RAX, Darwin's kernel does this: {'; '.join(e.text for e in session.step().events)}"


classed = Exercise(
    _classed,
    "class 2 in bits 24 to 31, number 20 below.",
    (
        "Two parts: the class of BSD calls, and the number of getpid, which is in the table above.",
        "The class is added: 0x2000000 plus the number.",
        "0x2000000 + 20, or stop a Session with run(syscall=\"getpid\") and look at registers.rax.",
    ),
)


def _shared(answer: object) -> str | None:
    if not isinstance(answer, int):
        return "a number is wanted"
    if answer in LINUX and LINUX[answer] == DARWIN.get(answer):
        return None
    names = (names.get(answer, "no call at all") for names in (LINUX, DARWIN))
    return "{} is {} on Linux, and {} on Darwin".format(answer, *names)


shared = Exercise(
    _shared,
    "the only number of some hundreds that means the same on both.",
    (
        "LINUX and DARWIN are dicts from numbers to names. For which numbers are the names equal?",
        "A comprehension over LINUX does it; DARWIN.get(number) is None where Darwin has no such call.",
        "[number for number in LINUX if DARWIN.get(number) == LINUX[number]]",
    ),
)


def _negative(answer: object) -> str | None:
    runs = {system: trace(STUB, "close", 99, system=system, returns=-9) for system in ("linux", HOST)}
    if not isinstance(answer, dict) or set(answer) != set(runs):
        return "a dict with the keys linux and darwin is wanted"
    for system, run in runs.items():
        pair = answer[system]
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            return f"a pair is wanted for {system.capitalize()}: (r1, errno)"
        if not _is_result(*pair, run):
            meaning = "an error" if run.errno else "a result"
            return f"{pair} isn't what the stub makes of it on {system.capitalize()}, where -9 is {meaning}"
    return None


def _is_result(r1: object, errno: object, run: Trace) -> bool:
    """Whether r1, signed or not, and errno, a number or a name, are what a run returned."""
    return signed(r1) == run.result["r1"] and errno in (run.result["errno"], run.errno or 0)


negative = Exercise(
    _negative,
    "the same 64 bits are an error for one system and a result for the other.",
    (
        "On Linux RAX alone decides. On Darwin the carry flag does, and RAX is not looked at.",
        "Clear carry: Darwin's stub jumps to ok1 and stores AX as it is.",
        "trace(\"rawsyscall\", \"close\", 99, returns=-9, system=\"darwin\").result shows it.",
    ),
)


def _ported(answer: object) -> str | None:
    code = _code(answer)
    for name in ("EBADF", "ENOENT"):
        run = trace(code, "close", 99, 0, 0, system=HOST, returns=None if name == "EBADF" else name)
        if not len(run.result):
            return f"close(99) doesn't come back: {'; '.join(event.text for event in run.events) or run.ending}"
        if run.errno != name or run.result["r1"] != -1:
            return f"where the kernel says {name}, it should report r1 = -1 and {name}, and reports: {run.result}"
    asked = trace(code, "getpid", 0, 0, 0, system=HOST).calls[0]
    if asked.name != "getpid":
        return f"called with the number of getpid, it asks for {asked.text}"
    for found in sweep(code, "close", 99, 0, 0, system=HOST).differing:
        flag = "set" if found.carry else "clear"
        taken, meant = as_what(found.routine.value), as_what(found.kernel.value)
        return f"with the carry flag {flag} it takes an answer for {taken} that means {meant}"
    return None


ported = Exercise(
    _ported,
    "the class before, JCC behind, and no negation.",
    (
        "Three things differ: what goes into RAX, what the jump asks, and what becomes of AX in the error's branch.",
        "ADDQ $0x2000000, AX before the SYSCALL; JCC in place of CMPQ and JLS; no NEGQ.",
        "Start from the listing of Darwin's RawSyscall above, and keep the names of the slots.",
    ),
)


def _born(answer: object) -> str | None:
    run = trace(_code(answer), system=HOST)
    slot, parent = next(iter(run.result), "r"), run[0].thread
    given = {step.thread: write.value for step in run for write in step.writes if write.name == slot}
    child = next((step.thread for step in run if step.thread != parent), None)
    if child is None:
        return f"there is no second process; the run ends so: {run.ending}"
    for name, process, wanted in (("parent", parent, child), ("child", child, 0)):
        if given.get(process) != wanted:
            return f"in the {name} it returns {given.get(process, 'nothing')}, not {wanted}"
    return None


born = Exercise(
    _born,
    "what every C program expects of fork, made of what Darwin's kernel gives.",
    (
        "RAX is the same in both processes. RDX tells them apart.",
        "Behind SYSCALL: if DX is not 0, this is the child, and AX has to become 0.",
        "TESTQ DX, DX, then JEQ to a label in front of the last MOVQ, and MOVQ $0, AX in between.",
    ),
)
