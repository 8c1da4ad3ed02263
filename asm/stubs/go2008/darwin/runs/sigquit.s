// dialect: go2008
// A program that sends itself SIGQUIT, which initsig lets sigtramp handle.
//
// Ringside's own, with the routines of Go commit dfa5893d4f5a.

// If it is still there afterwards, it says which g sighandler/record.s was called with: the one whose stack
// signals are handled on, or still the one that was interrupted. Exits with 1 if its own g did not come back.
TEXT main·main(SB),7,$64
	MOVQ	$20, 0(SP)	// getpid
	CALL	syscall·RawSyscall(SB)
	MOVQ	32(SP), AX
	MOVQ	$37, 0(SP)	// kill
	MOVQ	AX, 8(SP)
	MOVQ	$3, 16(SP)	// SIGQUIT
	CALL	syscall·RawSyscall(SB)
	CMPQ	R15, 0(R14)	// g and m->g0
	JNE	lost
	MOVQ	$switched<>(SB), AX
	MOVL	$14, CX
	MOVQ	ringside·g(SB), BX
	CMPQ	BX, 32(R14)	// m->gsignal
	JEQ	say
	MOVQ	$unswitched<>(SB), AX
	MOVL	$9, CX
say:
	MOVL	$1, 0(SP)
	MOVQ	AX, 8(SP)
	MOVL	CX, 16(SP)
	CALL	sys·write(SB)
	RET
lost:
	MOVL	$1, 0(SP)
	CALL	sys·exit(SB)
	RET	// not reached

DATA switched<>+0(SB)/8, $"g was gs"
DATA switched<>+8(SB)/6, $"ignal\n"
GLOBL switched<>(SB), $14

DATA unswitched<>+0(SB)/8, $"g was g0"
DATA unswitched<>+8(SB)/1, $"\n"
GLOBL unswitched<>(SB), $9
