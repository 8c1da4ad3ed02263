; rt_sigaction and its flags.

=== plain | exit 1 | A caught signal runs its handler once, and the program goes on where it was.
main:
    @install SIGUSR1, count_signal, 0
    @raise SIGUSR1
    mov eax, [rip + count]
    ret

=== siginfo | exit 10 | RSI points to the siginfo and RDX to the context, with SA_SIGINFO and without.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    @install SIGUSR1, handler, 0
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    mov eax, [rsi + SI_SIGNO]
    mov [rip + count], eax
    mov rax, [rdx + UC_RIP]
    mov rcx, [rdx + UC_RSP]
    mov rdi, [rdx + UC_FLAGS]
    ret

=== registers | exit 0 | A handler starts with RAX 0 and the other registers as they were; afterwards all are back.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov rbx, 0x1111111111111111
    mov rbp, 0x2222222222222222
    mov r12, 0x3333333333333333
    mov r13, 0x4444444444444444
    mov r14, 0x5555555555555555
    mov r15, 0x6666666666666666
    mov r8, 0x7777777777777777
    mov r9, -2
    mov r10, -3
    @sys getpid
    mov rdi, rax
    mov rsi, rax
    mov edx, SIGUSR1
    mov eax, SYS_tgkill
    stc
    syscall
    sbb eax, eax
    inc eax
    ret
handler:
    xor ebx, ebx
    xor ebp, ebp
    xor r8d, r8d
    xor r9d, r9d
    xor r10d, r10d
    xor r11d, r11d
    xor r12d, r12d
    xor r13d, r13d
    xor r14d, r14d
    xor r15d, r15d
    xor ecx, ecx
    ret

=== direction | exit 0 | DF is clear when a handler starts, and set again after it.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    std
    @raise SIGUSR1
    pushfq
    pop rax
    cld
    and eax, 0x400
    sub eax, 0x400
    ret
handler:
    pushfq
    pop rax
    ret

=== red_zone | exit 7 | The 128 bytes below RSP survive a signal.
main:
    @install SIGUSR1, count_signal, 0
    mov qword ptr [rsp - 8], 7
    mov qword ptr [rsp - 128], 9
    mov rdi, [rip + self]
    mov rsi, rdi
    mov edx, SIGUSR1
    mov eax, SYS_tgkill
    syscall
    mov rcx, [rsp - 128]
    mov rax, [rsp - 8]
    ret

=== odd_stack | exit 1 | From whatever RSP, a frame lies at 16n+8 and its xsave area at 64n.
main:
    @install SIGUSR1, count_signal, 0
    mov rbx, rsp
    sub rsp, 13
    mov rdi, [rip + self]
    mov rsi, rdi
    mov edx, SIGUSR1
    mov eax, SYS_tgkill
    syscall
    mov rsp, rbx
    mov eax, [rip + count]
    ret

=== nodefer | exit 3 | SA_NODEFER leaves a signal unblocked in its own handler, so it nests.
main:
    @install SIGUSR1, handler, SA_NODEFER
    @raise SIGUSR1
    mov eax, [rip + log]                ; the deepest nesting
    ret
handler:
    inc dword ptr [rip + count]
    mov eax, [rip + count]
    mov [rip + log], eax
    cmp eax, 3
    jae 1f
    @raise SIGUSR1
    dec dword ptr [rip + count]
1:  ret

=== defer | exit 2 | Without SA_NODEFER a signal waits until its own handler has returned.
main:
    @install SIGUSR1, handler, 0
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    inc dword ptr [rip + count]
    cmp dword ptr [rip + count], 2
    jae 1f
    @raise SIGUSR1
    mov eax, [rip + count]
    @sys rt_sigpending, &oldset, 8
1:  ret

=== nodefer_mask | exit 2 | SA_NODEFER does not help a signal that sa_mask blocks as well.
main:
    @install SIGUSR1, handler, SA_NODEFER, M_SIGUSR1
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    inc dword ptr [rip + count]
    cmp dword ptr [rip + count], 2
    jae 1f
    @raise SIGUSR1
    @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
1:  ret

=== resethand | killed SIGUSR1 | SA_RESETHAND makes the action the default one when the handler starts.
main:
    @install SIGUSR1, count_signal, SA_RESETHAND
    @raise SIGUSR1
    @raise SIGUSR1
    mov eax, 1
    ret

=== resethand_shown | exit 0 | After SA_RESETHAND the action is SIG_DFL, its flags and mask as they were.
main:
    @install SIGUSR1, handler, SA_RESETHAND | SA_SIGINFO, M_SIGHUP
    @raise SIGUSR1
    mov rax, [rip + oldaction]
    ret
