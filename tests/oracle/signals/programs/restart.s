; Calls that sleep, and what becomes of them when a signal comes; timers.

=== pause | exit 4 | pause ends with EINTR after a handler.
main:
    @install SIGALRM, count_signal, 0
    mov edi, 40000
    call arm
    @sys pause
    neg eax
    ret

=== pause_restart | exit 4 | SA_RESTART does not restart pause.
main:
    @install SIGALRM, handler, SA_RESTART | SA_SIGINFO
    mov edi, 40000
    call arm
    @sys pause
    neg eax
    ret
handler:
    mov rax, [rdx + UC_RAX]
    mov rcx, [rdx + UC_RIP]
    ret

=== pause_pending | exit 4 | A signal unblocked just before does not get lost: it is delivered before pause.
main:
    @install SIGALRM, handler, 0
    @install SIGUSR1, count_signal, 0
    @mask SIG_BLOCK, M_SIGUSR1
    @raise SIGUSR1
    mov edi, 40000
    call arm
    @mask SIG_UNBLOCK, M_SIGUSR1
    @sys pause
    neg eax
    ret
handler:
    mov eax, [rip + count]
    ret

=== pause_fatal | killed SIGALRM | A signal that kills ends pause and the process.
main:
    mov edi, 40000
    call arm
    @sys pause
    xor eax, eax
    ret

=== nanosleep_whole | exit 0 | nanosleep sleeps its time and answers 0.
main:
    mov qword ptr [rip + timer + 8], 5000000
    mov qword ptr [rip + oldstack], -1
    @sys nanosleep, &timer, &oldstack
    ret

=== nanosleep_interrupted | exit 4 | nanosleep answers EINTR after a handler and says what was left.
main:
    @install SIGALRM, count_signal, 0
    mov edi, 40000
    call arm
    mov qword ptr [rip + newstack], 100
    mov qword ptr [rip + newstack + 8], 500000000
    @sys nanosleep, &newstack, &times
    mov rcx, [rip + times]
    neg eax
    ret

=== nanosleep_restart | exit 4 | SA_RESTART does not restart nanosleep.
main:
    @install SIGALRM, handler, SA_RESTART | SA_SIGINFO
    mov edi, 40000
    call arm
    mov qword ptr [rip + newstack], 100
    @sys nanosleep, &newstack, 0
    neg eax
    ret
handler:
    mov rax, [rdx + UC_RAX]
    mov rcx, [rdx + UC_RIP]
    ret

=== nanosleep_errors | exit 0 | nanosleep refuses bad times and pointers.
main:
    @sys nanosleep, 0x10, 0
    mov qword ptr [rip + newstack + 8], 1000000000
    @sys nanosleep, &newstack, 0
    mov qword ptr [rip + newstack + 8], -1
    @sys nanosleep, &newstack, 0
    mov qword ptr [rip + newstack + 8], 0
    mov qword ptr [rip + newstack], -1
    @sys nanosleep, &newstack, 0
    mov qword ptr [rip + newstack], 0
    @sys nanosleep, &newstack, 0x10
    ret

=== nanosleep_bad_rest | exit 14 | An interrupted nanosleep that can't say what was left answers EFAULT.
main:
    @install SIGALRM, count_signal, 0
    mov edi, 40000
    call arm
    mov qword ptr [rip + newstack], 100
    @sys nanosleep, &newstack, 0x10
    neg eax
    ret

=== clock_nanosleep_relative | exit 4 | clock_nanosleep for a time is like nanosleep.
main:
    @install SIGALRM, count_signal, SA_RESTART
    mov edi, 40000
    call arm
    mov qword ptr [rip + newstack], 100
    mov qword ptr [rip + newstack + 8], 500000000
    @sys clock_nanosleep, CLOCK_MONOTONIC, 0, &newstack, &times
    mov rcx, [rip + times]
    neg eax
    ret

