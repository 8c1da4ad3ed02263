"""Two runs of one program, state by state: what differs, and what was taken for equal though it isn't."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.oracle.signals import native
from tests.oracle.signals.emulated import GENERAL, Emulated, State
from tests.oracle.signals.exemptions import Exemptions
from tests.oracle.signals.native import Kind, Watched

UC_RDI, UC_RSP, UC_FROM_FRAME = 104, 160, 8
ADJUST, RESUME = 0x10, 0x10000  # RFLAGS.AF, RFLAGS.RF
SHIFTS = frozenset(("shl", "shr", "sar"))
STEPS_OF_A_LEAP = 10_000
SHOWN = 8  # differences of one state that are listed


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the runs part: the number of the state, the instruction, and what differs how."""

    step: int
    place: str
    what: str
    native: str
    ours: str

    def __str__(self) -> str:
        return f"state {self.step}, {self.place}: {self.what}: native {self.native}, ours {self.ours}"


@dataclass(slots=True)
class Verdict:
    """Differences of the first state that has any; how many states were equal; which normalisations were used."""

    differences: list[Difference] = field(default_factory=list)
    states: int = 0
    normalised: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class FramePair:
    """A frame just made at `address`, in the host's memory and in ours; `excuses` names what may differ."""

    address: int
    watched: Watched
    their_memory: bytes
    our_memory: bytes
    excuses: Callable[[int, int], str | None]

    def native(self, address: int, size: int) -> bytes:
        """Bytes of the host's frame."""
        return self.watched.bytes(self.their_memory, address, size)

    def ours(self, address: int, size: int) -> bytes:
        """The same bytes of ours."""
        return self.watched.bytes(self.our_memory, address, size)


