; Sending: what is pending, in which order it comes, to whom it goes.

=== lowest_first | exit 0 | Of several pending signals the lowest is taken first; each frame lies below the one before, so the highest handler runs first. | bsd/kern/kern_sig.c:issignal
main:
    @install SIGHUP, note_signal, 0
    @install SIGUSR1, note_signal, 0
    @install SIGUSR2, note_signal, 0
    @mask SIG_SETMASK, M_SIGHUP | M_SIGUSR1 | M_SIGUSR2
    @raise SIGUSR1
    @raise SIGUSR2
    @raise SIGHUP
    @mask SIG_SETMASK, 0
    @check qword ptr [rip + noted], 3
    @check qword ptr [rip + log], SIGUSR2
    @check qword ptr [rip + log + 8], SIGUSR1
    @check qword ptr [rip + log + 16], SIGHUP
    xor eax, eax
    ret

=== lowest_first_masked | exit 0 | With masks that keep them apart they run one after the other, the lowest first. | bsd/kern/kern_sig.c:issignal
main:
    @install SIGHUP, note_signal, 0, M_SIGUSR1 | M_SIGUSR2
    @install SIGUSR1, note_signal, 0, M_SIGUSR2
    @install SIGUSR2, note_signal, 0
    @mask SIG_SETMASK, M_SIGHUP | M_SIGUSR1 | M_SIGUSR2
    @raise SIGUSR2
    @raise SIGUSR1
    @raise SIGHUP
    @mask SIG_SETMASK, 0
    @check qword ptr [rip + noted], 3
    @check qword ptr [rip + log], SIGHUP
    @check qword ptr [rip + log + 8], SIGUSR1
    @check qword ptr [rip + log + 16], SIGUSR2
    xor eax, eax
    ret

=== faults_have_no_priority | exit 0 | A fault's signal has no priority: of SIGHUP and SIGSEGV, the lower one is taken first. | bsd/kern/kern_sig.c:issignal
main:
    @install SIGHUP, note_signal, 0
    @install SIGSEGV, note_signal, 0
    @mask SIG_SETMASK, M_SIGHUP | M_SIGSEGV
    @raise SIGSEGV
    @raise SIGHUP
    @mask SIG_SETMASK, 0
    @check qword ptr [rip + log], SIGSEGV
    @check qword ptr [rip + log + 8], SIGHUP
    xor eax, eax
    ret

=== merged | exit 1 | Two of a kind are one: pending is a bit. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGUSR1, count_signal, 0
    @mask SIG_BLOCK, M_SIGUSR1
    @raise SIGUSR1
    @raise SIGUSR1
    @raise SIGUSR1
    @mask SIG_UNBLOCK, M_SIGUSR1
    mov eax, [rip + count]
    ret

=== sigpending_tells | exit 0 | sigpending tells what is sent and blocked, in four bytes. | bsd/kern/kern_sig.c:sigpending
main:
    mov qword ptr [rip + word], -1
    @mask SIG_SETMASK, M_SIGUSR1 | M_SIGTERM
    @raise SIGUSR1
    @raise SIGTERM
    @sys sigpending, &word
    @answers 0
    @check dword ptr [rip + word], M_SIGUSR1 | M_SIGTERM
    @check dword ptr [rip + word + 4], -1
    ret

=== delivered_before_return | exit 1 | What a process sends itself is delivered before kill returns. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGUSR1, count_signal, 0
    @sys kill, [rip + self], SIGUSR1, 1
    mov eax, [rip + count]
    ret

=== kill_nothing | exit 0 | Signal 0 asks whether the process is there. | bsd/kern/kern_sig.c:kill
main:
    @sys kill, [rip + self], 0, 1
    @answers 0
    ret

=== kill_errors | exit 0 | A signal's number that is none is EINVAL before anybody looks for the process; no such process is ESRCH, init EPERM. | bsd/kern/kern_sig.c:kill
main:
    @sys kill, 0x7ffe, 32, 1
    @fails EINVAL
    @sys kill, [rip + self], -1, 1
    @fails EINVAL
    @sys kill, 0x7ffe, SIGTERM, 1
    @fails ESRCH
    @sys kill, 1, SIGTERM, 1
    @fails EPERM
    xor eax, eax
    ret

=== kill_group | exit 1 | Pid 0 is one's own process group. | bsd/kern/kern_sig.c:kill
main:
    @install SIGUSR1, count_signal, 0
    @sys kill, 0, SIGUSR1, 1
    @answers 0
    mov eax, [rip + count]
    ret

=== pthread_kill | exit 1 | __pthread_kill sends to a thread by its Mach port. | bsd/kern/kern_sig.c:__pthread_kill
main:
    @install SIGUSR1, count_signal, 0
    @sys thread_self_trap
    @sys __pthread_kill, rax, SIGUSR1
    @answers 0
    mov eax, [rip + count]
    ret

=== pthread_kill_errors | exit 0 | A port that is no thread's is ESRCH, before the signal's number is looked at. | bsd/kern/kern_sig.c:__pthread_kill
main:
    @sys __pthread_kill, 0xbad, 99
    @fails ESRCH
    @sys thread_self_trap
    mov ebx, eax
    @sys __pthread_kill, rbx, 32
    @fails EINVAL
    @sys __pthread_kill, rbx, 0
    @answers 0
    ret

=== stop_and_continue | exit 0 | A stop signal takes a pending SIGCONT away, and SIGCONT the stops. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGTSTP, count_signal, 0
    @install SIGCONT, count_signal, 0
    @mask SIG_SETMASK, M_SIGTSTP | M_SIGCONT | M_SIGHUP
    @raise SIGTSTP
    @raise SIGCONT
    @raise SIGHUP
    @sys sigpending, &word
    @check dword ptr [rip + word], M_SIGCONT | M_SIGHUP
    @raise SIGTSTP
    @sys sigpending, &word
    @check dword ptr [rip + word], M_SIGTSTP | M_SIGHUP
    xor eax, eax
    ret

=== stopped_and_continued | exit 3 continue | SIGSTOP stops the process where it is, and SIGCONT lets it go on. | bsd/kern/kern_sig.c:issignal
main:
    @raise SIGSTOP
    @answers 0
    mov eax, 3
    ret

=== continue_handled | exit 1 continue | A handler for SIGCONT runs when it goes on. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGCONT, count_signal, 0
    @raise SIGSTOP
    mov eax, [rip + count]
    ret

=== continue_by_default | exit 0 | By default it is over with that: nothing is pending. | bsd/kern/kern_sig.c:psignal_internal
main:
    @raise SIGCONT
    @sys sigpending, &word
    mov eax, [rip + word]
    ret

=== stop_ignored | exit 0 | SIGTSTP can be ignored, which SIGSTOP can't. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGTSTP, SIG_IGN, 0
    @answers 0
    @raise SIGTSTP
    @answers 0
    ret

=== handled_by_two | exit 3 | A handler is interrupted by another signal's, and goes on afterwards. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGUSR1, outer, 0
    @install SIGUSR2, note_signal, 0
    @raise SIGUSR1
    @check qword ptr [rip + log], 100
    @check qword ptr [rip + log + 8], SIGUSR2
    @check qword ptr [rip + log + 16], 101
    mov eax, [rip + noted]
    ret
outer:
    mov eax, 100
    call note
    @raise SIGUSR2
    mov eax, 101
    jmp note
