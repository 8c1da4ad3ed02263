"""The Python front end: what `from emu import ...` gives a notebook, and how it looks there.

    api.py         trace, targets
    code.py        assemble and listing: a source assembled on the spot
    plan.py        what is to be run, as it was asked for
    session.py     one machine to step, run and change; inspected.py: to look at; drive.py: how it runs, scribe.py
                   writes it down
    trace.py       what ran: step.py its steps, happenings.py what the kernel did, results.py what came of it
    registers.py   registers, and what changed
    frame.py       a signal frame by its fields; meaning.py what their values say; picture.py it drawn to scale
    memory.py      memory word by word
    pages.py       page-table walks, pages, regions (read by emu.page_walk)
    forgery.py     forge: a frame that no kernel wrote
    sweeping.py    sweep; comparing.py: compare; judging.py: contract and mutate;
                   checking.py: check
    plots.py       the ranges of errno on the number line (matplotlib)
    rich.py        tables as text and as html: what every repr is made of
    widget.py      the stepper view as a widget; still.py: what stands there where no script runs
"""
