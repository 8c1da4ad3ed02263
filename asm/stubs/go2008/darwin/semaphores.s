// dialect: go2008
// runtime: semaphores, made and destroyed with messages to the task's port.
//
// Ringside's own, after what the C of Go commit dfa5893d4f5a does; mach_msg_trap and its like are its own
// assembly. An answer that is no success calls notok.

// Sends a request of that size, and receives the answer over it, at most max bytes of it: a port for
// answers, at 40(R14) in m, is made for the first one. Destination and id are in the message already.
// func machcall(msg *byte, size, max uint32)
TEXT machcall(SB),7,$32
	CMPL	40(R14), $0
	JNE	send
	CALL	mach_reply_port(SB)
	MOVL	AX, 40(R14)
send:
	MOVQ	40(SP), DI
	ORL	$0x1513, 0(DI)	// MACH_MSGH_BITS(COPY_SEND, MAKE_SEND_ONCE)
	MOVL	40(R14), AX
	MOVL	AX, 12(DI)	// msgh_local_port
	MOVL	$0, 16(DI)	// msgh_reserved
	MOVQ	DI, 0(SP)
	MOVL	$3, 8(SP)	// MACH_SEND_MSG|MACH_RCV_MSG
	MOVL	48(SP), CX
	MOVL	CX, 12(SP)
	MOVL	52(SP), CX
	MOVL	CX, 16(SP)
	MOVL	AX, 20(SP)	// where to receive
	MOVL	$0, 24(SP)	// timeout
	MOVL	$0, 28(SP)	// notify
	CALL	mach_msg_trap(SB)
	CMPL	AX, $0
	JEQ	2(PC)
	CALL	notok(SB)
	RET

// The semaphore's name is left in AX. The message lies at 16(SP): header 24, NDR 8, policy, value.
// func mach_semcreate()
TEXT mach_semcreate(SB),7,$64
	MOVL	$0, 16(SP)	// msgh_bits
	MOVL	$40, 20(SP)	// msgh_size
	CALL	mach_task_self(SB)
	MOVL	AX, 24(SP)	// msgh_remote_port
	MOVL	$3418, 36(SP)	// msgh_id: semaphore_create
	MOVQ	$0, 40(SP)	// NDR
	MOVL	$0, 48(SP)	// SYNC_POLICY_FIFO
	MOVL	$0, 52(SP)	// value
	LEAQ	16(SP), AX
	MOVQ	AX, 0(SP)
	MOVL	$40, 8(SP)
	MOVL	$48, 12(SP)
	CALL	machcall(SB)
	CMPL	36(SP), $3518	// the answer's id
	JNE	bad
	CMPL	40(SP), $1	// descriptors: the other answer, a code, has none
	JNE	bad
	MOVL	44(SP), AX	// the semaphore's name
	RET
bad:
	CALL	notok(SB)
	RET

// The message lies at 16(SP): header 24, the number of descriptors, one descriptor.
// func mach_semdestroy(semaphore uint32)
TEXT mach_semdestroy(SB),7,$64
	MOVL	$0x80000000, 16(SP)	// msgh_bits: there are descriptors
	MOVL	$40, 20(SP)	// msgh_size
	CALL	mach_task_self(SB)
	MOVL	AX, 24(SP)	// msgh_remote_port
	MOVL	$3419, 36(SP)	// msgh_id: semaphore_destroy
	MOVL	$1, 40(SP)
	MOVL	72(SP), AX
	MOVL	AX, 44(SP)
	MOVL	$0, 48(SP)
	MOVL	$0x110000, 52(SP)	// MACH_MSG_TYPE_MOVE_SEND, a port
	LEAQ	16(SP), AX
	MOVQ	AX, 0(SP)
	MOVL	$40, 8(SP)
	MOVL	$48, 12(SP)
	CALL	machcall(SB)
	CMPL	36(SP), $3519
	JNE	bad
	CMPL	48(SP), $0	// the code
	JNE	bad
	RET
bad:
	CALL	notok(SB)
	RET
