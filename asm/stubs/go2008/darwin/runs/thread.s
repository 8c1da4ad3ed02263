// dialect: go2008
// A program with a second thread, which signals the first one and ends.
//
// Ringside's own, with the routines of Go commit dfa5893d4f5a.

TEXT main·main(SB),7,$32
	CALL	mach_semcreate(SB)
	MOVL	AX, sem<>(SB)
	CALL	bsdthread_register(SB)
	MOVQ	$stack<>+8192(SB), AX
	MOVQ	AX, 0(SP)
	MOVQ	$m1<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVQ	$g1<>(SB), AX
	MOVQ	AX, 16(SP)
	MOVQ	$second<>(SB), AX
	MOVQ	AX, 24(SP)
	CALL	bsdthread_create(SB)
	MOVL	sem<>(SB), AX
	MOVL	AX, 0(SP)
	CALL	mach_semaphore_wait(SB)
	CMPL	AX, $0
	JNE	bad
	CMPQ	count<>(SB), $1	// what the other one did before it signalled
	JNE	bad
	MOVL	$1, 0(SP)
	MOVQ	$done<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$17, 16(SP)
	CALL	sys·write(SB)
	RET
bad:
	CALL	notok(SB)
	RET

// What the second thread runs: bsdthread_start calls it, and then exit1.
TEXT second<>(SB),7,$8
	INCQ	count<>(SB)
	MOVL	sem<>(SB), AX
	MOVL	AX, 0(SP)
	CALL	mach_semaphore_signal(SB)
	RET

DATA done<>+0(SB)/8, $"thread s"
DATA done<>+8(SB)/8, $"ignalled"
DATA done<>+16(SB)/1, $"\n"
GLOBL done<>(SB), $17

GLOBL sem<>(SB), $8

GLOBL count<>(SB), $8

GLOBL m1<>(SB), $64

GLOBL g1<>(SB), $64

GLOBL stack<>(SB), $8192
