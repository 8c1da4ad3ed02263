// dialect: go2008
// runtime: threads and Mach traps.
//
// Reproduces the instruction sequence of Go commit dfa5893d4f5a (3 December 2008).
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// Mach traps have the class 0x1000000, and answer in AX; the carry flag says nothing about them.

// Registers bsdthread_start as the place where new threads begin, with no work-queue thread function
// and no size of a pthread structure. An error calls notok.
// func bsdthread_register()
TEXT bsdthread_register(SB),7,$-8
	MOVQ	$bsdthread_start(SB), DI
	MOVQ	$0, SI
	MOVQ	$0, DX
	MOVQ	$(0x2000000+366), AX
	SYSCALL
	JCC	2(PC)
	CALL	notok(SB)
	RET

// The kernel hands func, arg and pthread on to bsdthread_start without looking at them: they are fn,
// m and g here. An error calls notok.
// func bsdthread_create(stack, m, g, fn *byte)
TEXT bsdthread_create(SB),7,$-8
	MOVQ	32(SP), DI	// func
	MOVQ	16(SP), SI	// arg
	MOVQ	8(SP), DX	// stack
	MOVQ	24(SP), R10	// pthread
	MOVQ	$0, R8	// flags
	MOVQ	$(0x2000000+360), AX
	SYSCALL
	JCC	2(PC)
	CALL	notok(SB)
	RET

// Where a new thread begins: DI is pthread, SI the thread's port, DX func, CX arg, R8 the stack, R9 the
// flags. m->procid, at 24(R14), takes the port.
TEXT bsdthread_start(SB),7,$-8
	MOVQ	CX, R14	// m
	MOVQ	DI, R15	// g
	MOVQ	SI, 24(R14)
	CALL	DX
	CALL	exit1(SB)
	RET

// select_nocancel, by its number.
// func select(n int32, readers, writers, others, timeout *byte)
TEXT select(SB),7,$-8
	MOVL	8(SP), DI
	MOVQ	16(SP), SI
	MOVQ	24(SP), DX
	MOVQ	32(SP), R10
	MOVQ	40(SP), R8
	MOVL	$(0x2000000+407), AX
	SYSCALL
	RET

// Seven arguments: the last goes on the stack.
// func mach_msg_trap(msg *byte, option, send, receive, name, timeout, notify uint32)
TEXT mach_msg_trap(SB),7,$0
	MOVQ	8(SP), DI
	MOVL	16(SP), SI
	MOVL	20(SP), DX
	MOVL	24(SP), R10
	MOVL	28(SP), R8
	MOVL	32(SP), R9
	MOVL	36(SP), R11
	PUSHQ	R11
	MOVL	$(0x1000000+31), AX
	SYSCALL
	POPQ	R11
	RET

// func mach_task_self()
TEXT mach_task_self(SB),7,$0
	MOVL	$(0x1000000+28), AX
	SYSCALL
	RET

// func mach_thread_self()
TEXT mach_thread_self(SB),7,$0
	MOVL	$(0x1000000+27), AX
	SYSCALL
	RET

// func mach_reply_port()
TEXT mach_reply_port(SB),7,$0
	MOVL	$(0x1000000+26), AX
	SYSCALL
	RET

// func mach_semaphore_wait(semaphore uint32)
TEXT mach_semaphore_wait(SB),7,$0
	MOVL	8(SP), DI
	MOVL	$(0x1000000+36), AX
	SYSCALL
	RET

// func mach_semaphore_timedwait(semaphore, seconds, nanoseconds uint32)
TEXT mach_semaphore_timedwait(SB),7,$0
	MOVL	8(SP), DI
	MOVL	12(SP), SI
	MOVL	16(SP), DX
	MOVL	$(0x1000000+38), AX
	SYSCALL
	RET

// func mach_semaphore_signal(semaphore uint32)
TEXT mach_semaphore_signal(SB),7,$0
	MOVL	8(SP), DI
	MOVL	$(0x1000000+33), AX
	SYSCALL
	RET

// func mach_semaphore_signal_all(semaphore uint32)
TEXT mach_semaphore_signal_all(SB),7,$0
	MOVL	8(SP), DI
	MOVL	$(0x1000000+34), AX
	SYSCALL
	RET
