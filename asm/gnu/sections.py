"""Sections while a source is read: bytes, branches whose size is still open, padding, labels.

When the source is read, `Sections.offsets` settles every branch (short where its target is in reach,
as GNU as does) and with it every label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from asm.gnu.expressions import Value
from asm.gnu.statements import Part
from asm.program import SourceLine, SymbolKind

SECTION_ALIGN = 16  # a section starts at least as aligned as any routine or datum asks for

# The no-operation of each length that GNU as pads code with (generic 64-bit tuning).
NOPS = (
    "90",
    "6690",
    "0f1f00",
    "0f1f4000",
    "0f1f440000",
    "660f1f440000",
    "0f1f8000000000",
    "0f1f840000000000",
    "660f1f840000000000",
    "662e0f1f840000000000",
    "66662e0f1f840000000000",
)


@dataclass(frozen=True, slots=True)
class Fixup:
    """A field whose value needs the layout. `end`: where a PC-relative field's instruction ends.

    `column` is where a mistake about the value points to.
    """

    offset: int  # from the start of its fragment
    length: int
    value: Value
    relative: bool
    end: int
    column: int


@dataclass(slots=True)
class Chunk:
    """Bytes of settled size, from one statement."""

    source: SourceLine
    data: bytes
    fixups: list[Fixup] = field(default_factory=list)
    is_code: bool = False

    def size(self, offset: int) -> int:
        return len(self.data)


@dataclass(slots=True)
class Branch:
    """A jump: `short` is its opcode before a 1-byte distance, `long` before a 4-byte one (or empty)."""

    source: SourceLine
    short: bytes
    long: bytes
    target: Value
    column: int
    grown: bool = False

    def size(self, offset: int) -> int:
        return len(self.long) + 4 if self.grown else len(self.short) + 1


@dataclass(slots=True)
class Padding:
    """Up to the next multiple of `align`; nothing if that takes more than `most` bytes (0: any)."""

    source: SourceLine
    align: int
    fill: int | None  # None: what suits the section
    most: int

    def size(self, offset: int) -> int:
        gap = -offset % self.align
        return 0 if self.most and gap > self.most else gap

    def content(self, offset: int, executable: bool) -> bytes:
        gap = self.size(offset)
        if self.fill is not None or not executable:
            return bytes([self.fill or 0]) * gap
        return no_operations(gap)


Fragment = Chunk | Branch | Padding


def no_operations(size: int) -> bytes:
    """Code that does nothing, in `size` bytes: the longest instructions first."""
    whole, rest = divmod(size, len(NOPS))
    return bytes.fromhex(NOPS[-1]) * whole + (bytes.fromhex(NOPS[rest - 1]) if rest else b"")


@dataclass(slots=True)
class Section:
    """A named section: its fragments in order, and where its labels stand among them."""

    name: str
    kind: SymbolKind | None  # None: not part of the program (notes, debug information)
    fragments: list[Fragment] = field(default_factory=list)
    align: int = SECTION_ALIGN

    def offsets(self) -> list[int]:
        """Where each fragment starts, and at last the section's size, with branches as they are now."""
        found, at = [], 0
        for fragment in self.fragments:
            found.append(at)
            at += fragment.size(at)
        found.append(at)
        return found


@dataclass(frozen=True, slots=True)
class Label:
    """A label stands before the fragment of that index; `hidden` ones (.L, 1:, .) make no symbol."""

    section: Section
    index: int
    where: Part
    source: SourceLine
    hidden: bool


Resolve = Callable[[Value], Value]


@dataclass(slots=True)
class Layout:
    """The sections' final offsets, and what a label or an expression comes to in them."""

    labels: dict[str, Label]
    offsets: dict[str, list[int]]

    def place(self, name: str) -> tuple[Section, int] | None:
        """The section and offset of a label, or None for an undefined one."""
        label = self.labels.get(name)
        return (label.section, self.offsets[label.section.name][label.index]) if label else None

    def reduce(self, value: Value) -> Value:
        """The value with differences of labels in one section taken out."""
        constant = value.constant
        terms = dict(value.terms)
        for name, factor in value.terms.items():
            for other, against in value.terms.items():
                if terms.get(name, 0) > 0 > terms.get(other, 0) and factor == -against:
                    here, there = self.place(name), self.place(other)
                    if here and there and here[0] is there[0]:
                        constant += factor * (here[1] - there[1])
                        del terms[name], terms[other]
        return Value(constant, terms)


def settle(sections: list[Section], labels: dict[str, Label], resolve: Resolve) -> Layout:
    """Grow the branches that don't reach until all do; `resolve` replaces names by their values."""
    while True:
        layout = Layout(labels, {section.name: section.offsets() for section in sections})
        grown = [
            branch
            for section in sections
            for branch, start in zip(section.fragments, layout.offsets[section.name], strict=False)
            if isinstance(branch, Branch)
            and branch.long
            and not branch.grown
            and not reaches(branch, start, section, layout, resolve)
        ]
        if not grown:
            return layout
        for branch in grown:
            branch.grown = True


def reaches(branch: Branch, start: int, section: Section, layout: Layout, resolve: Resolve) -> bool:
    """Whether the branch's short form gets to its target, which must lie in the same section."""
    target = resolve(branch.target)
    found = layout.place(target.symbol) if target.symbol else None
    if found is None or found[0] is not section:
        return False
    distance = found[1] + target.constant - (start + len(branch.short) + 1)
    return -128 <= distance <= 127


def fixed_distance(first: Label, last: Label) -> int | None:
    """Bytes from `first` to `last` if nothing between them can still change, as while reading."""
    if first.section is not last.section or first.index > last.index:
        return None
    between = first.section.fragments[first.index : last.index]
    if not all(isinstance(fragment, Chunk) for fragment in between):
        return None
    return sum(fragment.size(0) for fragment in between)
