"""The exercises of notebook 03: the signal frame, byte by byte."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product

from checks import Exercise
from checks.toy import COUNT, SIGSEGV, program
from emu import Session
from emu.frontends.notebook.registers import Registers

ZF = 0x40
AREA, XMM0 = 580, 160  # bytes of the XSAVE area with its mark, and what lies before XMM0
USR1 = "SIGUSR1"
NEITHER = "a function is wanted: its name, without parentheses"


class Bare:
    """A session of which only registers and raw memory can be had."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def registers(self) -> Registers:
        return self._session.registers

    def read(self, address: int, size: int = 8) -> bytes:
        return self._session.read(_number(address), size)

    def word(self, address: int, size: int = 8) -> int:
        return self._session.word(_number(address), size)

    def __getattr__(self, name: str) -> object:
        raise AttributeError(f"only registers, read and word are there to be used, and no {name}")


def _number(address: object) -> int:
    if not isinstance(address, int):
        raise TypeError(f"use addresses here, and no names such as {address!r}")
    return address


@cache
def _counting() -> int:
    """How many instructions the toy program has when nobody interrupts it."""
    return len(Session(program(COUNT)).run())


def _interrupted(position: int) -> Session:
    """The toy program, where the handler of a signal at that position begins."""
    session = Session(program(COUNT), deliver=f"{USR1}@{position}")
    session.run(signal=USR1)
    return session


def _lost_flag(answer: object) -> str | None:
    if not isinstance(answer, int) or not 10 <= answer <= _counting():
        return f"a position from 10 to {_counting()} is wanted, after the handler is installed"
    session = _interrupted(answer)
    following = session.name(session.frame["uc_mcontext.rip"])
    session.frame["uc_mcontext.eflags"] ^= ZF
    status = session.run(limit=500).status
    if status is None or status.code != 42:
        return None
    return f"with ZF inverted at {following} the program still exits with 42: nothing there asks for ZF"


lost_flag = Exercise(
    _lost_flag,
    "the next instruction is JNE, and ZF is its only source.",
    (
        "Which instruction of the loop reads the flags, and which one writes them for it?",
        "The signal has to come between DECQ and JNE.",
        "In the trace above, take the position in front of any JNE.",
    ),
)


def _place(answer: object) -> str | None:
    if not callable(answer):
        return NEITHER
    for below in (0, 8, 1, 16, 30, 32, 40, 71, 64, 200, 333):
        session = Session(program(COUNT), deliver=f"{USR1}@20")
        session.run(position=19)
        session.registers.rsp -= below
        rsp = session.registers.rsp
        session.run(signal=USR1)
        said, right = answer(rsp), session.registers.rsp
        if not isinstance(said, int):
            return f"for RSP = {rsp:#x} your function gives {said!r}; a number is wanted"
        if said != right:
            where = f"{abs(said - right)} bytes too {'high' if said > right else 'low'}"
            return f"for RSP = {rsp:#x} the frame is at {right:#x}; your function says {said:#x}, {where}"
    return None


place = Exercise(
    _place,
    "the same for every stack pointer that was tried, crooked ones too.",
    (
        "Four steps, from the top down: 128 bytes, the XSAVE area, the rt_sigframe, the return address's 8.",
        "x // 64 * 64 rounds down to a multiple of 64.",
        "top = rsp - 128; area = (top - 580) // 64 * 64; then the same with 440 and 16; then 8 less.",
    ),
)


def _judge_reader(answer: object, sessions: list[Session], truth: Callable[[Session], int]) -> str | None:
    """Whether a function that sees registers and memory only finds a value in each of the sessions."""
    if not callable(answer):
        return NEITHER
    for session in sessions:
        said, right = answer(Bare(session)), truth(session)
        if isinstance(said, bytes):
            return "the bytes have to become a number: int.from_bytes(..., \"little\"), or session.word(address)"
        if said != right:
            found = f"{said:#x}" if isinstance(said, int) else repr(said)
            named = [path for path in session.frame if session.frame[path] == said]
            known = f", which is what {named[0]} holds" if named and said else ""
            return f"in one of the frames it is {right:#x}, and your function says {found}{known}"
    return None


