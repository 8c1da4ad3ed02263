// dialect: go2008
// runtime: which signals Go takes on Darwin, and what they are called.
//
// The table of Go commit dfa5893d4f5a (3 December 2008), which had it in C.
// Go is distributed under a BSD-style licence: https://go.dev/LICENSE

// An entry a signal, 16 bytes: flags int32 at 0, the address of a C string at 8. Flags are sums of
// SigCatch 1 (sigtramp handles it), SigIgnore 2 (it has only to be survived), SigRestart 4 (system
// calls that it interrupts go on). An entry with no flag is left to the kernel.

DATA sigtab+0(SB)/4, $0	// 0 SIGNONE
DATA sigtab+8(SB)/8, $signame<>+0(SB)
DATA sigtab+16(SB)/4, $0	// 1 SIGHUP
DATA sigtab+24(SB)/8, $signame<>+16(SB)
DATA sigtab+32(SB)/4, $0	// 2 SIGINT
DATA sigtab+40(SB)/8, $signame<>+32(SB)
DATA sigtab+48(SB)/4, $1	// 3 SIGQUIT
DATA sigtab+56(SB)/8, $signame<>+48(SB)
DATA sigtab+64(SB)/4, $1	// 4 SIGILL
DATA sigtab+72(SB)/8, $signame<>+64(SB)
DATA sigtab+80(SB)/4, $1	// 5 SIGTRAP
DATA sigtab+88(SB)/8, $signame<>+80(SB)
DATA sigtab+96(SB)/4, $1	// 6 SIGABRT
DATA sigtab+104(SB)/8, $signame<>+96(SB)
DATA sigtab+112(SB)/4, $1	// 7 SIGEMT
DATA sigtab+120(SB)/8, $signame<>+112(SB)
DATA sigtab+128(SB)/4, $1	// 8 SIGFPE
DATA sigtab+136(SB)/8, $signame<>+128(SB)
DATA sigtab+144(SB)/4, $0	// 9 SIGKILL
DATA sigtab+152(SB)/8, $signame<>+144(SB)
DATA sigtab+160(SB)/4, $1	// 10 SIGBUS
DATA sigtab+168(SB)/8, $signame<>+160(SB)
DATA sigtab+176(SB)/4, $1	// 11 SIGSEGV
DATA sigtab+184(SB)/8, $signame<>+176(SB)
DATA sigtab+192(SB)/4, $1	// 12 SIGSYS
DATA sigtab+200(SB)/8, $signame<>+192(SB)
DATA sigtab+208(SB)/4, $0	// 13 SIGPIPE
DATA sigtab+216(SB)/8, $signame<>+208(SB)
DATA sigtab+224(SB)/4, $0	// 14 SIGALRM
DATA sigtab+232(SB)/8, $signame<>+224(SB)
DATA sigtab+240(SB)/4, $0	// 15 SIGTERM
DATA sigtab+248(SB)/8, $signame<>+240(SB)
DATA sigtab+256(SB)/4, $0	// 16 SIGURG
DATA sigtab+264(SB)/8, $signame<>+256(SB)
DATA sigtab+272(SB)/4, $0	// 17 SIGSTOP
DATA sigtab+280(SB)/8, $signame<>+272(SB)
DATA sigtab+288(SB)/4, $0	// 18 SIGTSTP
DATA sigtab+296(SB)/8, $signame<>+288(SB)
DATA sigtab+304(SB)/4, $0	// 19 SIGCONT
DATA sigtab+312(SB)/8, $signame<>+304(SB)
DATA sigtab+320(SB)/4, $6	// 20 SIGCHLD
DATA sigtab+328(SB)/8, $signame<>+320(SB)
DATA sigtab+336(SB)/4, $0	// 21 SIGTTIN
DATA sigtab+344(SB)/8, $signame<>+336(SB)
DATA sigtab+352(SB)/4, $0	// 22 SIGTTOU
DATA sigtab+360(SB)/8, $signame<>+352(SB)
DATA sigtab+368(SB)/4, $0	// 23 SIGIO
DATA sigtab+376(SB)/8, $signame<>+368(SB)
DATA sigtab+384(SB)/4, $0	// 24 SIGXCPU
DATA sigtab+392(SB)/8, $signame<>+384(SB)
DATA sigtab+400(SB)/4, $0	// 25 SIGXFSZ
DATA sigtab+408(SB)/8, $signame<>+400(SB)
DATA sigtab+416(SB)/4, $0	// 26 SIGVTALRM
DATA sigtab+424(SB)/8, $signame<>+416(SB)
DATA sigtab+432(SB)/4, $0	// 27 SIGPROF
DATA sigtab+440(SB)/8, $signame<>+432(SB)
DATA sigtab+448(SB)/4, $6	// 28 SIGWINCH
DATA sigtab+456(SB)/8, $signame<>+448(SB)
DATA sigtab+464(SB)/4, $0	// 29 SIGINFO
DATA sigtab+472(SB)/8, $signame<>+464(SB)
DATA sigtab+480(SB)/4, $0	// 30 SIGUSR1
DATA sigtab+488(SB)/8, $signame<>+480(SB)
DATA sigtab+496(SB)/4, $0	// 31 SIGUSR2
DATA sigtab+504(SB)/8, $signame<>+496(SB)
GLOBL sigtab(SB), $512

DATA signame<>+0(SB)/8, $"SIGNONE"
DATA signame<>+16(SB)/8, $"SIGHUP"
DATA signame<>+32(SB)/8, $"SIGINT"
DATA signame<>+48(SB)/8, $"SIGQUIT"
DATA signame<>+64(SB)/8, $"SIGILL"
DATA signame<>+80(SB)/8, $"SIGTRAP"
DATA signame<>+96(SB)/8, $"SIGABRT"
DATA signame<>+112(SB)/8, $"SIGEMT"
DATA signame<>+128(SB)/8, $"SIGFPE"
DATA signame<>+144(SB)/8, $"SIGKILL"
DATA signame<>+160(SB)/8, $"SIGBUS"
DATA signame<>+176(SB)/8, $"SIGSEGV"
DATA signame<>+192(SB)/8, $"SIGSYS"
DATA signame<>+208(SB)/8, $"SIGPIPE"
DATA signame<>+224(SB)/8, $"SIGALRM"
DATA signame<>+240(SB)/8, $"SIGTERM"
DATA signame<>+256(SB)/8, $"SIGURG"
DATA signame<>+272(SB)/8, $"SIGSTOP"
DATA signame<>+288(SB)/8, $"SIGTSTP"
DATA signame<>+304(SB)/8, $"SIGCONT"
DATA signame<>+320(SB)/8, $"SIGCHLD"
DATA signame<>+336(SB)/8, $"SIGTTIN"
DATA signame<>+352(SB)/8, $"SIGTTOU"
DATA signame<>+368(SB)/8, $"SIGIO"
DATA signame<>+384(SB)/8, $"SIGXCPU"
DATA signame<>+400(SB)/8, $"SIGXFSZ"
DATA signame<>+416(SB)/8, $"SIGVTALR"
DATA signame<>+424(SB)/8, $"M"
DATA signame<>+432(SB)/8, $"SIGPROF"
DATA signame<>+448(SB)/8, $"SIGWINCH"
DATA signame<>+464(SB)/8, $"SIGINFO"
DATA signame<>+480(SB)/8, $"SIGUSR1"
DATA signame<>+496(SB)/8, $"SIGUSR2"
GLOBL signame<>(SB), $512
