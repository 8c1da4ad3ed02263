"""One source file of the Intel or AT&T front end, from its text to its Object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from asm.errors import AssemblyError, AssemblyErrors
from asm.gnu import directives, instructions
from asm.gnu.expressions import Value, evaluate
from asm.gnu.finish import finish
from asm.gnu.sections import Chunk, Fragment, Label, Section, fixed_distance
from asm.gnu.statements import Comments, Part, Statement, SyntaxMistake, split
from asm.program import Object, SourceLine, Symbol, SymbolKind

Evaluate = Callable[[Part], Value]
INCLUDE_DEPTH = 20


class Syntax(Protocol):
    """Operands of one syntax; `att` says which of Keystone's syntaxes the texts are for."""

    att: bool

    def __init__(self, evaluate: Evaluate, is_number: Callable[[Value], bool]) -> None: ...

    def target(self, part: Part) -> Value | None: ...

    def operand(self, part: Part, mnemonic: str) -> instructions.Operand: ...


class Unit:
    """What is known of a file while it is read: sections, labels, values, mistakes."""

    def __init__(
        self,
        path: str,
        syntax: type[Syntax],
        include_dirs: Sequence[str],
        defines: Mapping[str, str],
        comments: Comments,
    ) -> None:
        self.path, self.include_dirs = path, include_dirs
        self._comments, self._depth = comments, 0
        self.errors: list[AssemblyError] = []
        self.sections: dict[str, Section] = {}
        self.labels: dict[str, Label] = {}
        self.values: dict[str, Value] = {}
        self.assigned: set[str] = set(defines)  # names with a value anywhere in the file
        self.globals: set[str] = set()
        self.commons: list[Symbol] = []
        self.first_use: dict[str, tuple[SourceLine, int]] = {}
        self._locals: dict[int, int] = {}  # how often a numeric label was defined so far
        self._dots = 0
        self.source = SourceLine(path, 1, "")  # of the statement being read
        self.section = self.enter(".text", SymbolKind.TEXT)
        self.use_syntax(syntax)
        for name, text in defines.items():
            self._define(name, text)

    def use_syntax(self, syntax: type[Syntax]) -> None:
        """Read operands in this syntax from here on."""
        self._syntax = syntax(self.evaluate, self._is_number)

    def _define(self, name: str, text: str) -> None:
        def known(other: str) -> Value:
            if other not in self.values:
                hint = f"to name a symbol write .set {name}, {other} in the source"
                raise SyntaxMistake(1, f"{other} has no value before the source: a number is needed; {hint}")
            return self.values[other]

        try:
            self.values[name] = evaluate(Part(text or "1", 1), known)
        except SyntaxMistake as mistake:
            message = f"the definition {name}={text}: {mistake.message}"
            self.errors.append(AssemblyError(self.path, 1, 1, message, ""))

    def assemble(self, text: str) -> Object:
        """The whole file. Raises AssemblyErrors with everything found."""
        self.read(self.path, text)
        unit = finish(self)
        if self.errors:
            raise AssemblyErrors(sorted(self.errors, key=lambda e: (e.file != self.path, e.file, e.line)))
        return unit

    def read(self, path: str, text: str) -> None:
        """Read a source's statements; an included one's come at the place of its directive."""
        statements = list(split(path, text, self._comments, self.errors))
        for statement in statements:
            if statement.head and statement.head.text in (".set", ".equ", ".equiv") and statement.operands:
                self.assigned.add(statement.operands[0].text)
        for statement in statements:
            self.source = statement.source
            try:
                self._statement(statement)
            except SyntaxMistake as mistake:
                self.complain(mistake.column, mistake.message, statement.source)

    def include(self, path: str, text: str, column: int) -> None:
        """Read another file here. Raises SyntaxMistake when files include each other for ever."""
        if self._depth >= INCLUDE_DEPTH:
            raise SyntaxMistake(column, "files include each other without end")
        self._depth += 1
        self.read(path, text)
        self._depth -= 1

    def _statement(self, statement: Statement) -> None:
        for label in statement.labels:
            self._label(label)
        if statement.head is None:
            return
        if statement.head.text.startswith("."):
            directives.run(self, statement)
            return
        if self.section.kind is SymbolKind.BSS:
            raise SyntaxMistake(statement.head.column, f"{self.section.name} holds no code")
        fragment = instructions.assemble(
            statement, self._syntax.operand, self._syntax.target, self._syntax.att
        )
        self.add(fragment)

    def complain(self, column: int, message: str, source: SourceLine) -> None:
        """Note a mistake; reading goes on."""
        self.errors.append(AssemblyError(source.file, source.line, column, message, source.text))

    def enter(self, name: str, kind: SymbolKind | None) -> Section:
        """Go on in the section of that name."""
        self.section = self.sections.setdefault(name, Section(name, kind))
        return self.section

    def add(self, fragment: Fragment) -> None:
        """Append to the current section."""
        self.section.fragments.append(fragment)

    def _label(self, part: Part) -> None:
        name = part.text
        hidden = name.startswith(".L")
        if name.isdigit():
            number = int(name)
            self._locals[number] = self._locals.get(number, 0) + 1
            name, hidden = _local_name(number, self._locals[number]), True
        elif name in self.labels or name in self.values:
            before = f" on line {self.labels[name].source.line}" if name in self.labels else ""
            raise SyntaxMistake(part.column, f"{name} is already defined{before}")
        self.labels[name] = self._here(part, hidden)

    def _here(self, part: Part, hidden: bool) -> Label:
        return Label(self.section, len(self.section.fragments), part, self.source, hidden)

    def assign(self, part: Part, value: Value) -> None:
        """Give a name a value; later assignments replace it. Raises SyntaxMistake for a label's name."""
        if part.text in self.labels:
            raise SyntaxMistake(
                part.column, f"{part.text} is a label on line {self.labels[part.text].source.line}"
            )
        self.values[part.text] = value

    def evaluate(self, part: Part) -> Value:
        """The value of an expression, as far as it is known by now. Raises SyntaxMistake."""
        source = self.source

        def lookup(name: str) -> Value:
            return self._named(name, part.column + max(part.text.find(name), 0), source)

        return evaluate(part, lookup, self._early)

    def number(self, part: Part, what: str) -> int:
        """An expression that must be a number here and now. Raises SyntaxMistake naming `what`."""
        value = self.evaluate(part)
        if value.terms:
            raise SyntaxMistake(part.column, f"{what} must be a number that is known here")
        return value.constant

    def _named(self, name: str, column: int, source: SourceLine) -> Value:
        if name == ".":
            self._dots += 1
            here = f".L\0{self._dots}"
            self.labels[here] = self._here(Part(name, column), True)
            return Value(0, {here: 1})
        if name[0].isdigit():
            number = int(name[:-1])
            count = self._locals.get(number, 0) + (name[-1] == "f")
            if not count:
                raise SyntaxMistake(column, f"there is no label {number}: before this")
            name = _local_name(number, count)
        elif name in self.values:
            return self.values[name]
        name = name.removesuffix("@PLT")  # one program, one table: a direct call does
        self.first_use.setdefault(name, (source, column))
        return Value(0, {name: 1})

    def _early(self, value: Value) -> Value:
        """Take out differences of labels between which nothing can change any more."""
        if len(value.terms) == 2 and sorted(value.terms.values()) == [-1, 1]:
            minus, plus = sorted(value.terms, key=lambda name: value.terms[name])
            if minus in self.labels and plus in self.labels:
                first, last = self.labels[minus], self.labels[plus]
                ahead, back = fixed_distance(first, last), fixed_distance(last, first)
                if ahead is not None or back is not None:
                    return Value(value.constant + (ahead if ahead is not None else -(back or 0)))
        return value

    def _is_number(self, value: Value) -> bool:
        """Whether the symbols cancel out or have values of their own, so that no address remains."""
        addresses = [factor for name, factor in value.terms.items() if name not in self.assigned]
        return sum(addresses) == 0

    def final(self, value: Value) -> Value:
        """The value with names that got theirs after their use replaced. Cycles stay as they are."""
        for _ in range(len(self.values) + 1):
            late = [name for name in value.terms if name in self.values]
            if not late:
                break
            factor = value.terms[late[0]]
            rest = Value(value.constant, {n: f for n, f in value.terms.items() if n != late[0]})
            meaning = self.values[late[0]]
            scaled = Value(meaning.constant * factor, {n: f * factor for n, f in meaning.terms.items()})
            value = rest.plus(scaled)
        return value

    def emit(self, data: bytes) -> None:
        """Append data from the statement being read."""
        self.add(Chunk(self.source, data))


def _local_name(number: int, count: int) -> str:
    return f".L{number}\0{count}"