=== clock_nanosleep_absolute | exit 4 | Until a time, it answers EINTR after a handler and leaves no rest.
main:
    @install SIGALRM, handler, SA_RESTART | SA_SIGINFO
    mov edi, 40000
    call arm
    mov rax, 0x7fffffff0000
    mov [rip + newstack], rax
    mov qword ptr [rip + oldstack], 77
    @sys clock_nanosleep, CLOCK_MONOTONIC, 1, &newstack, &oldstack
    neg eax
    ret
handler:
    mov rax, [rdx + UC_RAX]
    mov rcx, [rdx + UC_RIP]
    ret

=== clock_nanosleep_past | exit 0 | Until a time that is past it does not sleep.
main:
    @sys clock_nanosleep, CLOCK_MONOTONIC, 1, &newstack, 0
    ret

=== clock_nanosleep_errors | exit 0 | It refuses unknown clocks, bad times and pointers.
main:
    @sys clock_nanosleep, 99, 0, &newstack, 0
    @sys clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, &newstack, 0
    @sys clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &newstack, 0
    @sys clock_nanosleep, CLOCK_MONOTONIC, 0, 0x10, 0
    mov qword ptr [rip + newstack + 8], -1
    @sys clock_nanosleep, CLOCK_REALTIME, 0, &newstack, 0
    xor eax, eax
    ret

=== read_interrupted | exit 4 | A read that waits answers EINTR after a handler without SA_RESTART.
main:
    @install SIGALRM, handler, SA_SIGINFO
    mov edi, 40000
    call arm
    @sys read, 0, &info, 16
    neg eax
    ret
handler:
    mov rax, [rdx + UC_RAX]
    mov rcx, [rdx + UC_RIP]
    ret

=== read_restarted | exit 4 | With SA_RESTART it is made again, with its arguments and its number in RAX.
main:
    @install SIGALRM, handler, SA_RESTART | SA_SIGINFO
    mov edi, 40000
    call arm
    @sys read, 0, &info, 16
    neg eax
    ret
handler:
    mov rax, [rdx + UC_RAX]
    mov rcx, [rdx + UC_RIP]
    @install SIGALRM, count_signal, 0
    mov edi, 40000
    call arm
    ret

=== read_ready | exit 6 typed | A read that need not wait gives what is there, and the signal comes after it.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @sys read, 0, &info, 16
    mov rbx, rax
    @raise SIGUSR1
    mov rax, rbx
    ret
handler:
    mov rax, [rdx + UC_RAX]
    ret

=== read_two_signals | exit 4 | Of several handlers the first delivered decides about the restart.
main:
    @install SIGALRM, handler, SA_SIGINFO
    @install SIGUSR1, note_signal, SA_SIGINFO | SA_RESTART
    @install SIGUSR2, note_signal, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGUSR1 | M_SIGUSR2
    @raise SIGUSR2
    @raise SIGUSR1
    mov edi, 40000
    call arm
    @sys read, 0, &info, 16
    neg eax
    ret
handler:
    mov qword ptr [rdx + UC_SIGMASK], 0
    ret

=== suspend_restart | exit 4 | SA_RESTART does not restart rt_sigsuspend.
main:
    @install SIGALRM, handler, SA_SIGINFO | SA_RESTART
    @mask SIG_BLOCK, M_SIGALRM
    mov edi, 40000
    call arm
    mov qword ptr [rip + newset], 0
    @sys rt_sigsuspend, &newset, 8
    neg eax
    ret
handler:
    mov rax, [rdx + UC_RAX]
    mov rcx, [rdx + UC_SIGMASK]
    ret

=== restart_syscall_alone | exit 4 | restart_syscall without anything to restart answers EINTR.
main:
    @sys restart_syscall
    neg eax
    ret

=== restart_syscall_in_handler | exit 4 | A handler may finish the sleep it interrupted; after sigreturn nothing is left of it.
main:
    @install SIGALRM, handler, SA_SIGINFO
    mov edi, 40000
    call arm
    mov qword ptr [rip + newstack + 8], 120000000
    @sys nanosleep, &newstack, 0
    mov rbx, rax
    @sys restart_syscall
    mov rax, rbx
    neg eax
    ret
handler:
    @sys restart_syscall
    mov [rip + log], rax
    ret

