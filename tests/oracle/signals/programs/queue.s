; Which signal comes when.

=== lowest_first | exit 3 | Pending signals are taken lowest number first; each frame lies on the one before.
main:
    @install SIGHUP, note_signal, 0
    @install SIGUSR1, note_signal, 0
    @install SIGUSR2, note_signal, 0
    @mask SIG_BLOCK, M_SIGHUP | M_SIGUSR1 | M_SIGUSR2
    @raise SIGUSR2
    @raise SIGHUP
    @raise SIGUSR1
    @mask SIG_UNBLOCK, M_SIGHUP | M_SIGUSR1 | M_SIGUSR2
    mov rax, [rip + noted]
    ret

=== one_by_one | exit 1 | With full masks the handlers run one after the other, the lowest number first.
main:
    @install SIGHUP, note_signal, 0, -1
    @install SIGUSR1, note_signal, 0, -1
    @install SIGRT_2, note_signal, 0, -1
    @mask SIG_BLOCK, M_SIGHUP | M_SIGUSR1 | M_SIGRT_2
    @raise SIGRT_2
    @raise SIGUSR1
    @raise SIGHUP
    @mask SIG_UNBLOCK, M_SIGHUP | M_SIGUSR1 | M_SIGRT_2
    mov rax, [rip + log]
    ret

=== standard_once | exit 1 | A standard signal is pending once, with the first sender's siginfo.
main:
    @install SIGUSR1, note_value, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGUSR1
    mov edi, SIGUSR1
    mov esi, 1
    call send_value
    mov edi, SIGUSR1
    mov esi, 2
    call send_value
    @mask SIG_UNBLOCK, M_SIGUSR1
    mov rax, [rip + noted]
    ret

=== realtime_queue | exit 3 | Real-time signals queue, first in, first out, each with its value.
main:
    @install SIGRT_5, note_value, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGRT_5
    mov edi, SIGRT_5
    mov esi, 7
    call send_value
    mov edi, SIGRT_5
    mov esi, 8
    call send_value
    mov edi, SIGRT_5
    mov esi, 9
    call send_value
    @mask SIG_UNBLOCK, M_SIGRT_5
    mov rax, [rip + noted]
    ret

=== realtime_order | exit 3 | Among real-time signals the lower number comes first, whenever it was sent.
main:
    @install SIGRT_5, note_signal, 0, -1
    @install SIGRT_6, note_signal, 0, -1
    @install SIGRT_32, note_signal, 0, -1
    @mask SIG_BLOCK, M_SIGRT_5 | M_SIGRT_6 | M_SIGRT_32
    @raise SIGRT_32
    @raise SIGRT_6
    @raise SIGRT_5
    @mask SIG_SETMASK, 0
    mov rax, [rip + noted]
    ret

=== standard_before_realtime | exit 2 | A standard signal comes before a real-time one that was sent earlier.
main:
    @install SIGRTMIN, note_signal, 0, -1
    @install SIGSYS, note_signal, 0, -1
    @mask SIG_BLOCK, M_SIGRTMIN | M_SIGSYS
    @raise SIGRTMIN
    @raise SIGSYS
    @mask SIG_SETMASK, 0
    mov rax, [rip + noted]
    ret

=== synchronous_first | exit 11 | The signals of faults come before lower numbers, however they were sent.
main:
    @install SIGHUP, note_signal, 0, -1
    @install SIGSEGV, note_signal, 0, -1
    @mask SIG_BLOCK, M_SIGHUP | M_SIGSEGV
    @raise SIGHUP
    @raise SIGSEGV
    @mask SIG_SETMASK, 0
    mov rax, [rip + log]
    ret

=== fault_before_pending | exit 2 | A fault in a handler goes before the signals that the handler's mask holds back.
main:
    @install SIGUSR1, handler, 0, M_SIGHUP
    @install SIGHUP, note_signal, 0
    @install SIGSEGV, segv, SA_SIGINFO
    @raise SIGUSR1
    mov rax, [rip + noted]
    ret
handler:
    @raise SIGHUP
    @resume 1f
    mov eax, [0x20]
1:  ret
segv:
    mov eax, edi
    call note
    mov rax, [rip + resume]
    mov [rdx + UC_RIP], rax
    ret

=== thread_first | exit 12 | What was sent to the thread comes before what was sent to the process.
main:
    @install SIGHUP, note_signal, 0, -1
    @install SIGUSR2, note_signal, 0, -1
    @mask SIG_BLOCK, M_SIGHUP | M_SIGUSR2
    @sys kill, [rip + self], SIGHUP
    @raise SIGUSR2
    @mask SIG_SETMASK, 0
    mov rax, [rip + log]
    ret

