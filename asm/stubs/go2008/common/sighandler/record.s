// dialect: go2008
// runtime: a sighandler that writes down what it was given, and returns.
//
// Ringside's own: Go commit dfa5893d4f5a has in this place C that prints a traceback and exits.

// AX and the flags are all that it changes: the signal frame brings them back.
// func sighandler(sig int32, info, context *byte)
TEXT sighandler(SB),7,$0
	INCQ	ringside·signals(SB)
	MOVL	8(SP), AX
	MOVQ	AX, ringside·signal(SB)
	MOVQ	16(SP), AX
	MOVQ	AX, ringside·siginfo(SB)
	MOVQ	24(SP), AX
	MOVQ	AX, ringside·context(SB)
	MOVQ	R15, ringside·g(SB)
	MOVQ	SP, ringside·sp(SB)
	RET

// How many signals came; of the last one its number, the addresses of its siginfo and ucontext, and
// R15 and SP as they were at entry.

GLOBL ringside·signals(SB), $8

GLOBL ringside·signal(SB), $8

GLOBL ringside·siginfo(SB), $8

GLOBL ringside·context(SB), $8

GLOBL ringside·g(SB), $8

GLOBL ringside·sp(SB), $8
