"""Which small mistakes in a routine its contract would notice.

    mutations.py   the mistakes: one instruction changed, as a table of kinds
    spelling.py    statements as Plan 9 text
    judge.py       one mutant against the contract and against the original
    hunt.py        all mutants of a routine, on several processes
"""
