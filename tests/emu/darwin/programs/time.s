; Timers and the time of day.

=== alarm_once | exit 1 | ITIMER_REAL sends SIGALRM once if it has no interval. | bsd/kern/kern_time.c:setitimer
main:
    @install SIGALRM, count_signal, 0
    @arm 1000
    @answers 0
    @sys select, 0, 0, 0, 0, 0
    @fails EINTR
    mov qword ptr [rip + timer], 1
    mov qword ptr [rip + timer + 8], 0
    @sys select, 0, 0, 0, 0, &timer
    @answers 0
    mov eax, [rip + count]
    ret

=== alarm_periodic | exit 3 | With an interval it goes on. | bsd/kern/kern_time.c:realitexpire
main:
    @install SIGALRM, count_signal, 0
    mov qword ptr [rip + timer], 0
    mov qword ptr [rip + timer + 8], 5000
    mov qword ptr [rip + timer + 16], 0
    mov qword ptr [rip + timer + 24], 1000
    @sys setitimer, ITIMER_REAL, &timer, 0
1:  @sys select, 0, 0, 0, 0, 0
    @fails EINTR
    cmp dword ptr [rip + count], 3
    jne 1b
    mov eax, [rip + count]
    ret

=== alarm_by_default | killed SIGALRM | Nobody handles it: the process ends. | bsd/kern/kern_time.c:realitexpire
main:
    @arm 1000
    @sys select, 0, 0, 0, 0, 0
    ret

=== alarm_while_running | exit 1 | It interrupts a program that makes no calls: the frame is of no system call. | bsd/kern/kern_time.c:realitexpire
main:
    @install SIGALRM, handler, SA_SIGINFO
    @arm 5
1:  cmp dword ptr [rip + count], 0
    je 1b
    mov eax, [rip + count]
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    @check qword ptr [rdx + MC_CS], 0x2b
    jmp count_signal

=== alarm_periods_merge | exit 1 | Periods that pass while SIGALRM is blocked are one signal. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGALRM, count_signal, 0
    @mask SIG_SETMASK, M_SIGALRM
    mov qword ptr [rip + timer], 0
    mov qword ptr [rip + timer + 8], 1000
    mov qword ptr [rip + timer + 16], 0
    mov qword ptr [rip + timer + 24], 1000
    @sys setitimer, ITIMER_REAL, &timer, 0
    mov qword ptr [rip + info], 0
    mov qword ptr [rip + info + 8], 100000
    @sys select, 0, 0, 0, 0, &info
    @answers 0
    mov qword ptr [rip + timer + 24], 0
    @sys setitimer, ITIMER_REAL, &timer, 0
    @mask SIG_SETMASK, 0
    mov eax, [rip + count]
    ret

=== alarm_stopped | exit 0 | A value of 0 stops the timer. | bsd/kern/kern_time.c:setitimer
main:
    @arm 1000
    @arm 0
    @answers 0
    mov qword ptr [rip + timer], 1
    mov qword ptr [rip + timer + 8], 0
    @sys select, 0, 0, 0, 0, &timer
    @answers 0
    ret

=== getitimer | exit 0 | getitimer tells the interval and what is left. | bsd/kern/kern_time.c:getitimer
main:
    mov qword ptr [rip + timer], 7
    mov qword ptr [rip + timer + 8], 8
    mov qword ptr [rip + timer + 16], 9
    mov qword ptr [rip + timer + 24], 0
    @sys setitimer, ITIMER_REAL, &timer, 0
    @sys getitimer, ITIMER_REAL, &info
    @answers 0
    @check qword ptr [rip + info], 7
    @check dword ptr [rip + info + 8], 8
    @check qword ptr [rip + info + 16], 8
    cmp dword ptr [rip + info + 24], 999000
    jb 1f
    xor eax, eax
    ret
1:  mov eax, 1
    ret

=== old_timer_told | exit 0 | setitimer tells what was set before. | bsd/kern/kern_time.c:setitimer
main:
    mov qword ptr [rip + timer], 7
    mov qword ptr [rip + timer + 8], 0
    mov qword ptr [rip + timer + 16], 100
    mov qword ptr [rip + timer + 24], 0
    @sys setitimer, ITIMER_REAL, &timer, 0
    mov qword ptr [rip + timer + 16], 0
    @sys setitimer, ITIMER_REAL, &timer, &info
    @answers 0
    @check qword ptr [rip + info], 7
    @check qword ptr [rip + info + 16], 99
    xor eax, eax
    ret

=== timer_errors | exit 0 | There are three timers, and no second has a million microseconds: EINVAL. | bsd/kern/kern_time.c:itimerfix
main:
    @sys setitimer, 3, &timer, 0
    @fails EINVAL
    @sys getitimer, -1, &timer
    @fails EINVAL
    @arm 1000000
    @fails EINVAL
    @sys setitimer, ITIMER_REAL, 0x10, 0
    @fails EFAULT
    xor eax, eax
    ret

=== virtual_timer | exit 26 | ITIMER_VIRTUAL counts what the process runs, and sends SIGVTALRM. | bsd/kern/kern_time.c:setitimer
main:
    @install SIGVTALRM, note_signal, 0
    mov qword ptr [rip + timer + 24], 5
    @sys setitimer, ITIMER_VIRTUAL, &timer, 0
    @answers 0
1:  cmp dword ptr [rip + noted], 0
    je 1b
    mov eax, [rip + log]
    ret

=== gettimeofday | exit 0 | gettimeofday answers in RAX and RDX, seconds and microseconds; its pointer only has to be none but null. | bsd/kern/kern_time.c:gettimeofday
main:
    @sys gettimeofday, 1, 0
    @clear
    cmp rdx, 1000000
    jae 1f
    mov rbx, rax
    mov rbp, rdx
    mov qword ptr [rip + timer], 2
    mov qword ptr [rip + timer + 8], 5000
    @sys select, 0, 0, 0, 0, &timer
    @sys gettimeofday, 1, 0
    add rbx, 2
    @check rax, rbx
    sub rdx, rbp
    cmp rdx, 5000
    jb 1f
    xor eax, eax
    ret
1:  call failed
