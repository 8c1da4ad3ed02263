"""Two runs of one program, state by state: what differs, and what was taken for equal though it isn't."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, field

from tests.oracle.signals import native
from tests.oracle.signals.emulated import GENERAL, Emulated, State
from tests.oracle.signals.native import Kind, Watched

FEATURES = 3  # XSAVE components that the emulated processor has: x87 and SSE
UC_RDI, UC_RSP, UC_ERR, UC_TRAPNO, UC_FPSTATE, UC_FROM_FRAME = 104, 160, 192, 200, 224, 8
FOP, MXCSR_MASK, SW_XFEATURES, SW_XSTATE_SIZE, HEADER, EXTENDED = 6, 28, 472, 480, 512, 576
SIGTRAP, DEBUG = 5, 1
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
    """A frame just made at `address`, in the host's memory and in ours, and what may differ in it."""

    address: int
    watched: Watched
    their_memory: bytes
    our_memory: bytes
    exempt: dict[tuple[int, int], str]

    def native(self, address: int, size: int) -> bytes:
        """Bytes of the host's frame."""
        return self.watched.bytes(self.their_memory, address, size)

    def ours(self, address: int, size: int) -> bytes:
        """The same bytes of ours."""
        return self.watched.bytes(self.our_memory, address, size)

    def excuse(self, address: int, size: int) -> str | None:
        """The normalisation that covers all of these bytes."""
        return next(
            (name for (start, stop), name in self.exempt.items() if start <= address and address + size <= stop), None
        )


class Comparison:
    """`exempt` are addresses whose bytes may differ from the start, with the normalisation's name.

    The first `keep_frames` frames are kept in `frames`. `dumps` tells whether the host writes core files.
    """

    def __init__(
        self,
        theirs: native.Run,
        ours: Emulated,
        exempt: dict[str, range],
        *,
        keep_frames: int = 0,
        dumps: bool = True,
    ) -> None:
        self.theirs, self.ours, self.dumps = theirs, ours, dumps
        self.keep_frames = keep_frames
        self.frames: list[FramePair] = []
        self.watched = theirs.watched
        self.memory = bytearray(self.watched.size)
        self.exempt: dict[tuple[int, int], str] = {(r.start, r.stop): name for name, r in exempt.items()}
        self.verdict = Verdict()
        self.place = "before the first instruction"
        self._address = 0
        self._shifted = False  # AF differs since a shift
        self._before = (b"", b"")
        at = [self.watched.offset(part.start) or 0 for part in exempt.values()]
        self._clocks = [slice(a, a + len(part)) for a, part in zip(at, exempt.values(), strict=True)]

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
            self._exempt_in_frame(frame, signal, mine)
            saved = (self.watched.word(self.memory, frame + UC_FROM_FRAME + field) for field in (UC_RSP, UC_RDI))
            frame, signal = saved
        if state.frames and len(self.frames) < self.keep_frames:
            pair = FramePair(
                state.registers["rsp"], self.watched, bytes(self.memory), mine.memory, dict(self.exempt)
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
        """`plain` where no frame was made: then even exempt bytes must not change differently."""
        theirs = bytearray(self.memory)
        if theirs != ours:
            for (start, stop), name in self.exempt.items():
                at = self.watched.offset(start)
                assert at is not None
                part = slice(at, at + stop - start)
                if theirs[part] != ours[part] and not (plain and self._written(ours, part)):
                    self._normalise(name)
                    theirs[part] = ours[part]
            if theirs != ours:
                self._list_bytes(theirs, ours)
        self._before = (bytes(self.memory), ours)

    def _written(self, ours: bytes, part: slice) -> bool:
        """Whether a byte that differs changed since the state before, in either memory. Clocks may differ."""
        theirs, (their_old, our_old) = self.memory, self._before
        if part in self._clocks or (theirs[part] == their_old[part] and ours[part] == our_old[part]):
            return False
        return any(
            theirs[at] != ours[at] and (theirs[at] != their_old[at] or ours[at] != our_old[at])
            for at in range(part.start, part.stop)
        )

    def _list_bytes(self, theirs: bytes, ours: bytes) -> None:
        words = [at for at in range(0, len(ours), 8) if theirs[at : at + 8] != ours[at : at + 8]]
        for at in words[:SHOWN]:
            mine, other = (struct.unpack_from("<Q", memory, at)[0] for memory in (ours, theirs))
            self._differ(f"[{self._name(self.watched.address(at))}]", hex(other), hex(mine))
        if len(words) > SHOWN:
            self._differ("memory", f"{len(words)} words differ", "")

    def _exempt_in_frame(self, frame: int, signal: int, mine: State) -> None:
        """What may differ in the frame of a signal just delivered."""
        context = frame + UC_FROM_FRAME
        if signal != SIGTRAP and self.watched.word(self.memory, context + UC_TRAPNO) == DEBUG:
            self.exempt[context + UC_ERR, context + UC_TRAPNO + 8] = "trapno and err: the tracer's last step"
        fpstate = self.watched.word(self.memory, context + UC_FPSTATE)
        if not fpstate or fpstate != self.watched.word(mine.memory, context + UC_FPSTATE):
            return
        size = self.watched.word(self.memory, fpstate + SW_XSTATE_SIZE) & 0xFFFF_FFFF
        for offset in (SW_XFEATURES, HEADER):
            theirs, ours = (self.watched.word(memory, fpstate + offset) for memory in (self.memory, mine.memory))
            if theirs & FEATURES == ours:
                self.exempt[fpstate + offset, fpstate + offset + 8] = "XSAVE components: x87 and SSE alone"
        self.exempt[fpstate + FOP, fpstate + FOP + 18] = "XSAVE: FOP, FIP and FDP of the last x87 instruction"
        self.exempt[fpstate + MXCSR_MASK, fpstate + MXCSR_MASK + 4] = "XSAVE: MXCSR_MASK"
        self.exempt[fpstate + EXTENDED, fpstate + size] = "XSAVE: the state of components beyond SSE"

    def _compare_ends(self, leaping: bool) -> None:
        for _ in range(STEPS_OF_A_LEAP if leaping else 1):
            if self.ours.next_state() is None:
                break
        else:
            self._differ("the run", self.theirs.ending, "goes on")
            return
        self._compare_memory(self.ours.snapshot(), plain=False)
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
