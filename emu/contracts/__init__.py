"""What a stub promises, and whether it holds.

    catalogue.py   the contracts: rows of data
    contract.py    their form; choose.py: which one a user means, for what
    promises.py    the clauses: a name, a sentence; clauses.py: the predicates behind them
    subject.py     a routine under a contract: linked with the doubles, bound to its places
    abstract.py    a call whose arguments and results are bound to stack slots or registers
    cases.py       inputs: arguments, the kernel's answer, and what nobody promised
    rig.py         runs a routine on a case, with the contract itself as the kernel and as the routines called
    doubles.py     those routines; surroundings.py: what they and the kernel may do
    observe.py     what of a run anybody else may look at
    check.py       a contract against a routine; generate.py: inputs by Hypothesis, and the shortest one
    goroot.py      the routine of a Go release that a contract is about
    replay.py      a case as a run that can be shown
"""
