; What siginfo says, by the signal's sender.

=== by_kill | exit 1 | kill gives SI_USER with the sender's pid and uid.
main:
    @install SIGUSR1, count_signal, SA_SIGINFO
    @sys kill, [rip + self], SIGUSR1
    mov eax, [rip + count]
    ret

=== by_kill_group | exit 1 | kill(0) goes to the whole group, the sender too.
main:
    @install SIGUSR1, count_signal, SA_SIGINFO
    @sys kill, 0, SIGUSR1
    mov eax, [rip + count]
    ret

=== by_tkill | exit 1 | tkill gives SI_TKILL.
main:
    @install SIGUSR1, count_signal, SA_SIGINFO
    @sys tkill, [rip + self], SIGUSR1
    mov eax, [rip + count]
    ret

=== by_tgkill | exit 1 | tgkill gives SI_TKILL, for a real-time signal too.
main:
    @install SIGRT_2, count_signal, SA_SIGINFO
    @raise SIGRT_2
    mov eax, [rip + count]
    ret

=== by_sigqueue | exit 42 | rt_sigqueueinfo hands over code, pid, uid and value as the sender wrote them.
main:
    @install SIGRT_2, note_value, SA_SIGINFO
    mov edi, SIGRT_2
    mov rsi, 0x123456780000002a
    call send_value
    mov eax, [rip + log]
    movzx eax, al
    ret

=== by_sigqueue_forged | exit 1 | To ourselves any si_code may be queued, even a fault's.
main:
    @install SIGSEGV, note_code, SA_SIGINFO
    mov dword ptr [rip + info + SI_CODE], SEGV_MAPERR
    mov qword ptr [rip + info + SI_ADDR], 0x1234
    @sys rt_sigqueueinfo, [rip + self], SIGSEGV, &info
    mov eax, [rip + log]
    ret

=== by_sigqueue_kernel | exit 128 | SI_KERNEL and SI_USER may be forged to ourselves as well.
main:
    @install SIGUSR1, note_code, SA_SIGINFO
    mov dword ptr [rip + info + SI_CODE], SI_USER
    @sys rt_sigqueueinfo, [rip + self], SIGUSR1, &info
    mov dword ptr [rip + info + SI_CODE], SI_KERNEL
    @sys rt_sigqueueinfo, [rip + self], SIGUSR1, &info
    mov eax, [rip + log + 8]
    ret

=== by_tgsigqueue | exit 5 | rt_tgsigqueueinfo does the same to a thread; si_errno goes through, si_signo is corrected.
main:
    @install SIGUSR2, handler, SA_SIGINFO
    mov dword ptr [rip + info + SI_SIGNO], 99
    mov dword ptr [rip + info + SI_ERRNO], 5
    mov dword ptr [rip + info + SI_CODE], SI_QUEUE
    mov rax, 0x0102030405060708
    mov [rip + info + 16], rax
    mov [rip + info + 24], rax
    mov [rip + info + 32], rax
    mov [rip + info + 40], rax
    @sys rt_tgsigqueueinfo, [rip + self], [rip + self], SIGUSR2, &info
    mov eax, [rip + count]
    ret
handler:
    mov eax, [rsi + SI_ERRNO]
    mov [rip + count], eax
    ret

=== by_sigqueue_beyond | exit 7 | What lies behind the kernel's 48 bytes is dropped, or E2BIG for an unknown code.
main:
    @install SIGUSR1, count_signal, SA_SIGINFO
    mov dword ptr [rip + info + SI_CODE], SI_QUEUE
    mov qword ptr [rip + info + 64], -1
    @sys rt_sigqueueinfo, [rip + self], SIGUSR1, &info
    mov dword ptr [rip + info + SI_CODE], 77
    @sys rt_sigqueueinfo, [rip + self], SIGUSR1, &info
    neg eax
    ret

=== by_timer | exit 128 | setitimer's SIGALRM comes from the kernel.
main:
    @install SIGALRM, note_code, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGALRM
    mov edi, 40000
    call arm
    mov qword ptr [rip + newset], 0
    @sys rt_sigsuspend, &newset, 8
    mov eax, [rip + log]
    ret

=== send_errors | exit 0 | The calls that send refuse bad signals and unknown processes.
main:
    @sys kill, [rip + self], 0
    @sys kill, [rip + self], 65
    @sys kill, [rip + self], -1
    @sys kill, 0x7ffffff0, SIGUSR1
    @sys kill, 0x7ffffff0, 65
    @sys kill, 0xffffffff80000000, 0
    @sys kill, 0xffffffff80000001, 0
    @sys tkill, [rip + self], 0
    @sys tkill, [rip + self], 65
    @sys tkill, 0, SIGUSR1
    @sys tkill, -5, SIGUSR1
    @sys tkill, 0x7ffffff0, SIGUSR1
    @sys tgkill, [rip + self], [rip + self], 0
    @sys tgkill, [rip + self], [rip + self], 65
    @sys tgkill, 0x7ffffff0, [rip + self], SIGUSR1
    @sys tgkill, [rip + self], 0x7ffffff0, SIGUSR1
    @sys tgkill, 0, [rip + self], SIGUSR1
    @sys tgkill, [rip + self], 0, SIGUSR1
    @sys tgkill, -1, [rip + self], SIGUSR1
    xor eax, eax
    ret

=== queue_errors | exit 0 | So do those that queue, and an info that can't be read is EFAULT.
main:
    @sys rt_sigqueueinfo, [rip + self], 0, &info
    @sys rt_sigqueueinfo, [rip + self], 65, &info
    @sys rt_sigqueueinfo, [rip + self], SIGUSR1, 0x10
    @sys rt_sigqueueinfo, [rip + self], SIGUSR1, 0
    @sys rt_sigqueueinfo, 0x7ffffff0, 0, &info
    mov dword ptr [rip + info + SI_CODE], SI_QUEUE
    @sys rt_sigqueueinfo, 0x7ffffff0, SIGUSR1, &info
    mov dword ptr [rip + info + SI_CODE], SI_TKILL
    @sys rt_sigqueueinfo, 0x7ffffff0, SIGUSR1, &info
    mov dword ptr [rip + info + SI_CODE], SI_USER
    @sys rt_sigqueueinfo, 0x7ffffff0, SIGUSR1, &info
    @sys rt_tgsigqueueinfo, 0, [rip + self], SIGUSR1, &info
    @sys rt_tgsigqueueinfo, [rip + self], 0, SIGUSR1, &info
    @sys rt_tgsigqueueinfo, [rip + self], [rip + self], 65, &info
    @sys rt_tgsigqueueinfo, [rip + self], [rip + self], 0, &info
    @sys rt_tgsigqueueinfo, [rip + self], [rip + self], SIGUSR1, 0x10
    @sys rt_tgsigqueueinfo, 0x7ffffff0, [rip + self], SIGUSR1, &info
    xor eax, eax
    ret

=== by_kill_named_group | exit 1 | kill(-PGID) names the group.
main:
    @install SIGUSR1, count_signal, SA_SIGINFO
    mov rbx, [rip + self]
    neg rbx
    @sys kill, rbx, SIGUSR1
    mov eax, [rip + count]
    ret
