// dialect: go2008
// runtime: what a thread needs before Go code runs on it.
//
// Ringside's own, after the C of Go commit dfa5893d4f5a, which took the stack from its allocator.

// m is g0 0, morepc 8, cret 16, procid 24, gsignal 32; g is stackguard 0, stackbase 8. R14 holds m.

// Gives m a g whose 32 KiB stack signals are handled on. Darwin's stack_t has the size before the flags.
// func minit()
TEXT minit(SB),7,$40
	MOVQ	$gsignal(SB), AX
	MOVQ	AX, 32(R14)	// m->gsignal
	MOVQ	$gsignalstack(SB), BX
	LEAQ	32768(BX), CX
	MOVQ	BX, 0(AX)	// stackguard
	MOVQ	CX, 8(AX)	// stackbase
	MOVQ	BX, 16(SP)	// ss_sp
	MOVQ	$32768, 24(SP)	// ss_size
	MOVL	$0, 32(SP)	// ss_flags
	LEAQ	16(SP), AX
	MOVQ	AX, 0(SP)
	MOVQ	$0, 8(SP)
	CALL	sigaltstack(SB)
	RET

GLOBL gsignal(SB), $64

GLOBL gsignalstack(SB), $32768
