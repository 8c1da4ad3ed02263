"""The clauses: a name, a sentence, and what tells whether it is broken."""

from __future__ import annotations

from emu.contracts import clauses as broken
from emu.contracts.contract import Clause

RETURNS = Clause("returns", "It returns to its caller, without a fault and in the end.", broken.does_not_return)
STOPS = Clause(
    "stops", "Should the kernel come back from the call, a breakpoint of its own stops it.", broken.does_not_stop
)
ONCE = Clause("once", "It makes exactly one system call.", broken.not_once)
SILENT = Clause("silent", "It makes no system call.", broken.not_silent)
ALONE = Clause("alone", "It calls neither entersyscall nor exitsyscall.", broken.calls_others)
HOOKS = Clause(
    "hooks", "It calls entersyscall, makes the system call, and calls exitsyscall, each once.", broken.out_of_order
)
NUMBER = Clause("number", "At the system call AX is the trap number, all 64 bits.", broken.wrong_number)
BSD_NUMBER = Clause(
    "number", "At the system call AX is the trap number plus 0x2000000, the class of BSD calls.", broken.wrong_number
)
ARGUMENTS3 = Clause("arguments", "At the system call a1, a2, a3 are in DI, SI, DX.", broken.wrong_arguments)
ARGUMENTS6 = Clause("arguments", "At the system call a1 to a6 are in DI, SI, DX, R10, R8, R9.", broken.wrong_arguments)
RESULT = Clause("result", "For an answer that is no error, r1 is AX, r2 is DX and errno is 0.", broken.wrong_result)
ERROR = Clause("error", "For an error, r1 is -1, r2 is 0 and errno is its number.", broken.wrong_error)
VALUE = Clause("value", "The result is the argument, all 64 bits.", broken.not_passed_through)
REGISTERS = Clause("registers", "The registers that the convention keeps are as they were.", broken.lost_registers)
STACK = Clause("stack", "At the return SP is just above the return address.", broken.lost_stack)
DIRECTION = Clause(
    "direction", "The direction flag is clear at the return and wherever it calls.", broken.direction_set
)
WRITES = Clause("writes", "It writes to its result slots and below the stack pointer only.", broken.stray_writes)
FRAME = Clause("frame", "At the system call SP is as at entry: the signal frame lies there.", broken.frame_moved)
HANDLER = Clause("handler", "It calls sighandler once, and then does what comes next.", broken.out_of_order)
HANDED_ON = Clause("handed on", "sighandler finds sig, info and context on its stack.", broken.wrong_handler_arguments)
G = Clause("g", "When sighandler is called, R15 is m->gsignal.", broken.wrong_g)
SIGRETURN_NUMBER = Clause("number", "At the system call AX is sigreturn's number.", broken.wrong_number)
SIGRETURN_ARGUMENTS = Clause(
    "arguments", "sigreturn gets the ucontext and the infostyle that the kernel passed.", broken.wrong_arguments
)
