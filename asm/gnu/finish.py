"""From a file's sections to its Object: bytes, relocations, and a symbol from each label to the next."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from asm.gnu.expressions import Value
from asm.gnu.sections import Branch, Chunk, Fixup, Label, Layout, Padding, Section, settle
from asm.program import LineEntry, Object, Relocation, RelocationKind, SourceLine, Symbol, SymbolKind

if TYPE_CHECKING:
    from asm.gnu.unit import Unit


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a symbol begins."""

    offset: int
    name: str
    source: SourceLine


def finish(unit: Unit) -> Object:
    """The unit's Object; what is wrong with values and targets goes to the unit's errors."""
    sections = [section for section in unit.sections.values() if section.kind is not None]
    layout = settle(list(unit.sections.values()), unit.labels, unit.final)
    starts = {section.name: _starts(section, layout) for section in sections}
    made = Object(unit.path, rigid=True)
    builder = _Builder(unit, layout, starts)
    for section in sections:
        made.symbols += builder.symbols(section)
    made.symbols += unit.commons
    known = {symbol.name for symbol in made.symbols}
    targets = {relocation.target for symbol in made.symbols for relocation in symbol.relocations}
    made.references = {
        name: source for name, (source, _) in unit.first_use.items() if name in targets and name not in known
    }
    return made


def _starts(section: Section, layout: Layout) -> list[_Start]:
    """The section's symbols in order; what comes before the first label goes by the section's name."""
    offsets = layout.offsets[section.name]
    found = [
        _Start(offsets[label.index], name, label.source)
        for name, label in layout.labels.items()
        if label.section is section and not label.hidden
    ]
    found.sort(key=lambda start: start.offset)
    if offsets[-1] and (not found or found[0].offset):
        found.insert(0, _Start(0, section.name, section.fragments[0].source))
    return found


