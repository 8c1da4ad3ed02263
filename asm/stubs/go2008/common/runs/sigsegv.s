// dialect: go2008
// A program that stores to an address that is never mapped.
//
// Ringside's own: notok of Go commit dfa5893d4f5a faults, and sighandler decides how that ends.

TEXT main·main(SB),7,$24
	CALL	notok(SB)
	MOVL	$1, 0(SP)
	MOVQ	$survived<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$17, 16(SP)
	CALL	sys·write(SB)
	RET

// Where sighandler/resume.s lets the program go on: still inside the call of notok, from which it returns.
TEXT ringside·recover(SB),7,$0
	INCQ	ringside·recoveries(SB)
	RET

GLOBL ringside·recoveries(SB), $8

DATA survived<>+0(SB)/8, $"survived"
DATA survived<>+8(SB)/8, $" SIGSEGV"
DATA survived<>+16(SB)/1, $"\n"
GLOBL survived<>(SB), $17
