// dialect: go2008
// A program that sends itself SIGCHLD and lives.
//
// Ringside's own, after test/sigchld.go of Go commit dfa5893d4f5a.

TEXT main·main(SB),7,$64
	MOVQ	$39, 0(SP)	// getpid
	CALL	syscall·Syscall(SB)
	MOVQ	32(SP), AX
	MOVQ	$62, 0(SP)	// kill
	MOVQ	AX, 8(SP)
	MOVQ	$17, 16(SP)	// SIGCHLD
	CALL	syscall·Syscall(SB)
	MOVL	$1, 0(SP)
	MOVQ	$survived<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$17, 16(SP)
	CALL	sys·write(SB)
	RET

DATA survived<>+0(SB)/8, $"survived"
DATA survived<>+8(SB)/8, $" SIGCHLD"
DATA survived<>+16(SB)/1, $"\n"
GLOBL survived<>(SB), $17
