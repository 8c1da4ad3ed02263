"""Argument kinds of Darwin's signal calls: the structs behind pointers, sets by value, ports."""

from __future__ import annotations

from typing import Annotated

from kernel_stub.darwin.structs import NEW_SIGACTION, OLD_SIGACTION, STACK
from kernel_stub.kinds import INT, Hexadecimal, Kind, Pointer
from kernel_stub.outcomes import Replaced
from kernel_stub.struct_kinds import InStruct, OutStruct

NewStack = Annotated[int, InStruct("const stack_t *%", layout=STACK)]
OldStack = Annotated[int, OutStruct("stack_t *%", layout=STACK)]
NewAction = Annotated[int, InStruct("const struct __sigaction *%", layout=NEW_SIGACTION)]
OldAction = Annotated[int, OutStruct("struct sigaction *%", layout=OLD_SIGACTION)]
NewSet = Annotated[int, Pointer("const sigset_t *%")]
OldSet = Annotated[int, Pointer("sigset_t *%")]
Set = Annotated[int, Hexadecimal("sigset_t %", bits=32)]
SignalPointer = Annotated[int, Pointer("int *%")]
UcontextPointer = Annotated[int, Pointer("struct ucontext *%")]
InfoStyle = Annotated[int, Hexadecimal("int %", bits=32)]
Token = Annotated[int, Hexadecimal("user_addr_t %")]
Port = Annotated[int, Hexadecimal("mach_port_name_t %", bits=32)]
How = Annotated[int, INT]
Signal = Annotated[int, INT]
Pid = Annotated[int, Kind("pid_t %", signed=True, bits=32)]
MaybeReturns = Annotated[int | Replaced, INT]  # of sigreturn
