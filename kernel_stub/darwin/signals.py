"""Darwin's signals: numbers as Apple's sys/signal.h, default actions as xnu's sigprop, texts as strsignal."""

from __future__ import annotations

from kernel_stub.tables import SignalRow, by_name, by_number

SIGNALS: tuple[SignalRow, ...] = (
    SignalRow(1, "SIGHUP", "term", "Hangup"),
    SignalRow(2, "SIGINT", "term", "Interrupt"),
    SignalRow(3, "SIGQUIT", "core", "Quit"),
    SignalRow(4, "SIGILL", "core", "Illegal instruction"),
    SignalRow(5, "SIGTRAP", "core", "Trace/BPT trap"),
    SignalRow(6, "SIGABRT", "core", "Abort trap"),
    SignalRow(7, "SIGEMT", "core", "EMT trap"),
    SignalRow(8, "SIGFPE", "core", "Floating point exception"),
    SignalRow(9, "SIGKILL", "term", "Killed"),
    SignalRow(10, "SIGBUS", "core", "Bus error"),
    SignalRow(11, "SIGSEGV", "core", "Segmentation fault"),
    SignalRow(12, "SIGSYS", "core", "Bad system call"),
    SignalRow(13, "SIGPIPE", "term", "Broken pipe"),
    SignalRow(14, "SIGALRM", "term", "Alarm clock"),
    SignalRow(15, "SIGTERM", "term", "Terminated"),
    SignalRow(16, "SIGURG", "ignore", "Urgent I/O condition"),
    SignalRow(17, "SIGSTOP", "stop", "Suspended (signal)"),
    SignalRow(18, "SIGTSTP", "stop", "Suspended"),
    SignalRow(19, "SIGCONT", "continue", "Continued"),
    SignalRow(20, "SIGCHLD", "ignore", "Child exited"),
    SignalRow(21, "SIGTTIN", "stop", "Stopped (tty input)"),
    SignalRow(22, "SIGTTOU", "stop", "Stopped (tty output)"),
    SignalRow(23, "SIGIO", "ignore", "I/O possible"),
    SignalRow(24, "SIGXCPU", "term", "Cputime limit exceeded"),
    SignalRow(25, "SIGXFSZ", "term", "Filesize limit exceeded"),
    SignalRow(26, "SIGVTALRM", "term", "Virtual timer expired"),
    SignalRow(27, "SIGPROF", "term", "Profiling timer expired"),
    SignalRow(28, "SIGWINCH", "ignore", "Window size changes"),
    SignalRow(29, "SIGINFO", "ignore", "Information request"),
    SignalRow(30, "SIGUSR1", "term", "User defined signal 1"),
    SignalRow(31, "SIGUSR2", "term", "User defined signal 2"),
)

ALIASES: dict[str, str] = {
    "SIGIOT": "SIGABRT",
}

BY_NAME: dict[str, SignalRow] = by_name(SIGNALS, ALIASES)
BY_NUMBER: dict[int, SignalRow] = by_number(SIGNALS)
