// dialect: go2008
// runtime: threads.
//
// Reproduces the instruction sequence of Go commit dfa5893d4f5a (3 December 2008).
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// func futex(addr *int32, op, value int32, timeout, addr2 *byte, value2 int32)
TEXT futex(SB),7,$-8
	MOVQ	8(SP), DI
	MOVL	16(SP), SI
	MOVL	20(SP), DX
	MOVQ	24(SP), R10
	MOVQ	32(SP), R8
	MOVL	40(SP), R9
	MOVL	$202, AX
	SYSCALL
	RET

// Starts a thread that runs fn on its own stack, with its own m and g. The child shares no stack with
// the parent, so what it needs is in registers before SYSCALL; that clobbers CX and R11 only.
// func clone(flags int32, stack, m, g, fn *byte)
TEXT clone(SB),7,$0
	MOVL	8(SP), DI
	MOVQ	16(SP), SI
	MOVQ	24(SP), R8
	MOVQ	32(SP), R9
	MOVQ	40(SP), R12
	MOVL	$56, AX
	SYSCALL
	CMPQ	AX, $0
	JEQ	2(PC)
	RET	// the parent: AX is the child's id, or an error
	MOVQ	SI, SP
	MOVQ	R8, R14	// m
	MOVQ	R9, R15	// g
	CALL	R12
	MOVL	$111, DI	// fn is not to return; if it does, the thread ends, however often it takes
	MOVL	$60, AX
	SYSCALL
	JMP	-3(PC)

// func select(n int32, readers, writers, others, timeout *byte)
TEXT select(SB),7,$-8
	MOVL	8(SP), DI
	MOVQ	16(SP), SI
	MOVQ	24(SP), DX
	MOVQ	32(SP), R10
	MOVQ	40(SP), R8
	MOVL	$23, AX
	SYSCALL
	RET

// The thread's own id; getpid answers that of the process.
// func gettid()
TEXT gettid(SB),7,$-8
	MOVL	$186, AX
	SYSCALL
	RET