handler:
    @sys rt_sigaction, SIGUSR1, 0, &oldaction, 8
    ret

=== resethand_nested | killed SIGUSR1 | With SA_RESETHAND and SA_NODEFER the second signal kills in the handler.
main:
    @install SIGUSR1, handler, SA_RESETHAND | SA_NODEFER
    @raise SIGUSR1
    mov eax, 1
    ret
handler:
    @raise SIGUSR1
    ret

=== resethand_fault | dumped SIGSEGV | A handler reset by one fault does not see the next.
main:
    @install SIGSEGV, count_signal, SA_RESETHAND
    mov eax, [0x10]
    ret

=== onstack_none | exit 1 | SA_ONSTACK without an alternate stack uses the stack there is.
main:
    @install SIGUSR1, count_signal, SA_ONSTACK
    @raise SIGUSR1
    mov eax, [rip + count]
    ret

=== no_restorer | dumped SIGSEGV | Without SA_RESTORER there is no frame: the first signal kills.
main:
    @install SIGUSR1, count_signal, 0
    and qword ptr [rip + action + 8], ~SA_RESTORER
    @sys rt_sigaction, SIGUSR1, &action, 0, 8
    @raise SIGUSR1
    mov eax, 1
    ret

=== no_restorer_caught | exit 128 | The SIGSEGV for a missing restorer can be caught: SI_KERNEL, no address.
main:
    @install SIGSEGV, handler, SA_SIGINFO
    @install SIGUSR1, count_signal, 0
    and qword ptr [rip + action + 8], ~SA_RESTORER
    @sys rt_sigaction, SIGUSR1, &action, 0, 8
    @raise SIGUSR1
    mov eax, [rip + code]
    ret
handler:
    mov eax, [rsi + SI_CODE]
    mov [rip + code], eax
    mov rcx, [rsi + SI_ADDR]
    ret

=== no_restorer_segv | dumped SIGSEGV | A SIGSEGV handler without restorer is of no use.
main:
    @install SIGSEGV, count_signal, 0
    and qword ptr [rip + action + 8], ~SA_RESTORER
    @sys rt_sigaction, SIGSEGV, &action, 0, 8
    @raise SIGSEGV
    mov eax, 1
    ret

=== null_restorer | dumped SIGSEGV | SA_RESTORER with a null restorer makes the handler return to 0.
main:
    @install SIGUSR1, count_signal, 0
    mov qword ptr [rip + action + 16], 0
    @sys rt_sigaction, SIGUSR1, &action, 0, 8
    @raise SIGUSR1
    mov eax, 1
    ret

=== all_flags | exit 0 | The kernel keeps the flags it knows and clears all others.
main:
    @install SIGUSR1, count_signal, 0
    mov qword ptr [rip + action + 8], -1
    mov qword ptr [rip + action + 24], -1
    @sys rt_sigaction, SIGUSR1, &action, 0, 8
    @sys rt_sigaction, SIGUSR1, 0, &oldaction, 8
    mov rax, [rip + oldaction + 8]
    mov rcx, [rip + oldaction + 24]
    xor eax, eax
    ret

=== probe_unsupported | exit 0 | SA_UNSUPPORTED never stays, so that a program can find out what does.
main:
    @install SIGUSR1, SIG_IGN, SA_UNSUPPORTED | SA_EXPOSE_TAGBITS | SA_NOCLDSTOP | SA_NOCLDWAIT
    @sys rt_sigaction, SIGUSR1, 0, &oldaction, 8
    mov rax, [rip + oldaction + 8]
    xor eax, eax
    ret

=== old_action | exit 0 | The old action is what was installed: handler, flags, restorer, mask without KILL and STOP.
main:
    @install SIGHUP, count_signal, SA_SIGINFO | SA_RESTART, -1
    @install SIGHUP, SIG_IGN, SA_ONSTACK, M_SIGINT
    @install SIGHUP, SIG_DFL, 0
    @sys rt_sigaction, SIGHUP, 0, &oldaction, 8
    mov rax, [rip + oldaction]
    ret

=== action_errors | exit 0 | rt_sigaction refuses bad numbers, sizes, pointers, and actions for KILL and STOP.
main:
    @install SIGKILL, count_signal, 0
    @install SIGSTOP, SIG_IGN, 0
    @install SIGKILL, SIG_DFL, 0
    @install 0, SIG_IGN, 0
    @install 65, SIG_IGN, 0
    @install -1, SIG_IGN, 0
    @sys rt_sigaction, SIGKILL, 0, &oldaction, 8
    @sys rt_sigaction, SIGUSR1, &action, 0, 4
    @sys rt_sigaction, SIGUSR1, &action, 0, 16
    @sys rt_sigaction, SIGUSR1, 0x10, 0, 8
    @sys rt_sigaction, SIGUSR1, 0, 0x10, 8
    @sys rt_sigaction, SIGUSR1, &action, 0x10, 8
    @sys rt_sigaction, SIGUSR1, 0, &oldaction, 8
    @sys rt_sigaction, 65, 0x10, 0, 4
    @sys rt_sigaction, SIGUSR1, 0, 0, 8
    xor eax, eax
    ret

