"""Linux's signals on x86-64: numbers as asm/signal.h, default actions as signal(7), texts as strsignal.

The kernel's real-time signals start at 32 (a C library keeps the first two for itself); they are
named as strace names them.
"""

from __future__ import annotations

from kernel_stub.tables import SignalRow, by_name, by_number

SIGNALS: tuple[SignalRow, ...] = (
    SignalRow(1, "SIGHUP", "term", "Hangup"),
    SignalRow(2, "SIGINT", "term", "Interrupt"),
    SignalRow(3, "SIGQUIT", "core", "Quit"),
    SignalRow(4, "SIGILL", "core", "Illegal instruction"),
    SignalRow(5, "SIGTRAP", "core", "Trace/breakpoint trap"),
    SignalRow(6, "SIGABRT", "core", "Aborted"),
    SignalRow(7, "SIGBUS", "core", "Bus error"),
    SignalRow(8, "SIGFPE", "core", "Floating point exception"),
    SignalRow(9, "SIGKILL", "term", "Killed"),
    SignalRow(10, "SIGUSR1", "term", "User defined signal 1"),
    SignalRow(11, "SIGSEGV", "core", "Segmentation fault"),
    SignalRow(12, "SIGUSR2", "term", "User defined signal 2"),
    SignalRow(13, "SIGPIPE", "term", "Broken pipe"),
    SignalRow(14, "SIGALRM", "term", "Alarm clock"),
    SignalRow(15, "SIGTERM", "term", "Terminated"),
    SignalRow(16, "SIGSTKFLT", "term", "Stack fault"),
    SignalRow(17, "SIGCHLD", "ignore", "Child exited"),
    SignalRow(18, "SIGCONT", "continue", "Continued"),
    SignalRow(19, "SIGSTOP", "stop", "Stopped (signal)"),
    SignalRow(20, "SIGTSTP", "stop", "Stopped"),
    SignalRow(21, "SIGTTIN", "stop", "Stopped (tty input)"),
    SignalRow(22, "SIGTTOU", "stop", "Stopped (tty output)"),
    SignalRow(23, "SIGURG", "ignore", "Urgent I/O condition"),
    SignalRow(24, "SIGXCPU", "core", "CPU time limit exceeded"),
    SignalRow(25, "SIGXFSZ", "core", "File size limit exceeded"),
    SignalRow(26, "SIGVTALRM", "term", "Virtual timer expired"),
    SignalRow(27, "SIGPROF", "term", "Profiling timer expired"),
    SignalRow(28, "SIGWINCH", "ignore", "Window changed"),
    SignalRow(29, "SIGIO", "term", "I/O possible"),
    SignalRow(30, "SIGPWR", "term", "Power failure"),
    SignalRow(31, "SIGSYS", "core", "Bad system call"),
    SignalRow(32, "SIGRTMIN", "term", "Real-time signal 0"),
    SignalRow(33, "SIGRT_1", "term", "Real-time signal 1"),
    SignalRow(34, "SIGRT_2", "term", "Real-time signal 2"),
    SignalRow(35, "SIGRT_3", "term", "Real-time signal 3"),
    SignalRow(36, "SIGRT_4", "term", "Real-time signal 4"),
    SignalRow(37, "SIGRT_5", "term", "Real-time signal 5"),
    SignalRow(38, "SIGRT_6", "term", "Real-time signal 6"),
    SignalRow(39, "SIGRT_7", "term", "Real-time signal 7"),
    SignalRow(40, "SIGRT_8", "term", "Real-time signal 8"),
    SignalRow(41, "SIGRT_9", "term", "Real-time signal 9"),
    SignalRow(42, "SIGRT_10", "term", "Real-time signal 10"),
    SignalRow(43, "SIGRT_11", "term", "Real-time signal 11"),
    SignalRow(44, "SIGRT_12", "term", "Real-time signal 12"),
    SignalRow(45, "SIGRT_13", "term", "Real-time signal 13"),
    SignalRow(46, "SIGRT_14", "term", "Real-time signal 14"),
    SignalRow(47, "SIGRT_15", "term", "Real-time signal 15"),
    SignalRow(48, "SIGRT_16", "term", "Real-time signal 16"),
    SignalRow(49, "SIGRT_17", "term", "Real-time signal 17"),
    SignalRow(50, "SIGRT_18", "term", "Real-time signal 18"),
    SignalRow(51, "SIGRT_19", "term", "Real-time signal 19"),
    SignalRow(52, "SIGRT_20", "term", "Real-time signal 20"),
    SignalRow(53, "SIGRT_21", "term", "Real-time signal 21"),
    SignalRow(54, "SIGRT_22", "term", "Real-time signal 22"),
    SignalRow(55, "SIGRT_23", "term", "Real-time signal 23"),
    SignalRow(56, "SIGRT_24", "term", "Real-time signal 24"),
    SignalRow(57, "SIGRT_25", "term", "Real-time signal 25"),
    SignalRow(58, "SIGRT_26", "term", "Real-time signal 26"),
    SignalRow(59, "SIGRT_27", "term", "Real-time signal 27"),
    SignalRow(60, "SIGRT_28", "term", "Real-time signal 28"),
    SignalRow(61, "SIGRT_29", "term", "Real-time signal 29"),
    SignalRow(62, "SIGRT_30", "term", "Real-time signal 30"),
    SignalRow(63, "SIGRT_31", "term", "Real-time signal 31"),
    SignalRow(64, "SIGRT_32", "term", "Real-time signal 32"),
)

ALIASES: dict[str, str] = {
    "SIGIOT": "SIGABRT",
    "SIGCLD": "SIGCHLD",
    "SIGPOLL": "SIGIO",
    "SIGRTMAX": "SIGRT_32",
}

BY_NAME: dict[str, SignalRow] = by_name(SIGNALS, ALIASES)
BY_NUMBER: dict[int, SignalRow] = by_number(SIGNALS)
