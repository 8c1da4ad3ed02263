"""Conditions of jumps, SETcc and CMOVcc, and the jumps that the layout encodes itself."""

from __future__ import annotations

# Plan 9 suffix, condition number in the opcode, Intel suffix, other spellings for jumps
CONDITIONS = (
    ("OS", 0x0, "o", "O"),
    ("OC", 0x1, "no", "NO"),
    ("CS", 0x2, "b", "B C LO NAE"),
    ("CC", 0x3, "ae", "AE HS NB NC"),
    ("EQ", 0x4, "e", "E Z"),
    ("NE", 0x5, "ne", "NZ"),
    ("LS", 0x6, "be", "BE NA"),
    ("HI", 0x7, "a", "A NBE"),
    ("MI", 0x8, "s", "S"),
    ("PL", 0x9, "ns", "NS"),
    ("PS", 0xA, "p", "P PE"),
    ("PC", 0xB, "np", "NP PO"),
    ("LT", 0xC, "l", "L NGE"),
    ("GE", 0xD, "ge", "NL"),
    ("LE", 0xE, "le", "NG"),
    ("GT", 0xF, "g", "G NLE"),
)

# jump -> condition number
CONDITIONAL = {
    f"J{suffix}": number
    for plan9, number, _intel, others in CONDITIONS
    for suffix in (plan9, *others.split())
}

# jumps that reach no further than a signed byte -> opcode
SHORT_ONLY = {
    "LOOP": 0xE2,
    "LOOPEQ": 0xE1,
    "LOOPNE": 0xE0,
    "JCXZL": 0xE3,
    "JCXZQ": 0xE3,
    "JCXZW": 0xE3,
}

JUMPS = frozenset(("JMP", "CALL", *CONDITIONAL, *SHORT_ONLY))