class Comparison:
    """`clocks` are addresses whose bytes may differ at any time, with the normalisation's name.

    The first `keep_frames` frames are kept in `frames`. `dumps` tells whether the host writes core files.
    """

    def __init__(
        self,
        theirs: native.Run,
        ours: Emulated,
        clocks: dict[str, range],
        *,
        keep_frames: int = 0,
        dumps: bool = True,
    ) -> None:
        self.theirs, self.ours, self.dumps = theirs, ours, dumps
        self.keep_frames = keep_frames
        self.frames: list[FramePair] = []
        self.watched = theirs.watched
        self.memory = bytearray(self.watched.size)
        self.exempt = Exemptions(self.watched, clocks)
        self.verdict = Verdict()
        self.place = "before the first instruction"
        self._address = 0
        self._shifted = False  # AF differs since a shift

    def run(self) -> Verdict:
        """Compares until the first difference or the end."""
        leaping = False
        for index, state in enumerate(self.theirs.states):
            self.watched.patch(self.memory, state.changes)
            if state.kind is Kind.SIGNAL_AT_LEAP:
                leaping = True
            elif state.kind is Kind.STOPPED and index + 1 < len(self.theirs.states):
                self._continue()
            elif state.kind in (Kind.STATE, Kind.LEAPT):
                self._advance(state, leaping or state.kind is Kind.LEAPT)
                leaping = False
            if self.verdict.differences:
                return self.verdict
        self._compare_ends(leaping)
        return self.verdict

    def _continue(self) -> None:
        """The program stopped, and the tracer sent SIGCONT."""
        if self.ours.next_state() is None and self.ours.ending.startswith("stopped"):
            self.ours.send_continue()
        else:
            self._differ("the run", "stops", self.ours.ending)

    def _advance(self, state: native.State, leap: bool) -> None:
        mine = self._next(state, leap)
        if mine is None:
            self._differ("the run", "goes on", self.ours.ending)
            return
        self._compare(state, mine)
        self.verdict.states += 1
        self._address = state.registers["rip"]
        self.place = self.ours.place(self._address)

    def _next(self, state: native.State, leap: bool) -> State | None:
        wanted = state.registers["rip"], state.registers["rsp"]
        for _ in range(STEPS_OF_A_LEAP):
            mine = self.ours.next_state()
            if not leap or mine is None or (mine.registers["rip"], mine.registers["rsp"]) == wanted:
                return mine
        return None

    def _compare(self, state: native.State, mine: State) -> None:
        frame, signal = state.registers["rsp"], state.registers["rdi"]
        for _ in range(state.frames):
            self.exempt.add_frame(frame, signal, self.memory, mine.memory)
            saved = (self.watched.word(self.memory, frame + UC_FROM_FRAME + field) for field in (UC_RSP, UC_RDI))
            frame, signal = saved
        if state.frames and len(self.frames) < self.keep_frames:
            pair = FramePair(
                state.registers["rsp"], self.watched, bytes(self.memory), mine.memory, self.exempt.covering
            )
            self.frames.append(pair)
        self._compare_registers(state, mine)
        self._compare_memory(mine.memory, plain=not state.frames)

    def _compare_registers(self, state: native.State, mine: State) -> None:
        for name in GENERAL:
            theirs, ours = state.registers[name], mine.registers[name]
            if theirs == ours:
                self._shifted = self._shifted and name != "rflags"
                continue
            if not self.verdict.states and name == "rsp":
                self._normalise("RSP before the program loads its own")
            elif state.kind is Kind.LEAPT and name in ("rcx", "r11"):
                self._normalise("RCX and R11 where a stretch that was not stepped ends in a SYSCALL")
            elif name == "rflags" and theirs ^ ours == RESUME and state.registers["rip"] == self._address:
                self._normalise("RF between the iterations of a REP instruction")
            elif name == "rflags" and theirs ^ ours == ADJUST and self._undefined():
                self._normalise("AF after a shift, which leaves it undefined")
            else:
                self._differ(name, hex(theirs), hex(ours))

    def _undefined(self) -> bool:
        """Whether AF is what a shift left, and nothing has set it since."""
        self._shifted = self._shifted or self.ours.mnemonic(self._address) in SHIFTS
        return self._shifted

    def _compare_memory(self, ours: bytes, *, plain: bool) -> None:
        theirs, used = self.exempt.reconcile(self.memory, ours, plain=plain)
        for name in used:
            self._normalise(name)
        if theirs != ours:
            self._list_bytes(theirs, ours)

    def _list_bytes(self, theirs: bytes, ours: bytes) -> None:
        words = [at for at in range(0, len(ours), 8) if theirs[at : at + 8] != ours[at : at + 8]]
        for at in words[:SHOWN]:
            mine, other = (struct.unpack_from("<Q", memory, at)[0] for memory in (ours, theirs))
            self._differ(f"[{self._name(self.watched.address(at))}]", hex(other), hex(mine))
        if len(words) > SHOWN:
            self._differ("memory", f"{len(words)} words differ", "")

    def _compare_ends(self, leaping: bool) -> None:
        for _ in range(STEPS_OF_A_LEAP if leaping else 1):
            if self.ours.next_state() is None:
                break
        else:
            self._differ("the run", self.theirs.ending, "goes on")
            return
        memory = self.ours.snapshot()
        if self.theirs.states[-1].kind is Kind.FINAL:
            rsp = self.theirs.states[-1].registers["rsp"]
            self.exempt.add_failed_frame(rsp, self.ours.xsave_bytes, self.memory, memory)
        self._compare_memory(memory, plain=False)
        ending = self.ours.ending
        if ending.startswith("dumped") and not self.dumps:
            self._normalise("the core flag: this host writes no core files")
            ending = ending.replace("dumped", "killed")
        for what, theirs, ours in (
            ("the end", self.theirs.ending, ending),
            ("the output", str(self.theirs.output), str(self.ours.output)),
        ):
            if theirs != ours:
                self._differ(what, theirs, ours)

    def _name(self, address: int) -> str:
        placed = self.ours.program.symbol_at(address)
        return f"{placed.symbol.name}+{address - placed.address:#x}" if placed else hex(address)

    def _normalise(self, name: str) -> None:
        self.verdict.normalised[name] += 1

    def _differ(self, what: str, theirs: str, ours: str) -> None:
        self.verdict.differences.append(Difference(self.verdict.states, self.place, what, theirs, ours))
