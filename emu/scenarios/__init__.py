"""Runs described in files: what to run, what the kernel does meanwhile, and what must come of it.

    text -> read (what is wrong points at its line) -> Case -> run -> Outcome -> expectations -> Failure

`fields` is the one description of the format: validation and the published schema follow from it.
"""