=== both_queues | exit 2 | A standard signal can be pending once for the thread and once for the process.
main:
    @install SIGUSR1, note_code, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGUSR1
    @sys kill, [rip + self], SIGUSR1
    @raise SIGUSR1
    @sys kill, [rip + self], SIGUSR1
    @sys rt_sigpending, &oldset, 8
    @mask SIG_SETMASK, 0
    mov rax, [rip + noted]
    ret

=== kill_first | killed SIGKILL | SIGKILL goes before everything else that is pending.
main:
    @install SIGHUP, note_signal, 0
    @mask SIG_SETMASK, -1
    @raise SIGHUP
    @raise SIGSEGV
    @raise SIGKILL
    @mask SIG_SETMASK, 0
    mov eax, 1
    ret

=== ignore_discards | exit 0 | Ignoring a signal throws away what is pending of it.
main:
    @install SIGUSR1, count_signal, 0
    @mask SIG_BLOCK, M_SIGUSR1 | M_SIGRT_3
    @raise SIGUSR1
    @raise SIGRT_3
    @raise SIGRT_3
    @install SIGUSR1, SIG_IGN, 0
    @install SIGRT_3, SIG_IGN, 0
    @install SIGUSR1, count_signal, 0
    @install SIGRT_3, count_signal, 0
    @sys rt_sigpending, &oldset, 8
    @mask SIG_SETMASK, 0
    mov eax, [rip + count]
    ret

=== default_discards | exit 0 | So does SIG_DFL where the default is to ignore.
main:
    @install SIGCHLD, count_signal, 0
    @mask SIG_BLOCK, M_SIGCHLD
    @raise SIGCHLD
    @install SIGCHLD, SIG_DFL, 0
    @install SIGCHLD, count_signal, 0
    @mask SIG_SETMASK, 0
    mov eax, [rip + count]
    ret

=== blocked_ignored | exit 1 | A signal that is blocked while ignored stays pending: a handler may come.
main:
    @install SIGUSR1, SIG_IGN, 0
    @mask SIG_BLOCK, M_SIGUSR1
    @raise SIGUSR1
    @sys rt_sigpending, &oldset, 8
    @install SIGUSR1, count_signal, 0
    @mask SIG_SETMASK, 0
    mov eax, [rip + count]
    ret

=== stop_cancels_continue | exit 0 | A stop signal removes pending SIGCONT, and SIGCONT removes pending stops.
main:
    @install SIGTSTP, note_signal, 0
    @install SIGCONT, note_signal, 0
    @mask SIG_BLOCK, M_SIGTSTP | M_SIGCONT | M_SIGTTIN
    @raise SIGTSTP
    @raise SIGTTIN
    @sys rt_sigpending, &oldset, 8
    @raise SIGCONT
    @sys rt_sigpending, &oldset, 8
    @raise SIGTSTP
    @sys rt_sigpending, &oldset, 8
    mov rax, [rip + oldset]
    @mask SIG_UNBLOCK, M_SIGTSTP
    mov rax, [rip + noted]
    dec eax
    ret

=== a_hundred_queued | exit 100 | A hundred real-time signals wait and come in order.
main:
    @install SIGRT_9, note_hundred, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGRT_9
    mov ebx, 100
1:  mov edi, SIGRT_9
    mov esi, ebx
    call send_value
    dec ebx
    jnz 1b
    @mask SIG_SETMASK, 0
    mov eax, [rip + count]
    ret
note_hundred:
    inc dword ptr [rip + count]
    mov rax, [rsi + SI_VALUE]
    mov [rip + code], rax
    ret

=== queue_full | exit 3 | Without room in the queue real-time signals are refused, all others come without siginfo.
main:
    @install SIGUSR1, note_code, SA_SIGINFO
    @install SIGUSR2, note_code, SA_SIGINFO
    @install SIGRT_2, note_code, SA_SIGINFO
    @install SIGSEGV, skip, SA_SIGINFO
    @sys setrlimit, RLIMIT_SIGPENDING, &newstack
    @raise SIGUSR1                      ; SI_TKILL becomes SI_USER from nobody
    @raise SIGRT_2                      ; EAGAIN
    @sys kill, [rip + self], SIGRT_2    ; from nobody
    @sys kill, [rip + self], SIGUSR2    ; queued beyond the limit
    mov edi, SIGRT_2
    mov esi, 1
    call send_value                     ; EAGAIN
    @resume 1f
    mov eax, [0xf1]                     ; faults keep their siginfo
1:  @exit [rip + noted]

=== queue_full_once | exit 1 | A signal that is pending without siginfo is pending once.
main:
    @install SIGRT_2, note_code, SA_SIGINFO
    @sys setrlimit, RLIMIT_SIGPENDING, &newstack
    @mask SIG_BLOCK, M_SIGRT_2
    @sys kill, [rip + self], SIGRT_2
    @sys kill, [rip + self], SIGRT_2
    @sys rt_sigpending, &oldset, 8
    @mask SIG_UNBLOCK, M_SIGRT_2
    mov rax, [rip + noted]
    ret
