// dialect: go2008
// runtime: initsig with a struct that is not the kernel's.
//
// Does what the C of Go before commit dfa5893d4f5a (3 December 2008) does, over that commit's sigtab.
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// The struct is the C library's: handler 0, mask 8 (128 bytes), flags 136, restorer 144. The library
// translates it; this goes to the kernel as it is, which reads its 32 bytes of handler, flags, restorer
// and mask: it takes the first 8 bytes of the mask for flags, the next 8 for the restorer. With a mask of
// all ones SA_RESTORER seems to be set, and the handler is to return to 0xffffffffffffffff.

// func initsig()
TEXT initsig(SB),7,$40
	MOVQ	$sigtramp(SB), AX
	MOVQ	AX, sa<>+0(SB)
	MOVL	$4, sa<>+136(SB)	// SA_SIGINFO, which the kernel never sees
	MOVQ	$sa<>(SB), BX
	MOVL	$0, CX
mask:
	MOVB	$0xff, 8(BX)(CX*1)
	INCL	CX
	CMPL	CX, $128
	JLT	mask
	MOVL	$0, 32(SP)	// i
loop:
	CMPL	32(SP), $32	// NSIG
	JGE	done
	MOVL	32(SP), AX
	SHLQ	$4, AX
	MOVQ	$sigtab(SB), BX
	MOVL	(BX)(AX*1), CX
	TESTL	$1, CX	// SigCatch
	JEQ	next
	MOVL	32(SP), AX
	MOVL	AX, 0(SP)
	MOVQ	$sa<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVQ	$0, 16(SP)
	MOVQ	$8, 24(SP)
	CALL	rt_sigaction(SB)
next:
	INCL	32(SP)
	JMP	loop
done:
	RET

GLOBL sa<>(SB), $152
