"""What a stub promises, and whether it holds.

    catalogue.py   the contracts: rows of data
    clauses.py     the promises: a name, a sentence, a predicate
    abstract.py    a call whose arguments and results are bound to stack slots or registers
    cases.py       inputs: arguments, the kernel's answer, and what nobody promised
    rig.py         runs a routine on a case, with the contract itself as the kernel and as the routines called
    doubles.py     those routines
    check.py       a contract against a routine; generate.py: inputs by Hypothesis, and the shortest one
    goroot.py      the routine of a Go release that a contract is about
    replay.py      a case as a run that can be shown
"""
