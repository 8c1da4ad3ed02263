"""The small program of notebooks 03 and 04: it installs a handler for one signal, and then does what is asked."""

from __future__ import annotations

from emu import Code, assemble

SIGUSR1, SIGSEGV, SIGCHLD = 10, 11, 17

_SOURCE = """
TEXT _start(SB),7,$0
	MOVQ	$handler(SB), AX
	MOVQ	AX, action<>+0(SB)	// sa_handler
	MOVQ	$restorer(SB), AX
	MOVQ	AX, action<>+16(SB)	// sa_restorer
	MOVQ	${signal}, DI
	MOVQ	$action<>(SB), SI
	MOVQ	$0, DX
	MOVQ	$8, R10
	MOVQ	$13, AX	// rt_sigaction
	SYSCALL
{body}

TEXT handler(SB),7,$0
{handler}
	RET

TEXT restorer(SB),7,$0
	MOVQ	$15, AX	// rt_sigreturn
	SYSCALL

DATA action<>+8(SB)/8, ${flags}	// sa_flags
DATA action<>+24(SB)/8, ${mask}	// sa_mask
GLOBL action<>(SB), $32
GLOBL data<>(SB), $64
"""

EXIT = """
	MOVQ	$231, AX	// exit_group
	SYSCALL
"""

COUNT = """
	MOVQ	$7, BX
	MOVQ	BX, X0
	MOVQ	$0, DI
	MOVQ	$6, CX
loop:
	MOVQ	X0, BX
	ADDQ	BX, DI
	DECQ	CX
	JNE	loop
	MOVQ	$231, AX	// exit_group
	SYSCALL
"""  # six times seven, as the exit status

OVERFLOWN = """
	SUBQ	$512, SP	// other variables
	CALL	greet(SB)
	MOVQ	$0, DI
	MOVQ	$231, AX	// exit_group
	SYSCALL

TEXT greet(SB),7,$0
	SUBQ	$32, SP	// a buffer of 32 bytes
	MOVQ	$0, AX	// read
	MOVQ	$0, DI
	MOVQ	SP, SI
	MOVQ	$512, DX	// and here is the mistake
	SYSCALL
	ADDQ	$32, SP
	RET
"""  # reads more than it has room for


def program(body: str, handler: str = "", signal: int = SIGUSR1, flags: int = 0x4000004, mask: int = 0) -> Code:
    """A program that installs `handler`, Plan 9 instructions without the RET, for a signal, and then runs `body`.

    The flags are SA_RESTORER | SA_SIGINFO. Raises SourceError for what can't be assembled.
    """
    lines = (text.strip("\n") for text in (body, handler))
    body, handler = ("\n".join(f"\t{line.strip()}" if ":" not in line else line.strip() for line in
                               text.splitlines()) for text in lines)
    return assemble(_SOURCE.format(body=body, handler=handler, signal=signal, flags=flags, mask=mask))
