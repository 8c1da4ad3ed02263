// dialect: go2008
// What programs have that are not about signals: nothing to set up.
//
// Ringside's own, in place of the routines of Go commit dfa5893d4f5a.

TEXT minit(SB),7,$0
	RET

TEXT initsig(SB),7,$0
	RET
