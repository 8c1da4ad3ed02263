// dialect: go2008
// runtime: signals.
//
// Reproduces the instruction sequence of Go commit dfa5893d4f5a (3 December 2008).
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// R14 holds m, the thread's structure; R15 holds g, the goroutine. m->gsignal, at 32(R14), is the g
// whose stack signals are handled on.

// func rt_sigaction(sig int32, new, old *byte, size int64)
TEXT rt_sigaction(SB),7,$-8
	MOVL	8(SP), DI
	MOVQ	16(SP), SI
	MOVQ	24(SP), DX
	MOVQ	32(SP), R10
	MOVL	$13, AX
	SYSCALL
	RET

// An error calls notok.
// func sigaltstack(new, old *byte)
TEXT sigaltstack(SB),7,$-8
	MOVQ	8(SP), DI
	MOVQ	16(SP), SI
	MOVL	$131, AX
	SYSCALL
	CMPQ	AX, $0xfffffffffffff001
	JLS	2(PC)
	CALL	notok(SB)
	RET

// The handler that the kernel enters: DI is the signal, SI the siginfo, DX the ucontext. Its RET goes
// to sa_restorer, whose address the kernel put on the stack.
TEXT sigtramp(SB),7,$24-16
	MOVQ	32(R14), R15	// g = m->gsignal
	MOVQ	DI, 0(SP)
	MOVQ	SI, 8(SP)
	MOVQ	DX, 16(SP)
	CALL	sighandler(SB)
	RET

// The handler of signals that have only to be survived.
TEXT sigignore(SB),7,$0
	RET

// sa_restorer: takes the frame at SP off again. The kernel does not come back from it.
TEXT sigreturn(SB),7,$0
	MOVL	$15, AX
	SYSCALL
	INT	$3	// not reached
