"""The assembly itself: Go's SYSCALL stubs of December 2008, and the catalogue of them.

The sources lie in go2008/linux and go2008/darwin, with the same file names in both, and in their
folders `before` what the commit replaced. `hooks.s` is Ringside's own: what the routines call.
"""

from __future__ import annotations

from asm.stubs.catalogue import STUBS, Stub, UnknownStub, find, read
from asm.stubs.signature import slots

__all__ = ["STUBS", "Stub", "UnknownStub", "find", "read", "slots"]
