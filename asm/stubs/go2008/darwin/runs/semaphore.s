// dialect: go2008
// A program that goes through the life of a semaphore.
//
// Ringside's own, with the routines of Go commit dfa5893d4f5a.

TEXT main·main(SB),7,$32
	CALL	mach_semcreate(SB)
	MOVL	AX, 24(SP)
	MOVL	AX, 0(SP)
	CALL	mach_semaphore_signal(SB)
	CMPL	AX, $0
	JNE	bad
	CALL	mach_semaphore_wait(SB)	// doesn't sleep: it was signalled
	CMPL	AX, $0
	JNE	bad
	MOVL	$0, 4(SP)	// seconds
	MOVL	$2000000, 8(SP)	// nanoseconds
	CALL	mach_semaphore_timedwait(SB)
	CMPL	AX, $49	// KERN_OPERATION_TIMED_OUT
	JNE	bad
	MOVL	24(SP), AX
	MOVL	AX, 0(SP)
	CALL	mach_semdestroy(SB)
	CALL	mach_semaphore_signal(SB)
	CMPL	AX, $15	// KERN_INVALID_NAME: the name is gone with it
	JNE	bad
	MOVL	$1, 0(SP)
	MOVQ	$done<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$15, 16(SP)
	CALL	sys·write(SB)
	RET
bad:
	CALL	notok(SB)
	RET

DATA done<>+0(SB)/8, $"semaphor"
DATA done<>+8(SB)/7, $"e done\n"
GLOBL done<>(SB), $15
