// dialect: go2008
// runtime: tells the kernel which signals Go takes.
//
// Does, step by step, what the C of Go commit dfa5893d4f5a (3 December 2008) does.
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// One static struct serves every call, so that what one turn of the loop leaves in it the next one
// finds: SA_RESTART has to be taken out again after a signal that asked for it. The kernel's struct is
// handler 0, tramp 8, mask 16, flags 20; SA_ONSTACK 0x1, SA_RESTART 0x2, SA_SIGINFO 0x40.

// func initsig()
TEXT initsig(SB),7,$40
	MOVL	$0x41, sa<>+20(SB)	// SA_ONSTACK|SA_SIGINFO
	MOVL	$-1, sa<>+16(SB)	// every signal waits while a handler runs
	MOVQ	$sigtramp(SB), AX
	MOVQ	AX, sa<>+8(SB)
	MOVL	$0, 32(SP)	// i
loop:
	CMPL	32(SP), $32	// NSIG
	JGE	done
	MOVL	32(SP), AX
	SHLQ	$4, AX
	MOVQ	$sigtab(SB), BX
	MOVL	(BX)(AX*1), CX	// sigtab[i].flags
	CMPL	CX, $0
	JEQ	next
	MOVQ	$sigignore(SB), DX
	TESTL	$1, CX	// SigCatch
	JEQ	handler
	MOVQ	$sighandler(SB), DX
handler:
	MOVQ	DX, sa<>+0(SB)
	TESTL	$4, CX	// SigRestart
	JEQ	norestart
	ORL	$0x2, sa<>+20(SB)
	JMP	install
norestart:
	ANDL	$~0x2, sa<>+20(SB)
install:
	MOVL	32(SP), AX
	MOVL	AX, 0(SP)
	MOVQ	$sa<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVQ	$0, 16(SP)
	CALL	sigaction(SB)
next:
	INCL	32(SP)
	JMP	loop
done:
	RET

// The handler of signals that have only to be survived. It is named in the action, and in DI when sigtramp
// is entered; but this sigtramp calls sighandler whatever DI is.
TEXT sigignore(SB),7,$0
	RET

GLOBL sa<>(SB), $24