class _Builder:
    def __init__(self, unit: Unit, layout: Layout, starts: dict[str, list[_Start]]) -> None:
        self._unit, self._layout, self._starts = unit, layout, starts
        self._data = bytearray()
        self._relocations: list[Relocation] = []
        self._near: list[tuple[int, str]] = []  # offsets that refer to a symbol of their own section
        self._lines: list[LineEntry] = []

    def symbols(self, section: Section) -> list[Symbol]:
        """The section's symbols with their bytes."""
        self._fill(section)
        starts = self._starts[section.name]
        if not starts:
            return []
        ends = [start.offset for start in starts[1:]] + [len(self._data)]
        return [
            self._symbol(section, start, end, following)
            for start, end, following in zip_longest(starts, ends, starts[1:])
        ]

    def _symbol(self, section: Section, start: _Start, end: int, following: _Start | None) -> Symbol:
        assert section.kind is not None
        at = start.offset
        near = [name for offset, name in self._near if at <= offset < end]
        if following and following.name not in self._unit.globals:
            near.append(following.name)  # a label inside, as far as the source tells
        return Symbol(
            name=start.name,
            kind=section.kind,
            data=b"" if section.kind is SymbolKind.BSS else bytes(self._data[at:end]),
            size=end - at,
            source=start.source,
            align=1 if at else section.align,
            static=start.name not in self._unit.globals,
            relocations=[
                Relocation(r.offset - at, r.length, r.target, r.kind, r.addend)
                for r in self._relocations
                if at <= r.offset < end
            ],
            lines=[
                LineEntry(line.offset - at, line.size, line.source)
                for line in self._lines
                if at <= line.offset < end
            ],
            near=near,
        )

    def _fill(self, section: Section) -> None:
        """The section's bytes, relocations and lines, all counted from the section's start."""
        self._data, self._relocations, self._near, self._lines = bytearray(), [], [], []
        executable = section.kind is SymbolKind.TEXT
        for fragment in section.fragments:
            start = len(self._data)
            if isinstance(fragment, Padding):
                self._data += fragment.content(start, executable)
            elif isinstance(fragment, Branch):
                self._branch(section, fragment, start)
            else:
                self._chunk(section, fragment, start)
            size = len(self._data) - start
            if size:
                self._lines.append(LineEntry(start, size, fragment.source))

    def _branch(self, section: Section, branch: Branch, start: int) -> None:
        opcode = branch.long if branch.grown else branch.short
        length = 4 if branch.grown else 1
        end = len(opcode) + length
        fixup = Fixup(len(opcode), length, branch.target, True, end, branch.column)
        self._chunk(section, Chunk(branch.source, opcode + bytes(length), [fixup]), start)

    def _chunk(self, section: Section, chunk: Chunk, start: int) -> None:
        self._data += chunk.data
        if section.kind is SymbolKind.BSS and any(chunk.data):
            self._unit.complain(1, f"{section.name} holds zeros only", chunk.source)
        for fixup in chunk.fixups:
            self._fixup(section, chunk, fixup, start)

    def _fixup(self, section: Section, chunk: Chunk, fixup: Fixup, start: int) -> None:
        value = self._layout.reduce(self._unit.final(fixup.value))
        at = start + fixup.offset
        addend = value.constant - ((fixup.end - fixup.offset) if fixup.relative else 0)
        relative = fixup.relative
        if not relative and len(value.terms) == 2:
            value, addend, relative = self._against_here(section, value, at)
        if not value.terms and not relative:
            self._store(chunk, fixup, at, value.constant)
            return
        target = self._target(chunk, fixup, value)
        if target is None:
            return
        name, inside = target
        place = self._layout.place(name)
        if relative and place and place[0] is section:
            self._near.append((at, self._symbol_holding(place)[0]))
            self._store(chunk, fixup, at, place[1] + addend - at)
            return
        if place:
            name, inside = self._symbol_holding(place)
        if fixup.length not in (4, 8):
            here = "is too far away for this jump" if relative else "needs 4 or 8 bytes"
            self._unit.complain(fixup.column, f"{_shown(name)} {here}", chunk.source)
            return
        kind = RelocationKind.PCREL if relative else RelocationKind.ABSOLUTE
        self._relocations.append(Relocation(at, fixup.length, name, kind, addend + inside))

    def _against_here(self, section: Section, value: Value, at: int) -> tuple[Value, int, bool]:
        """`symbol - label` with the label in this section: relative to the field, if that is what it is."""
        minus = next((name for name, factor in value.terms.items() if factor == -1), None)
        place = self._layout.place(minus) if minus else None
        if minus is None or place is None or place[0] is not section:
            return value, value.constant, False
        rest = Value(value.constant, {n: f for n, f in value.terms.items() if n != minus})
        return rest, value.constant + at - place[1], True

    def _target(self, chunk: Chunk, fixup: Fixup, value: Value) -> tuple[str, int] | None:
        """The one symbol that a field refers to; None, with a mistake noted, for anything else."""
        name = value.symbol
        label: Label | None = self._layout.labels.get(name) if name else None
        if name is None:
            self._unit.complain(fixup.column, "this is neither a number nor an address", chunk.source)
        elif label is None and name.startswith(".L"):
            self._unit.complain(fixup.column, f"undefined label {_shown(name)}", chunk.source)
        elif label is not None and label.section.kind is None:
            self._unit.complain(fixup.column, f"{_shown(name)} is not in the program", chunk.source)
        else:
            return name, 0
        return None

    def _symbol_holding(self, place: tuple[Section, int]) -> tuple[str, int]:
        """The symbol at a section's offset, and the distance into it."""
        section, offset = place
        starts = self._starts[section.name]
        if not starts:  # only hidden labels, and not a byte: nothing to point into
            return section.name, offset
        start = starts[max(bisect_right([start.offset for start in starts], offset) - 1, 0)]
        return start.name, offset - start.offset

    def _store(self, chunk: Chunk, fixup: Fixup, at: int, value: int) -> None:
        bits = 8 * fixup.length
        top = 1 << (bits - 1 if fixup.relative else bits)
        if not -(1 << (bits - 1)) <= value < top:
            what = "a distance" if fixup.relative else "a value"
            message = f"{what} of {value:#x} doesn't fit {fixup.length} byte{'s'[: fixup.length > 1]}"
            self._unit.complain(fixup.column, message, chunk.source)
            return
        field = (value & ((1 << bits) - 1)).to_bytes(fixup.length, "little")
        self._data[at : at + fixup.length] = field


def _shown(name: str) -> str:
    """A label as the source writes it: numeric ones carry their count inside."""
    visible, _, count = name.partition("\0")
    return visible.removeprefix(".L") + ":" if count else visible
