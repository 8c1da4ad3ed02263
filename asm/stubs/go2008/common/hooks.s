// dialect: go2008
// The runtime's side of the routines here: hooks that count.
//
// Ringside's own: in Go the scheduler stood here (commit dfa5893d4f5a has it in C).

// Each hook counts its calls in guest memory and touches nothing but the flags, so that the calling
// routine reads as if the hook were not there.

TEXT sys·entersyscall(SB),7,$0
	INCQ	ringside·entersyscalls(SB)
	RET

TEXT sys·exitsyscall(SB),7,$0
	INCQ	ringside·exitsyscalls(SB)
	RET

DATA ringside·entersyscalls+0(SB)/8, $0
GLOBL ringside·entersyscalls(SB), $8

DATA ringside·exitsyscalls+0(SB)/8, $0
GLOBL ringside·exitsyscalls(SB), $8