def _saved_rip(answer: object) -> str | None:
    sessions = [_interrupted(position) for position in (12, 17, 20)]
    for name in ("sigsegv", "sigchld"):
        session = Session(name)
        session.run(signal=name.upper())
        sessions.append(session)
    return _judge_reader(answer, sessions, lambda session: session.frame["uc_mcontext.rip"])


saved_rip = Exercise(
    _saved_rip,
    "found with nothing but RDX and a count, as a handler without a header file has to do it.",
    (
        "Which register of the handler points at the ucontext?",
        "uc_flags and uc_link are 8 bytes each; stack_t is 24 bytes, as its int is padded. There begins uc_mcontext.",
        "In uc_mcontext RIP is the 17th word: 16 come before it. 40 + 16 * 8 from RDX.",
    ),
)

FAULTS = {
    "read": ("MOVQ $0xdead0000, SI\nMOVQ (SI), AX", "MOVQ $0x10, SI\nMOVB (SI), AX"),
    "write": ("MOVQ $0xdead0000, SI\nMOVQ AX, (SI)", "MOVQ $_start(SB), SI\nMOVQ AX, (SI)"),
    "execute": ("MOVQ $0xdead0000, SI\nJMP SI", "MOVQ $data<>(SB), SI\nJMP SI"),
}


def _kind(answer: object) -> str | None:
    if not callable(answer):
        return NEITHER
    for kind, number in product(FAULTS, (0, 1)):
        session = Session(program(FAULTS[kind][number], signal=SIGSEGV))
        session.run(signal="SIGSEGV")
        said, err = answer(session.frame), session.frame["uc_mcontext.err"]
        if said != kind:
            return f"this frame is of a fault that wanted to {kind}, with err = {err:#x}; your function says {said!r}"
    return None


kind = Exercise(
    _kind,
    "two bits decide, whether a page was there or not.",
    (
        "Which bits of err differ between the three programs above, and which say the same each time?",
        "Bit 0 only says whether a page was there. Bits 1 and 4 say what was wanted.",
        "err & 16: execute. Otherwise err & 2: write. Otherwise read.",
    ),
)


def _xmm0(answer: object) -> str | None:
    sessions = []
    for value in (0x123456789ABCDEF0, 7, 2**64 - 2):
        session = Session(program(COUNT.replace("$7", f"${value:#x}")), deliver=f"{USR1}@20")
        session.run(position=19)
        session.registers.rbx = 0  # the loop has a copy of XMM0 in it
        session.run(signal=USR1)
        sessions.append(session)
    _move_area(sessions[-1])
    return _judge_reader(answer, sessions, lambda session: session.word(session.frame["uc_mcontext.fpstate"] + XMM0))


def _move_area(session: Session) -> None:
    """Puts the XSAVE area elsewhere, as a handler may: rt_sigreturn follows the pointer."""
    area = session.frame["uc_mcontext.fpstate"]
    saved, elsewhere = session.read(area, AREA), area - 2048
    session.write(elsewhere, saved)
    session.write(area, bytes(AREA))
    session.frame["uc_mcontext.fpstate"] = elsewhere


xmm0 = Exercise(
    _xmm0,
    "a pointer from the ucontext, and 160 bytes on.",
    (
        "Don't count: the frame holds the area's address. In which field?",
        "uc_mcontext.fpstate holds its address. frame.offset_of says how far that is from the frame's start, at RSP.",
        "session.word(session.word(session.registers.rsp + 0xe8) + 160)",
    ),
)


def _darwin_rip(answer: object) -> str | None:
    sessions = []
    for name in ("sigsegv", "sigchld", "sigquit"):
        session = Session(name, system="darwin")
        session.run(signal=name.upper())
        sessions.append(session)
    return _judge_reader(answer, sessions, lambda session: session.frame["ss.rip"])


darwin_rip = Exercise(
    _darwin_rip,
    "one pointer more than on Linux: the ucontext says where the mcontext is.",
    (
        "R8 holds the address of the ucontext. Does the ucontext hold the registers?",
        "It holds a pointer, uc_mcontext64, 48 bytes from its start. frame.offset_of says where ss.rip lies.",
        "session.word(session.word(session.registers.r8 + 48) + 144)",
    ),
)
