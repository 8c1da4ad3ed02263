// dialect: go2008
// The alarm that the programs restart and eintr have in common.
//
// Ringside's own: Go's initsig of commit dfa5893d4f5a leaves SIGALRM to the kernel.

// Lets sigignore handle SIGALRM, by way of sigtramp, with these flags, and sends one in 50 milliseconds.
// The kernel's struct sigaction is at 64(SP), its struct itimerval at 96(SP).
// func alarm(flags int64)
TEXT ringside·alarm(SB),7,$128-8
	MOVQ	136(SP), AX	// flags, above 128 bytes of frame and the return address
	MOVQ	$sigignore(SB), BX
	MOVQ	$sigtramp(SB), CX
	MOVQ	BX, 64(SP)
	MOVQ	CX, 72(SP)
	MOVL	$0, 80(SP)	// sa_mask
	MOVL	AX, 84(SP)
	MOVL	$14, 0(SP)	// SIGALRM
	LEAQ	64(SP), AX
	MOVQ	AX, 8(SP)
	MOVQ	$0, 16(SP)
	CALL	sigaction(SB)
	MOVQ	$0, 96(SP)	// it_interval: once
	MOVQ	$0, 104(SP)
	MOVQ	$0, 112(SP)	// it_value
	MOVQ	$50000, 120(SP)
	MOVQ	$83, 0(SP)	// setitimer
	MOVQ	$0, 8(SP)	// ITIMER_REAL
	LEAQ	96(SP), AX
	MOVQ	AX, 16(SP)
	MOVQ	$0, 24(SP)
	CALL	syscall·RawSyscall(SB)
	RET
