// dialect: go2008
// runtime: signals.
//
// Reproduces the instruction sequence of Go commit dfa5893d4f5a (3 December 2008).
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// R14 holds m, the thread's structure; R15 holds g, the goroutine. m->gsignal, at 32(R14), is the g
// whose stack signals are handled on.

// An error calls notok.
// func sigaction(sig int32, new, old *byte)
TEXT sigaction(SB),7,$-8
	MOVL	8(SP), DI
	MOVQ	16(SP), SI
	MOVQ	24(SP), DX
	MOVQ	24(SP), CX
	MOVQ	24(SP), R10
	MOVL	$(0x2000000+46), AX
	SYSCALL
	JCC	2(PC)
	CALL	notok(SB)
	RET

// An error calls notok.
// func sigaltstack(new, old *byte)
TEXT sigaltstack(SB),7,$-8
	MOVQ	8(SP), DI
	MOVQ	16(SP), SI
	MOVL	$(0x2000000+53), AX
	SYSCALL
	JCC	2(PC)
	CALL	notok(SB)
	RET

// The trampoline that the kernel enters: DI is the handler, SI the infostyle, DX the signal, CX the
// siginfo, R8 the ucontext. There is no return address at its stack's top, so it must not RET:
// sigreturn(ucontext, infostyle) goes back.
TEXT sigtramp(SB),7,$40
	MOVQ	32(R14), R15	// g = m->gsignal
	MOVL	DX, 0(SP)
	MOVQ	CX, 8(SP)
	MOVQ	R8, 16(SP)
	MOVQ	R8, 24(SP)	// ucontext, kept over the call
	MOVQ	SI, 32(SP)	// infostyle, likewise
	CALL	sighandler(SB)
	MOVL	$(0x2000000+184), AX
	MOVQ	24(SP), DI
	MOVQ	32(SP), SI
	SYSCALL
	INT	$3	// not reached
