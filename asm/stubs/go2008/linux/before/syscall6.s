// dialect: go2008
// syscall: Syscall6 before its compare.
//
// Reproduces the instruction sequence of Go before commit dfa5893d4f5a (3 December 2008).
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// Nothing sets the flags between SYSCALL and JLS: the jump tests what SYSCALL left, which are the
// flags from before it (saved in R11 and restored). What the kernel answered makes no difference.

// func Syscall6(trap, a1, a2, a3, a4, a5, a6 int64) (r1, r2, errno int64)
TEXT syscall·Syscall6(SB),7,$0
	CALL	sys·entersyscall(SB)
	MOVQ	16(SP), DI
	MOVQ	24(SP), SI
	MOVQ	32(SP), DX
	MOVQ	40(SP), R10
	MOVQ	48(SP), R8
	MOVQ	56(SP), R9
	MOVQ	8(SP), AX	// trap
	SYSCALL
	JLS	ok6
	MOVQ	$-1, 64(SP)	// r1
	MOVQ	$0, 72(SP)	// r2
	NEGQ	AX
	MOVQ	AX, 80(SP)	// errno
	CALL	sys·exitsyscall(SB)
	RET
ok6:
	MOVQ	AX, 64(SP)	// r1
	MOVQ	DX, 72(SP)	// r2
	MOVQ	$0, 80(SP)	// errno
	CALL	sys·exitsyscall(SB)
	RET
