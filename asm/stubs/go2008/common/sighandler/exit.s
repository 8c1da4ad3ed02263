// dialect: go2008
// runtime: a sighandler that says which signal came, and ends the process with status 2.
//
// Ringside's own: Go commit dfa5893d4f5a does this in C, and prints a traceback and registers besides.

// func sighandler(sig int32, info, context *byte)
TEXT sighandler(SB),7,$24
	MOVL	32(SP), AX	// sig, above 24 bytes of frame and the return address
	CMPL	AX, $32
	JCS	known
	MOVL	$0, AX	// no such entry: SIGNONE
known:
	SHLQ	$4, AX
	MOVQ	$sigtab(SB), BX
	MOVQ	8(BX)(AX*1), BX	// sigtab[sig].name
	MOVL	$0, CX
length:
	CMPB	(BX)(CX*1), $0
	JEQ	print
	INCL	CX
	JMP	length
print:
	MOVL	$2, 0(SP)
	MOVQ	BX, 8(SP)
	MOVL	CX, 16(SP)
	CALL	sys·write(SB)
	MOVL	$2, 0(SP)
	MOVQ	$newline<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$1, 16(SP)
	CALL	sys·write(SB)
	MOVL	$2, 0(SP)
	CALL	sys·exit(SB)
	RET	// not reached

DATA newline<>+0(SB)/1, $"\n"
GLOBL newline<>(SB), $1
