// dialect: go2008
// runtime: tells the kernel which signals Go takes.
//
// Does, step by step, what the C of Go commit dfa5893d4f5a (3 December 2008) does.
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// One static struct serves every call, so that what one turn of the loop leaves in it the next one
// finds: SA_RESTART has to be taken out again after a signal that asked for it. The kernel's struct is
// handler 0, flags 8, restorer 16, mask 24; SA_SIGINFO 0x4, SA_RESTORER 0x4000000, SA_ONSTACK 0x8000000,
// SA_RESTART 0x10000000.

// func initsig()
TEXT initsig(SB),7,$40
	MOVQ	$0xc000004, sa<>+8(SB)	// SA_ONSTACK|SA_SIGINFO|SA_RESTORER
	MOVQ	$-1, sa<>+24(SB)	// every signal waits while a handler runs
	MOVQ	$sigreturn(SB), AX
	MOVQ	AX, sa<>+16(SB)
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
	MOVQ	$sigtramp(SB), DX
handler:
	MOVQ	DX, sa<>+0(SB)
	TESTL	$4, CX	// SigRestart
	JEQ	norestart
	ORQ	$0x10000000, sa<>+8(SB)
	JMP	install
norestart:
	ANDQ	$~0x10000000, sa<>+8(SB)
install:
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
