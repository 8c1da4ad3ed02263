// dialect: go2008
// runtime: Darwin's sigtramp before it called sigreturn.
//
// Reproduces the instruction sequence of Go before commit dfa5893d4f5a (3 December 2008).
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// Its RET takes for a return address whatever lies at the stack's top: the kernel put none there.
// Its flags were 1 (NOPROF, no NOSPLIT), so that the linker put a stack-split check in front. These are
// the routine's own instructions: the check stays away.
TEXT sigtramp(SB),7,$24
	MOVL	DX, 0(SP)
	MOVQ	CX, 8(SP)
	MOVQ	R8, 16(SP)
	CALL	sighandler(SB)
	RET
