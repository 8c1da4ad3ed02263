// dialect: go2008
// runtime: a sighandler after which the program goes on somewhere else.
//
// Ringside's own: Go commit dfa5893d4f5a has in this place C that prints a traceback and exits.

// The instruction that faulted would fault again. So the RIP that sigreturn will load, uc_mcontext.rip
// at 168(context), becomes the address of a routine that the program provides.
// func sighandler(sig int32, info, context *byte)
TEXT sighandler(SB),7,$0
	INCQ	ringside·signals(SB)
	MOVQ	24(SP), AX
	MOVQ	$ringside·recover(SB), BX
	MOVQ	BX, 168(AX)
	RET

GLOBL ringside·signals(SB), $8
