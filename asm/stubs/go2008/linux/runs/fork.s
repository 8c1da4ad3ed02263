// dialect: go2008
// A program that forks and waits for its child, which writes a line and exits with 7.
//
// Ringside's own, after forkAndExec of the syscall package of Go commit dfa5893d4f5a: RawSyscall, as no scheduler
// may run in the child, where AX is 0 in the child.

TEXT main·main(SB),7,$104
	MOVQ	$57, 0(SP)	// fork
	CALL	syscall·RawSyscall(SB)
	MOVQ	32(SP), AX	// r1
	CMPQ	AX, $0
	JEQ	child
	MOVQ	AX, 8(SP)	// pid
	LEAQ	88(SP), AX
	MOVQ	$0, 0(AX)
	MOVQ	AX, 16(SP)	// status
	MOVQ	$0, 24(SP)	// options
	MOVQ	$0, 32(SP)	// rusage
	MOVQ	$61, 0(SP)	// wait4
	CALL	syscall·Syscall6(SB)
	MOVL	88(SP), AX
	SHRL	$8, AX	// WEXITSTATUS
	ADDL	$0x30, AX
	MOVB	AX, exited<>+18(SB)
	MOVL	$1, 0(SP)
	MOVQ	$exited<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$20, 16(SP)
	CALL	sys·write(SB)
	RET
child:
	MOVL	$1, 0(SP)
	MOVQ	$line<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$6, 16(SP)
	CALL	sys·write(SB)
	MOVQ	$7, 8(SP)
	MOVQ	$231, 0(SP)	// exit_group
	CALL	syscall·RawSyscall(SB)
	RET	// not reached

DATA line<>+0(SB)/6, $"child\n"
GLOBL line<>(SB), $6

DATA exited<>+0(SB)/8, $"child ex"
DATA exited<>+8(SB)/8, $"ited wit"
DATA exited<>+16(SB)/4, $"h ?\n"
GLOBL exited<>(SB), $20
