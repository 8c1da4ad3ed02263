// dialect: go2008
// A program that reads back what initsig installed.
//
// Ringside's own, over the initsig of Go commit dfa5893d4f5a.

// Writes 40 bytes to descriptor 1 for each number of sigtab, 0 to 31: what rt_sigaction returned, and the
// kernel's struct sigaction (handler 0, flags 8, restorer 16, mask 24).
TEXT main·main(SB),7,$80
	MOVL	$0, 32(SP)	// i
loop:
	MOVL	32(SP), AX
	MOVL	AX, 0(SP)
	MOVQ	$0, 8(SP)
	LEAQ	48(SP), BX
	MOVQ	BX, 16(SP)
	MOVQ	$8, 24(SP)
	CALL	rt_sigaction(SB)
	MOVQ	AX, 40(SP)
	MOVL	$1, 0(SP)
	LEAQ	40(SP), AX
	MOVQ	AX, 8(SP)
	MOVL	$40, 16(SP)
	CALL	sys·write(SB)
	INCL	32(SP)
	CMPL	32(SP), $32
	JLT	loop
	RET