=== interval | exit 3 | An interval timer goes off again and again.
main:
    @install SIGALRM, count_signal, 0
    @mask SIG_BLOCK, M_SIGALRM
    mov qword ptr [rip + timer + 8], 10000
    mov qword ptr [rip + timer + 24], 10000
    @sys setitimer, ITIMER_REAL, &timer, 0
    mov qword ptr [rip + newset], 0
    @sys rt_sigsuspend, &newset, 8
    @sys rt_sigsuspend, &newset, 8
    @sys rt_sigsuspend, &newset, 8
    mov qword ptr [rip + timer + 8], 0
    mov qword ptr [rip + timer + 24], 0
    @sys setitimer, ITIMER_REAL, &timer, 0
    mov eax, [rip + count]
    ret

=== timer_read | exit 0 | getitimer tells interval and rest; after a single shot both are zero.
main:
    @install SIGALRM, count_signal, 0
    mov qword ptr [rip + timer], 7
    mov qword ptr [rip + timer + 8], 8
    mov qword ptr [rip + timer + 16], 1000
    @sys setitimer, ITIMER_REAL, &timer, 0
    @sys getitimer, ITIMER_REAL, &times
    mov rcx, [rip + times + 16]
    mov edi, 10000
    call arm
    @sys pause
    @sys getitimer, ITIMER_REAL, &times
    mov rax, [rip + times + 16]
    add rax, [rip + times + 24]
    ret

=== timer_old | exit 0 | setitimer gives the old setting back; a null one disarms.
main:
    mov qword ptr [rip + timer + 16], 1000
    @sys setitimer, ITIMER_REAL, &timer, 0
    @sys setitimer, ITIMER_REAL, 0, &times
    mov rcx, [rip + times + 16]
    @sys getitimer, ITIMER_REAL, &times
    mov rax, [rip + times + 16]
    ret

=== timer_errors | exit 0 | Timers refuse unknown clocks, bad times and pointers.
main:
    @sys setitimer, 3, &timer, 0
    @sys setitimer, -1, &timer, 0
    @sys getitimer, 3, &times
    @sys getitimer, ITIMER_REAL, 0x10
    @sys setitimer, ITIMER_REAL, 0x10, 0
    mov qword ptr [rip + timer + 24], 1000000
    @sys setitimer, ITIMER_REAL, &timer, 0
    mov qword ptr [rip + timer + 24], -1
    @sys setitimer, ITIMER_REAL, &timer, 0
    mov qword ptr [rip + timer + 24], 0
    mov qword ptr [rip + timer + 16], -1
    @sys setitimer, ITIMER_REAL, &timer, 0
    mov qword ptr [rip + timer + 16], 0
    mov qword ptr [rip + timer + 8], 1000000
    @sys setitimer, ITIMER_REAL, &timer, 0
    xor eax, eax
    ret

=== alarm | exit 100 | alarm tells the whole seconds that were left of the one before.
main:
    @sys alarm, 100
    @sys alarm, 50
    mov rbx, rax
    @sys alarm, 0
    @sys alarm, 0
    mov rax, rbx
    ret

=== alarm_and_timer | exit 30 | alarm and the real-time interval timer are one.
main:
    mov qword ptr [rip + timer], 5
    mov qword ptr [rip + timer + 16], 30
    @sys setitimer, ITIMER_REAL, &timer, 0
    @sys alarm, 70
    mov rbx, rax
    @sys getitimer, ITIMER_REAL, &times
    mov rcx, [rip + times]
    @sys alarm, 0
    mov rax, rbx
    ret

=== clocks | exit 0 | The clocks answer; an unknown one does not.
main:
    @sys clock_gettime, CLOCK_REALTIME, &times
    @sys clock_gettime, CLOCK_MONOTONIC, &times
    @sys clock_gettime, 99, &times
    @sys clock_gettime, CLOCK_REALTIME, 0x10
    @sys gettimeofday, &times, 0
    @sys gettimeofday, 0, 0
    @sys gettimeofday, 0x10, 0
    @sys time, 0x10
    xor eax, eax
    ret
