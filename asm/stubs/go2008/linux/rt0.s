// dialect: go2008
// runtime: where a program starts.
//
// Ringside's own, in the order of Go commit dfa5893d4f5a, without its scheduler: main.main runs on g0.

// The kernel enters with argc at 0(SP), and argv above it. R14 and R15 are m and g from here on.
TEXT _rt0_amd64_linux(SB),7,$-8
	MOVQ	$m0(SB), R14
	MOVQ	$g0(SB), R15
	MOVQ	R15, 0(R14)	// m->g0
	LEAQ	-8192(SP), AX
	MOVQ	AX, 0(R15)	// g->stackguard
	MOVQ	SP, 8(R15)	// g->stackbase
	CALL	minit(SB)
	CALL	initsig(SB)
	CALL	main·main(SB)
	SUBQ	$8, SP
	MOVL	$0, 0(SP)
	CALL	sys·exit(SB)
	CALL	notok(SB)	// not reached

GLOBL m0(SB), $64

GLOBL g0(SB), $64
