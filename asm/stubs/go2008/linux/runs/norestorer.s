// dialect: go2008
// runtime: initsig with the kernel's struct, but without SA_RESTORER.
//
// Ringside's own: one flag less than the initsig of Go commit dfa5893d4f5a, to show what the flag is for.

// On x86-64 the kernel makes no frame for a handler that has no restorer: no handler runs, and the process
// gets SIGSEGV for every signal that one was to handle.

// func initsig()
TEXT initsig(SB),7,$40
	MOVQ	$sigtramp(SB), AX
	MOVQ	AX, sa<>+0(SB)
	MOVQ	$0x8000004, sa<>+8(SB)	// SA_ONSTACK|SA_SIGINFO
	MOVQ	$-1, sa<>+24(SB)
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

GLOBL sa<>(SB), $32
