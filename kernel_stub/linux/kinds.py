"""Argument kinds of Linux's signal calls: signals by name, signal sets, and the structs behind pointers.

The texts are strace's.
"""

from __future__ import annotations

from typing import Annotated

from kernel_stub.kinds import INT, Kind

NewStack = Annotated[int, Kind("const stack_t *%")]
OldStack = Annotated[int, Kind("stack_t *%")]
NewAction = Annotated[int, Kind("const struct sigaction *%")]
OldAction = Annotated[int, Kind("struct sigaction *%")]
NewSet = Annotated[int, Kind("const sigset_t *%")]
OldSet = Annotated[int, Kind("sigset_t *%")]
SigInfoPointer = Annotated[int, Kind("siginfo_t *%")]
How = Annotated[int, INT]
Signal = Annotated[int, INT]
Pid = Annotated[int, Kind("pid_t %", signed=True, bits=32)]
