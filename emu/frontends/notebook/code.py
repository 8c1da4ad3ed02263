"""Sources assembled on the spot, and listings of what is linked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from asm import AssemblyErrors, Object, Program, assemble_text, link, stubs
from asm.linker import ENTRY_NAMES
from asm.program import SymbolKind
from asm.sources import DIALECTS
from asm.stubs import UnknownStub
from emu.errors import TargetError, UserError
from emu.frontends.notebook.rich import Block, Column, Rich, Row, Span, Table, close_to, elided
from emu.frontends.wording import source_text, symbol_text
from emu.machine import Machine
from emu.start import Subject
from emu.target import SYSTEMS, SourceOptions, Sources, Target, find_run, from_text, resolve, sources_of

NAME = "notebook.s"  # what a source without a file is called in messages
SHOWN = 200  # rows of a listing
WIDEST, FIRST = 16, 8  # bytes of a row; those that are shown of a wider one
_COLUMNS = (Column("address", number=True), Column("bytes"), Column("line", number=True), Column("source"))


class SourceError(UserError):
    """What is wrong with a source, with line and column."""


@contextmanager
def user_errors() -> Iterator[None]:
    """Turns what asm raises for a user's mistakes into UserErrors."""
    try:
        yield
    except AssemblyErrors as errors:
        raise SourceError(str(errors)) from None
    except UnknownStub as error:
        raise TargetError(f"{error} (targets() shows all; a routine of a file is FILE.s:SYMBOL)") from None


def known_system(system: str) -> str:
    """The system's name. Raises UserError for any other."""
    if system not in SYSTEMS:
        raise UserError(f"there is no system {system!r}: {close_to(str(system), SYSTEMS)}")
    return system


