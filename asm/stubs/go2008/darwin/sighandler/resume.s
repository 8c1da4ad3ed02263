// dialect: go2008
// runtime: a sighandler after which the program goes on somewhere else.
//
// Ringside's own: Go commit dfa5893d4f5a has in this place C that prints a traceback and exits.

// The instruction that faulted would fault again. So the RIP that sigreturn will load becomes the address
// of a routine that the program provides: uc_mcontext, at 48(context), is a pointer here, and ss.rip is
// at 144 of what it points to.
// func sighandler(sig int32, info, context *byte)
TEXT sighandler(SB),7,$0
	INCQ	ringside·signals(SB)
	MOVQ	24(SP), AX
	MOVQ	48(AX), AX
	MOVQ	$ringside·recover(SB), BX
	MOVQ	BX, 144(AX)
	RET

GLOBL ringside·signals(SB), $8