=== ignored | exit 0 | An ignored signal does nothing.
main:
    @install SIGUSR1, SIG_IGN, 0
    @raise SIGUSR1
    mov eax, [rip + count]
    ret

=== bad_handler | dumped SIGSEGV | A handler where nothing is mapped: the frame is made, then the fetch faults.
main:
    @install SIGUSR1, count_signal, 0
    mov qword ptr [rip + action], 0x10
    @sys rt_sigaction, SIGUSR1, &action, 0, 8
    @raise SIGUSR1
    mov eax, 1
    ret

=== bad_handler_caught | exit 1 | The frame of that fault sits on the first one, its RIP at the bad handler.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @install SIGUSR1, count_signal, 0
    mov qword ptr [rip + action], 0x10
    @sys rt_sigaction, SIGUSR1, &action, 0, 8
    @resume 1f
    @raise SIGUSR1
1:  @exit [rip + code]

=== noncanonical_handler | exit 128 | A handler at an address that cannot be: a protection fault, SI_KERNEL.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @install SIGUSR1, count_signal, 0
    mov rax, 0x8000000000000000
    mov [rip + action], rax
    @sys rt_sigaction, SIGUSR1, &action, 0, 8
    @resume 1f
    @raise SIGUSR1
1:  @exit [rip + code]

=== kernel_handler | exit 1 | A handler in the kernel's half: a fetch that faults as if nothing were there.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @install SIGUSR1, count_signal, 0
    mov rax, 0xffff800000000000
    mov [rip + action], rax
    @sys rt_sigaction, SIGUSR1, &action, 0, 8
    @resume 1f
    @raise SIGUSR1
1:  @exit [rip + code]

=== longjmp | exit 2 | A handler that leaves without sigreturn keeps its mask.
main:
    @install SIGUSR1, handler, 0
    mov [rip + resume], rsp
    @raise SIGUSR1
    mov eax, 99
    ret
handler:
    mov rsp, [rip + resume]
    @raise SIGUSR1
    @sys rt_sigpending, &oldset, 8
    movzx eax, byte ptr [rip + oldset + 1]
    ret

=== all_caught | exit 62 | Every signal but KILL and STOP can be caught.
main:
    mov ebx, 1
1:  cmp ebx, SIGKILL
    je 2f
    cmp ebx, SIGSTOP
    je 2f
    @install rbx, count_signal, SA_NODEFER
    @raise ebx
2:  inc ebx
    cmp ebx, 64
    jbe 1b
    mov eax, [rip + count]
    ret

=== all_ignored | exit 0 coarse | Every signal but KILL and STOP can be ignored.
main:
    mov ebx, 1
1:  cmp ebx, SIGKILL
    je 2f
    cmp ebx, SIGSTOP
    je 2f
    @install rbx, SIG_IGN, 0
    @raise ebx
2:  inc ebx
    cmp ebx, 64
    jbe 1b
    mov eax, [rip + count]
    ret

=== segment_bases | exit 7 | FS and GS and their bases stay through a handler; the frame says nothing of them.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @sys arch_prctl, ARCH_SET_FS, &log
    @sys arch_prctl, ARCH_SET_GS, &info
    mov qword ptr fs:[8], 3
    mov qword ptr gs:[8], 4
    @raise SIGUSR1
    mov rax, fs:[8]
    add rax, gs:[8]
    ret
handler:
    mov rax, fs:[8]
    mov rcx, gs:[8]
    movzx r8d, word ptr [rdx + UC_FS]
    movzx r9d, word ptr [rdx + UC_GS]
    ret

=== exit_in_handler | exit 8 | A handler may end the process.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    ret
handler:
    @exit 8

=== output_in_order | exit 0 | What handlers write comes in the order in which they run.
main:
    @install SIGUSR1, write_signal, 0
    @install SIGUSR2, write_signal, 0
    @mask SIG_BLOCK, M_SIGUSR1 | M_SIGUSR2
    @raise SIGUSR1
    @raise SIGUSR2
    @mask SIG_SETMASK, 0
    xor eax, eax
    ret
write_signal:
    add edi, 0x40
    mov [rip + log], edi
    @sys write, 1, &log, 1
    @sys write, 2, &log, 1
    ret
