"""The assembly itself: Go's SYSCALL stubs of December 2008, programs made of them, and the catalogue of both.

The sources lie in go2008/linux and go2008/darwin, with the same file names in both, and in go2008/common where
the text is the same too; in their folders `before` is what the commit replaced. `hooks.s`, `rt0.s`, `minit.s` and
what lies in `sighandler` are Ringside's own: what the routines call and are called by. `runs` has the programs'
main·main.
"""

from __future__ import annotations

from asm.stubs.catalogue import STUBS, Stub, UnknownStub, find, read
from asm.stubs.runs import RUNS, Arrival, Run, find_run, linked
from asm.stubs.signature import slots

__all__ = ["RUNS", "STUBS", "Arrival", "Run", "Stub", "UnknownStub", "find", "find_run", "linked", "read", "slots"]
