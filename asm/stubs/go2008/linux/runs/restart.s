// dialect: go2008
// A program whose read goes on after a signal: SA_RESTART.
//
// Ringside's own, with the routines of Go commit dfa5893d4f5a.

// Descriptor 0 has nothing to read until the alarm is over. The timer, read back, shows that it went off.
TEXT main·main(SB),7,$160
	MOVQ	$0x10000000, 0(SP)	// SA_RESTART
	CALL	ringside·alarm(SB)
	MOVQ	$0, 0(SP)	// read
	MOVQ	$0, 8(SP)
	LEAQ	96(SP), AX
	MOVQ	AX, 16(SP)
	MOVQ	$64, 24(SP)
	CALL	syscall·Syscall(SB)
	CMPQ	48(SP), $0	// errno
	JNE	interrupted
	MOVQ	32(SP), AX
	MOVQ	AX, 88(SP)	// what read returned
	MOVQ	$1, 72(SP)	// what getitimer doesn't answer is no sign that the timer went off
	MOVQ	$36, 0(SP)	// getitimer
	MOVQ	$0, 8(SP)	// ITIMER_REAL
	LEAQ	56(SP), AX	// struct itimerval: it_value is at 72(SP)
	MOVQ	AX, 16(SP)
	CALL	syscall·RawSyscall(SB)
	MOVQ	72(SP), AX
	ORQ	80(SP), AX
	JNE	early
	MOVL	$1, 0(SP)
	MOVQ	$restarted<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$14, 16(SP)
	CALL	sys·write(SB)
	MOVL	$1, 0(SP)
	LEAQ	96(SP), AX
	MOVQ	AX, 8(SP)
	MOVQ	88(SP), AX
	MOVL	AX, 16(SP)
	CALL	sys·write(SB)
	RET
interrupted:
	MOVQ	$interrupted<>(SB), AX
	MOVL	$21, CX
	JMP	fail
early:
	MOVQ	$early<>(SB), AX
	MOVL	$27, CX
fail:
	MOVL	$2, 0(SP)
	MOVQ	AX, 8(SP)
	MOVL	CX, 16(SP)
	CALL	sys·write(SB)
	MOVL	$1, 0(SP)
	CALL	sys·exit(SB)
	RET	// not reached

DATA restarted<>+0(SB)/8, $"read wen"
DATA restarted<>+8(SB)/6, $"t on: "
GLOBL restarted<>(SB), $14

DATA interrupted<>+0(SB)/8, $"read was"
DATA interrupted<>+8(SB)/8, $" interru"
DATA interrupted<>+16(SB)/5, $"pted\n"
GLOBL interrupted<>(SB), $21

DATA early<>+0(SB)/8, $"the alar"
DATA early<>+8(SB)/8, $"m is sti"
DATA early<>+16(SB)/8, $"ll to co"
DATA early<>+24(SB)/3, $"me\n"
GLOBL early<>(SB), $27
