// dialect: go2008
// runtime: Linux's sigtramp before it switched g.
//
// Reproduces the instruction sequence of Go before commit dfa5893d4f5a (3 December 2008).
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// R15 stays what it was: the handler runs on the signal stack while g still says otherwise. Its flags
// were 1 (NOPROF, no NOSPLIT), so that the linker put a stack-split check in front, which took SP for
// an overflow of g's own stack. These are the routine's own instructions: the check stays away.
TEXT sigtramp(SB),7,$24-16
	MOVQ	DI, 0(SP)
	MOVQ	SI, 8(SP)
	MOVQ	DX, 16(SP)
	CALL	sighandler(SB)
	RET
