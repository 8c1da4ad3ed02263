// dialect: go2008
// A program whose read ends when a signal comes: no SA_RESTART.
//
// Ringside's own, with the routines of Go commit dfa5893d4f5a.

// Descriptor 0 never has anything to read.
TEXT main·main(SB),7,$128
	MOVQ	$0, 0(SP)	// no flags
	CALL	ringside·alarm(SB)
	MOVQ	$3, 0(SP)	// read
	MOVQ	$0, 8(SP)
	LEAQ	64(SP), AX
	MOVQ	AX, 16(SP)
	MOVQ	$64, 24(SP)
	CALL	syscall·Syscall(SB)
	CMPQ	48(SP), $4	// errno: EINTR
	JNE	other
	MOVL	$1, 0(SP)
	MOVQ	$interrupted<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$21, 16(SP)
	CALL	sys·write(SB)
	RET
other:
	MOVL	$2, 0(SP)
	MOVQ	$other<>(SB), AX
	MOVQ	AX, 8(SP)
	MOVL	$25, 16(SP)
	CALL	sys·write(SB)
	MOVL	$1, 0(SP)
	CALL	sys·exit(SB)
	RET	// not reached

DATA interrupted<>+0(SB)/8, $"read was"
DATA interrupted<>+8(SB)/8, $" interru"
DATA interrupted<>+16(SB)/5, $"pted\n"
GLOBL interrupted<>(SB), $21

DATA other<>+0(SB)/8, $"read was"
DATA other<>+8(SB)/8, $" not int"
DATA other<>+16(SB)/8, $"errupted"
DATA other<>+24(SB)/1, $"\n"
GLOBL other<>(SB), $25
