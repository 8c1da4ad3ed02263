"""How the two kernels enter a handler, and how it gets back: what lies at RSP, and the frame's structs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from emu.comparison import Comparison, Difference, Side
from kernel_stub.cpu import INDEX
from kernel_stub.events import SignalDelivered

ARGUMENTS = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
_FOR_SIGNAL = ("rdi", "rdx", "rsi")  # RSI may hold another small number: Darwin's infostyle


@dataclass(frozen=True, slots=True)
class Delivery:
    """A handler's entry in one run."""

    side: Side
    position: int
    event: SignalDelivered

    @property
    def entered(self) -> str:
        """The routine that the kernel enters."""
        return self._symbol(self.event.registers.rip)

    @property
    def handler(self) -> str:
        """The routine that sigaction named as handler."""
        return self._symbol(self.event.action.handler)

    @property
    def handler_register(self) -> str | None:
        """The register that holds the handler's address at entry, in capitals: whom the kernel enters has to
        call it. None where the kernel enters the handler itself."""
        return self._register(ARGUMENTS, self.event.action.handler)

    @property
    def signal_register(self) -> str:
        """The register that holds the signal's number at entry, in capitals."""
        return self._register(_FOR_SIGNAL, self.event.info.signal) or "no register"

    @property
    def return_address(self) -> str | None:
        """The routine that a RET at entry leads to; None where the kernel writes nothing at RSP."""
        event = self.event
        for piece in event.pieces:
            offset = event.registers.rsp - piece.address
            if 0 <= offset <= len(piece.data) - 8:
                return self._symbol(int.from_bytes(piece.data[offset : offset + 8], "little"))
        return None

    @property
    def structs(self) -> str:
        """The frame's structs with their sizes, from high addresses to low ones: the order of pushing."""
        placed = sorted(self.event.pieces, key=lambda piece: -piece.address)
        return ", ".join(f"{piece.layout.name} ({len(piece.data)} bytes)" for piece in placed)

    def _register(self, names: Iterable[str], value: int) -> str | None:
        values = self.event.registers.values
        return next((name.upper() for name in names if values[INDEX[name]] == value), None)

    def _symbol(self, address: int) -> str:
        placed = self.side.subject.program.symbol_at(address)
        return placed.symbol.name if placed else f"{address:#x}"


def deliveries(comparison: Comparison) -> list[tuple[Delivery, Delivery]]:
    """Entries of handlers for the same signals, in their order."""
    left, right = (
        [Delivery(side, position, event) for position, event in side.events if isinstance(event, SignalDelivered)]
        for side in (comparison.left, comparison.right)
    )
    found = []
    for mine in left:
        theirs = next((other for other in right if other.event.name == mine.event.name), None)
        if theirs is not None:
            right.remove(theirs)
            found.append((mine, theirs))
    return found


def numbers(comparison: Comparison) -> Iterator[Difference]:
    """Signals that were delivered under different numbers."""
    yield from _differing(
        comparison,
        "signal number",
        lambda one: str(one.event.info.signal),
        lambda a, b: f"{a.event.name} is signal {a.event.info.signal} on {a.side.name} and {b.event.info.signal} on "
        f"{b.side.name}.",
    )


def entries(comparison: Comparison) -> Iterator[Difference]:
    """What the kernel enters, and where the signal's number is then."""
    yield from _differing(
        comparison,
        "entry",
        lambda one: f"{one.handler_register} {one.signal_register}",
        lambda a, b: f"{_entry(a)}; {_entry(b)}.",
    )


def _entry(one: Delivery) -> str:
    if one.handler_register is None:
        what = f"the handler itself ({one.entered}), with the signal in {one.signal_register}"
        return f"{one.side.name}'s kernel enters {what}"
    return (
        f"{one.side.name}'s kernel enters a trampoline, sa_tramp ({one.entered}), with the handler ({one.handler}) in "
        f"{one.handler_register} and the signal in {one.signal_register}"
    )


def ways_back(comparison: Comparison) -> Iterator[Difference]:
    """What lies at RSP when the handler is entered."""
    yield from _differing(
        comparison,
        "way back",
        lambda one: str(one.return_address is not None),
        lambda a, b: f"{_way_back(a)}; {_way_back(b)}.",
    )


def _way_back(one: Delivery) -> str:
    if one.return_address is None:
        return (
            f"{one.side.name} puts no return address at RSP, so what it enters must not RET: it calls sigreturn "
            "itself, with the ucontext that it was given"
        )
    return f"{one.side.name} puts sa_restorer ({one.return_address}) at RSP, so a RET leads there, to sigreturn"


def frames(comparison: Comparison) -> Iterator[Difference]:
    """The structs of the frames, in their order."""
    yield from _differing(
        comparison,
        "frame order",
        lambda one: one.structs,
        lambda a, b: f"The frame holds, from high addresses to low ones, {a.structs} on {a.side.name}, and "
        f"{b.structs} on {b.side.name}.",
    )


def _differing(
    comparison: Comparison,
    name: str,
    shown: Callable[[Delivery], str],
    sentence: Callable[[Delivery, Delivery], str],
) -> Iterator[Difference]:
    """One difference for all pairs of deliveries of which `shown` is not the same, told by the first of them."""
    differing = [(a, b) for a, b in deliveries(comparison) if shown(a) != shown(b)]
    if differing:
        text = sentence(*differing[0])
        yield Difference(name, text, tuple(a.position for a, _ in differing), tuple(b.position for _, b in differing))
