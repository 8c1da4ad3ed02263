"""A signal frame by its fields: offset, size, name, value, and what the value says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from emu.annotate import Labels
from emu.errors import UserError
from emu.frontends.notebook import meaning
from emu.frontends.notebook.memory import Memory
from emu.frontends.notebook.picture import StackPicture
from emu.frontends.notebook.rich import Block, Column, Folded, Rich, Table, UnknownName, close_to
from emu.frontends.wording import number
from kernel_stub.events import FramePiece, SignalDelivered
from kernel_stub.layout import Field
from kernel_stub.personality import Personality

Store = Callable[[int, bytes], None]
_COLUMNS = (
    Column("offset", number=True), Column("address", number=True), Column("size", number=True), Column("field"),
    Column("value", long=True), Column("meaning", prose=True),
)  # fmt: skip
_FOLDED = ("_xstate", "_fpstate_64")  # x87 and SSE registers: seldom what is looked for
_MOST = 48  # hexadecimal digits of an array


class Frame(Rich, Mapping[str, int]):
    """A signal frame: `frame["uc_mcontext.rip"]` is a field's value, `bytes(frame)` are its bytes from the lowest
    address up, `frame.address` is that address.

    The frame of a Session can be written to: `session.frame["uc_mcontext.rip"] = 0x400030`.

    >>> from emu import trace
    >>> frame = trace("sigsegv").deliveries[0].frame
    >>> hex(frame["uc_mcontext.cr2"]), frame.size_of("si_addr")
    ('0xf1', 8)
    >>> repr(frame) == f"{frame.picture}\\n\\n{frame.table}"
    True
    """

    def __init__(
        self,
        pieces: Sequence[FramePiece],
        names: Labels,
        system: Personality,
        *,
        event: SignalDelivered | None = None,
        store: Store | None = None,
    ) -> None:
        self._names, self._system, self._event, self._store = names, system, event, store
        self._take(pieces)

    def _take(self, pieces: Sequence[FramePiece]) -> None:
        self.pieces = tuple(pieces)
        self._fields = {
            path: (piece, field) for piece in pieces for path, field in piece.layout.fields.items() if path
        }

    @property
    def address(self) -> int:
        """Its lowest address."""
        return min((piece.address for piece in self.pieces), default=0)

    def __getitem__(self, path: str) -> int:
        """A field's value as an unsigned number. Raises UnknownName."""
        piece, field = self._field(path)
        return int.from_bytes(piece.data[field.offset : field.offset + field.size], "little")

    def __setitem__(self, path: str, value: int) -> None:
        piece, field = self._field(path)
        if self._store is None:
            raise UserError("this frame is a record of the run; that of a Session can be written to: session.frame")
        bits = 8 * field.size
        if not -(1 << bits - 1) <= value < 1 << bits:
            raise UserError(f"{path} is {field.size} bytes wide; {value} does not fit")
        data = (value & (1 << bits) - 1).to_bytes(field.size, "little")
        self._store(piece.address + field.offset, data)
        changed = bytearray(piece.data)
        changed[field.offset : field.offset + field.size] = data
        new = FramePiece(piece.address, piece.layout, bytes(changed), piece.unwritten)
        self._take([new if each is piece else each for each in self.pieces])

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __bytes__(self) -> bytes:
        end = max((piece.address + len(piece.data) for piece in self.pieces), default=0)
        image = bytearray(end - self.address)
        for piece in self.pieces:
            image[piece.address - self.address : piece.address - self.address + len(piece.data)] = piece.data
        return bytes(image)

    def address_of(self, path: str) -> int:
        """Where a field lies in memory."""
        piece, field = self._field(path)
        return piece.address + field.offset

    def offset_of(self, path: str) -> int:
        """How far a field is from the start of its struct."""
        return self._field(path)[1].offset

    def size_of(self, path: str) -> int:
        """A field's size in bytes."""
        return self._field(path)[1].size

    @property
    def memory(self) -> Memory:
        """Its bytes word by word, with the fields that begin in each."""
        labels = Labels()
        labels.frames.append(self.pieces)
        return Memory(self.address, bytes(self), labels.name)

    @property
    def picture(self) -> StackPicture:
        """Its place on the stack, drawn to scale. Raises UserError for a frame of which no delivery is known."""
        if self._event is None:
            raise UserError("only the frame of a delivery has a place to be drawn: trace(...).deliveries")
        return StackPicture(self._event)

    @property
    def table(self) -> FieldTable:
        """Its fields without the picture."""
        return FieldTable(self, self._names, self._system)

    def blocks(self) -> Iterator[Block]:
        if self._event is not None:
            yield from self.picture.blocks()
        yield from self.table.blocks()

    def _field(self, path: str) -> tuple[FramePiece, Field]:
        if path not in self._fields:
            raise UnknownName(f"the frame has no field {path!r}: {close_to(path, self._fields)}")
        return self._fields[path]


class FieldTable(Rich):
    """A frame's fields, struct by struct: offset, address, size, name, value, and what the value says."""

    def __init__(self, frame: Frame, names: Labels, system: Personality) -> None:
        self._frame, self._names, self._system = frame, names, system

    def blocks(self) -> Iterator[Block]:
        for piece in self._frame.pieces:
            where = f"{piece.address:#x}..{piece.address + len(piece.data) - 1:#x}"
            table = Table(f"{piece.layout.name}: {len(piece.data)} bytes, {where}", _COLUMNS)
            for path, field in piece.layout.fields.items():
                place = f"+{field.offset:#x}", f"{piece.address + field.offset:#x}", field.size
                table.add(*place, path or "(padding)", *self._shown(piece, field))
            yield Folded(f"{table.caption}: every field", table) if piece.layout.name in _FOLDED else table

    def _shown(self, piece: FramePiece, field: Field) -> tuple[str, str]:
        data = piece.data[field.offset : field.offset + field.size]
        if field.path in piece.unwritten:
            return "", "not written: what was there before"
        if field.size != field.item:
            text = data.hex() if any(data) else f"{field.size} zero bytes"
            return (text if len(text) <= _MOST else f"{text[:_MOST]}..."), ""
        value = int.from_bytes(data, "little")
        return number(value, 8 * field.size), meaning.of(field.path, self._frame, self._names, self._system)
