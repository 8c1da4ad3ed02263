"""Whatever the text, the answer is an Object or AssemblyErrors, never another exception."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from asm.errors import AssemblyErrors
from asm.plan9 import assemble, mnemonics

WORDS = st.sampled_from(
    [
        *("TEXT", "DATA", "GLOBL", "f(SB)", "x+8(FP)", "l", "l:", "l: ", "JMP", "JLS", "CALL", "RET", "BYTE"),
        *("MOVQ", "ADDB", "PUSHQ", "ADJSP", "PCALIGN", "MOVSD", "SHLQ", "LEAQ", "CMPQ", "PSHUFD", "LOOP"),
        *("AX", "X0", "CL", "R15", "SP", "TLS", "FP", "SB", "PC", "CR0", "DS", "Y0", "g", "AH", "R9B"),
        *(",", " ", " ", "\n", ";", "(", ")", "$", "+", "-", "*", "/", "~", "<>", "<", "<<", ":", ".", "\\\n"),
        *("0", "1", "-1", "8", "0xffffffff", "1.5", "1e999", '"s"', "'c'", "/8", "2(PC)", "-9(PC)", "$8"),
        *("#define ", "#ifdef ", "#else\n", "#endif\n", "#include ", "#undef ", "A", "A(x) x", "A(", "\n#"),
        *("//", "/*", "*/", '"', "'", "\0", "\r", "·", "∕", "é", "\ud800", "$(1<<63)", "(AX)(BX*8)", "*AX"),
    ]
)
OPERANDS = st.sampled_from(
    [
        *("AX", "CX", "SP", "R13", "AL", "AH", "R9B", "SPB", "X0", "X15", "DS", "FS", "CR0", "DR7", "g", "TLS"),
        *("$0", "$-1", "$127", "$128", "$255", "$65535", "$0xffffffff", "$1<<40", "$-1<<63", "$1.5", "$x(SB)"),
        *("(AX)", "8(SP)", "(R13)(R12*8)", "(BP*4)", "0x1234", "-1", "x(SB)", "x+4(SB)", "a+8(FP)", "b-8(SP)"),
        *("0x30(GS)", "0(CX)(TLS*1)", "(TLS)", "$8(SP)", "$a+0(FP)", "*AX", "*x(SB)", "2(PC)", "0(PC)"),
    ]
)
DIALECTS = st.sampled_from(["go", "go2008"])


def answers(text: str, dialect: str) -> None:
    try:
        unit = assemble("fuzz.s", text, dialect=dialect)  # type: ignore[arg-type]
    except AssemblyErrors as errors:
        assert errors.errors and str(errors)
        return
    for symbol in unit.symbols:
        assert len(symbol.data) <= symbol.size
        assert all(r.offset + r.length <= symbol.size for r in symbol.relocations)
        assert sum(line.size for line in symbol.lines) <= symbol.size


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=40), DIALECTS)
def test_words_in_any_order(words: list[str], dialect: str) -> None:
    answers("TEXT f(SB),4,$0\n" + "".join(words) + "\n", dialect)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), DIALECTS)
def test_any_characters(text: str, dialect: str) -> None:
    answers(text, dialect)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(mnemonics.known()), st.lists(OPERANDS, max_size=4), DIALECTS)
def test_any_operands(mnemonic: str, operands: list[str], dialect: str) -> None:
    answers(f"TEXT f(SB),4,$8\n{mnemonic} {', '.join(operands)}\nRET\n", dialect)