class Listing(Rich):
    """Machine code with addresses, bytes and source lines. `program` is what was linked."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def blocks(self) -> Iterator[Block]:
        rows: list[Row | Span] = []
        for placed in self.program:
            symbol = placed.symbol
            rows.append(Span(f"{symbol_text(symbol)}:", "heading"))
            for line in symbol.lines:
                address, source = placed.address + line.offset, line.source
                code = _hex(self.program.read(address, line.size))
                rows.append(Row((f"{address:x}", code, str(source.line), source_text(source))))
        yield Table("", _COLUMNS, elided(rows, SHOWN))


def _hex(data: bytes) -> str:
    """Bytes, or the first of many and how many they are."""
    return data.hex(" ") if len(data) <= WIDEST else f"{data[:FIRST].hex(' ')} ... {len(data)} bytes"


class Code(Rich):
    """A source that was assembled: `trace(code)` runs it, `code["f"]` is one of its routines.

    `text` is the source, `routines` are the names of its routines.

    >>> from emu import assemble, trace
    >>> code = assemble('''
    ... TEXT twice(SB),7,$0
    ...     MOVQ x+0(FP), AX
    ...     ADDQ AX, AX
    ...     MOVQ AX, r+8(FP)
    ...     RET
    ... ''')
    >>> trace(code, 21).result
    r = 42
    """

    def __init__(self, text: str, name: str, options: SourceOptions, symbol: str = "") -> None:
        self.text, self.name, self.options, self.symbol = text, name, options, symbol
        with user_errors():
            self._object: Object = assemble_text(
                text, name, dialect=options.dialect, include_dirs=options.include_dirs, defines=options.defines,
                package=options.package,
            )  # fmt: skip
            self.program = link([self._object], allow_undefined=True)

    @property
    def routines(self) -> tuple[str, ...]:
        """The names of the routines, in the order of the source."""
        return tuple(symbol_text(s) for s in self._object.symbols if s.kind is SymbolKind.TEXT)

    @property
    def _offered(self) -> tuple[str, ...]:
        """The routines; in a file where every label is a symbol, those that it declares `.globl`, if any."""
        texts = [s for s in self._object.symbols if s.kind is SymbolKind.TEXT]
        declared = tuple(symbol_text(s) for s in texts if not s.static) if self._object.rigid else ()
        return declared or self.routines

    def __getitem__(self, symbol: str) -> Code:
        """One routine of the source, to be run. Raises UserError for an unknown one."""
        if symbol not in self.routines:
            raise UserError(f"{self.name} has no routine {symbol!r}: {close_to(symbol, self.routines)}")
        return Code(self.text, self.name, self.options, symbol)

    @property
    def chosen(self) -> str:
        """The routine that is meant; "" for a program, which has a `_start`. Raises UserError."""
        if self.symbol:
            return self.symbol
        if any(name in self.program.symbols for name in ENTRY_NAMES):
            return ""
        found = self._offered
        if len(found) == 1:
            return found[0]
        if not found:
            raise UserError(f"{self.name} has no routine")
        choices = " or ".join(f"code[{name!r}]" for name in found[:4])
        raise UserError(f"{self.name} has {len(found)} routines: say which, as in {choices}")

    def load(self, machine: Machine, arguments: Sequence[str]) -> Subject:
        """The routine entered, or the program at its start. Raises UserError, AssemblyErrors."""
        if self.chosen:
            from emu import arguments as typed

            call = self.target().prepare(machine)
            call.enter(typed.parse_all(arguments, call.arguments, machine.kernel.personality))
            return call
        from emu.loaders.process import arguments as argv
        from emu.loaders.program import PROCESSES, executable

        start = PROCESSES[machine.kernel.personality.name]
        return start(machine, executable(self.name, link([self._object])), argv(self.name, arguments), {})

    def target(self) -> Target:
        """The routine, linked. Raises UserError, AssemblyErrors."""
        return from_text(self.name, self.text, self._routine, self.options)

    def sources(self) -> Sources:
        """The routine as contracts and mutants want it. Raises UserError, AssemblyErrors."""
        return sources_of(self.name, self.text, self._routine, self.options)

    @property
    def _routine(self) -> str:
        if not self.chosen:
            raise UserError(f"{self.name} is a program; say which of its routines, as in code[{self.routines[0]!r}]")
        return self.chosen

    def blocks(self) -> Iterator[Block]:
        yield from Listing(self.program).blocks()


def assemble(
    source: str,
    *,
    dialect: str | None = None,
    name: str = NAME,
    defines: Mapping[str, str] | None = None,
    arguments: int | None = None,
    results: int | None = None,
) -> Code:
    """Assembles a source. `dialect` is "go" (unless the first line says another), "go2008", "intel" or "att".

    `arguments` and `results` count 8-byte stack slots, where the source doesn't name them (`x+0(FP)`). Raises
    UserError with line, column and a caret for what is wrong.

    >>> from emu import assemble
    >>> code = assemble('''
    ... getpid:
    ...     mov eax, 39
    ...     syscall
    ...     ret
    ... ''', dialect="intel")
    >>> code
    address  bytes           line  source
    getpid:
     400000  b8 27 00 00 00     3  mov     eax, 39
     400005  0f 05              4  syscall
     400007  c3                 5  ret
    """
    if not isinstance(source, str):
        raise UserError(f"a source is a text, not {source!r}")
    if dialect is not None and dialect not in DIALECTS:
        raise UserError(f"there is no dialect {dialect!r}: {close_to(dialect, DIALECTS)}")
    return Code(source, name, SourceOptions(dialect, (), defines or {}, None, arguments, results))


def listing(target: str | Code | Program, system: str = "linux") -> Listing:
    """The code of a stub, a shipped program, `FILE.s:SYMBOL`, or of what was assembled. Raises UserError.

    >>> from emu import listing
    >>> [placed.symbol.name for placed in listing("rawsyscall").program]
    ['syscall.RawSyscall']
    """
    if isinstance(target, Program):
        return Listing(target)
    if isinstance(target, Code):
        return Listing(target.program)
    if not isinstance(target, str):
        raise UserError(f"{target!r} has no listing: name a stub or a program, or assemble a source")
    with user_errors():
        run = find_run(target, known_system(system))
        return Listing(stubs.linked(run) if run is not None else resolve(target, system).program)
