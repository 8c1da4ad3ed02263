// dialect: go2008
// runtime: processes, files, memory.
//
// Reproduces the instruction sequence of Go commit dfa5893d4f5a (3 December 2008).
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// C's calling convention of the time: arguments on the stack at their natural alignment, int32 ones
// packed, the result in AX. Errors are not looked at unless the routine says so.

// exit_group: every thread of the process ends.
// func exit(status int32)
TEXT sys·exit(SB),7,$-8
	MOVL	8(SP), DI
	MOVL	$231, AX
	SYSCALL
	RET

// exit: this thread alone ends.
// func exit1(status int32)
TEXT exit1(SB),7,$-8
	MOVL	8(SP), DI
	MOVL	$60, AX
	SYSCALL
	RET

// func open(name *byte, flags, mode int32)
TEXT open(SB),7,$-8
	MOVQ	8(SP), DI
	MOVL	16(SP), SI
	MOVL	20(SP), DX
	MOVL	$2, AX
	SYSCALL
	RET

// func close(fd int32)
TEXT close(SB),7,$-8
	MOVL	8(SP), DI
	MOVL	$3, AX
	SYSCALL
	RET

// func fstat(fd int32, stat *byte)
TEXT fstat(SB),7,$-8
	MOVL	8(SP), DI
	MOVQ	16(SP), SI
	MOVL	$5, AX
	SYSCALL
	RET

// func read(fd int32, buf *byte, n int32)
TEXT read(SB),7,$-8
	MOVL	8(SP), DI
	MOVQ	16(SP), SI
	MOVL	24(SP), DX
	MOVL	$0, AX
	SYSCALL
	RET

// func write(fd int32, buf *byte, n int32)
TEXT sys·write(SB),7,$-8
	MOVL	8(SP), DI
	MOVQ	16(SP), SI
	MOVL	24(SP), DX
	MOVL	$1, AX
	SYSCALL
	RET

// The flags arrive as Plan 9 and BSD number them: MAP_ANON is 0x1000 there and 0x20 on Linux, seven
// bits further down. The rest of the flags pass through. An error calls notok.
// func mmap(addr *byte, n uint32, prot, flags, fd int32, offset uint32)
TEXT sys·mmap(SB),7,$-8
	MOVQ	8(SP), DI
	MOVL	16(SP), SI
	MOVL	20(SP), DX
	MOVL	24(SP), R10
	MOVL	28(SP), R8
	MOVL	32(SP), R9
	MOVL	R10, AX
	ANDL	$~0x1000, R10
	ANDL	$0x1000, AX
	SHRL	$7, AX
	ORL	AX, R10
	MOVL	$9, AX
	SYSCALL
	CMPQ	AX, $0xfffffffffffff001
	JLS	2(PC)
	CALL	notok(SB)
	RET

// For results that must never happen: a store to an address that is never mapped.
// func notok()
TEXT notok(SB),7,$-8
	MOVL	$0xf1, BP
	MOVQ	BP, (BP)
	RET
