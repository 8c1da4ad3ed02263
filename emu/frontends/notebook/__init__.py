"""The Python front end: what `from emu import ...` gives a notebook, and how it looks there.

    api.py         trace, listing, assemble, targets; Session is in session.py
    session.py     one machine to step, run, look at and change
    trace.py       what ran: steps, kernel events, results; scribe.py writes it down while it runs
    code.py        a source assembled on the spot, and listings
    registers.py   registers, and what changed
    frame.py       a signal frame by its fields; meaning.py what their values say; picture.py it drawn to scale
    pages.py       page-table walks, pages, regions (read by emu.page_walk)
    judging.py     sweep, compare, contract, mutate
    plots.py       the ranges of errno on the number line (matplotlib)
    rich.py        tables as text and as html: what every repr is made of
"""
