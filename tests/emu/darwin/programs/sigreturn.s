; sigreturn: what a frame decides, and what it can't.

=== restores_all | exit 0 | Every general register comes back from the frame. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGILL, handler, SA_SIGINFO
    push rbx
    push rbp
    mov [rip + word], rsp
    mov eax, 1
    mov ebx, 2
    mov ecx, 3
    mov edx, 4
    mov edi, 5
    mov esi, 6
    mov ebp, 7
    mov r8d, 8
    mov r9d, 9
    mov r10d, 10
    mov r11d, 11
    mov r12d, 12
    mov r13d, 13
    mov r14d, 14
    mov r15d, 15
    ud2
    @check rax, 1
    @check rbx, 2
    @check rcx, 3
    @check rdx, 4
    @check rdi, 5
    @check rsi, 6
    @check rbp, 7
    @check r8, 8
    @check r9, 9
    @check r10, 10
    @check r11, 11
    @check r12, 12
    @check r13, 13
    @check r14, 14
    @check r15, 15
    @check rsp, [rip + word]
    pop rbp
    pop rbx
    xor eax, eax
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    add qword ptr [rdx + MC_RIP], 2
    mov eax, -1
    mov ebx, -1
    mov ecx, -1
    mov edx, -1
    mov edi, -1
    mov esi, -1
    mov ebp, -1
    mov r8d, -1
    mov r9d, -1
    mov r10d, -1
    mov r11d, -1
    mov r12d, -1
    mov r13d, -1
    mov r14d, -1
    mov r15d, -1
    ret

=== edited_registers | exit 0 | What a handler writes into the mcontext is what the program goes on with. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGILL, handler, SA_SIGINFO
    mov [rip + word], rsp
    ud2
there:
    @check rax, 1
    @check rbx, 2
    @check rcx, 3
    @check rdx, 4
    @check rdi, 5
    @check rsi, 6
    @check rbp, 7
    @check r8, 8
    @check r9, 9
    @check r10, 10
    @check r11, 11
    @check r12, 12
    @check r13, 13
    @check r14, 14
    @check r15, 15
    add rsp, 0x100
    @check rsp, [rip + word]
    @exit 0
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    mov qword ptr [rdx + MC_RAX], 1
    mov qword ptr [rdx + MC_RBX], 2
    mov qword ptr [rdx + MC_RCX], 3
    mov qword ptr [rdx + MC_RDX], 4
    mov qword ptr [rdx + MC_RDI], 5
    mov qword ptr [rdx + MC_RSI], 6
    mov qword ptr [rdx + MC_RBP], 7
    mov qword ptr [rdx + MC_R8], 8
    mov qword ptr [rdx + MC_R9], 9
    mov qword ptr [rdx + MC_R10], 10
    mov qword ptr [rdx + MC_R11], 11
    mov qword ptr [rdx + MC_R12], 12
    mov qword ptr [rdx + MC_R13], 13
    mov qword ptr [rdx + MC_R14], 14
    mov qword ptr [rdx + MC_R15], 15
    sub qword ptr [rdx + MC_RSP], 0x100
    lea rax, [rip + there]
    mov [rdx + MC_RIP], rax
    ret

=== edited_rip | exit 1 | A handler that changes the saved RIP chooses where the program goes on. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @sys kill, [rip + self], SIGUSR1, 1
    call failed
there:
    mov eax, [rip + count]
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    lea rax, [rip + there]
    mov [rdx + MC_RIP], rax
    jmp count_signal

=== result_not_written | exit 0 | Nothing is written over RAX, RDX and the carry flag: sigreturn answers with the frame's. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGILL, handler, SA_SIGINFO
    mov eax, 0x77
    mov edx, 0x88
    clc
    ud2
    @carry
    @check rax, 0x77
    @check rdx, 0x88
    xor eax, eax
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    or qword ptr [rdx + MC_RFLAGS], CF
    add qword ptr [rdx + MC_RIP], 2
    ret

=== flags_of_the_frame | exit 0 | The arithmetic flags and DF are the frame's. | osfmk/i386/pcb.c:set_thread_state64
main:
    @install SIGILL, handler, SA_SIGINFO
    ud2
    pushfq
    pop rbx
    cld
    and ebx, 0xcd5
    @check ebx, 0xcd5
    xor eax, eax
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    or qword ptr [rdx + MC_RFLAGS], 0xcd5
    add qword ptr [rdx + MC_RIP], 2
    ret

=== flags_forbidden | exit 0 | IOPL and NT are cleared and IF is set, whatever the frame says. | osfmk/i386/pcb.c:set_thread_state64
main:
    @install SIGILL, handler, SA_SIGINFO
    ud2
    pushfq
    pop rbx
    and ebx, 0x7200
    @check ebx, 0x200
    xor eax, eax
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    mov qword ptr [rdx + MC_RFLAGS], 0x7000
    add qword ptr [rdx + MC_RIP], 2
    ret

=== code_segment_of_the_frame | exit 0 | The frame's CS doesn't count: 64-bit user code goes on in 0x2b. | osfmk/i386/pcb.c:set_thread_state64
main:
    @install SIGILL, handler, SA_SIGINFO
    ud2
    mov ebx, cs
    @check ebx, 0x2b
    mov ebx, ss
    @check ebx, 0x23
    xor eax, eax
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    mov qword ptr [rdx + MC_CS], 8
    mov qword ptr [rdx + MC_FS], 0xffff
    mov qword ptr [rdx + MC_GS], 0xffff
    add qword ptr [rdx + MC_RIP], 2
    ret

=== rip_noncanonical | exit 22 | A RIP from the end of user addresses on, 0x7ffffffff000, is EINVAL: the handler's trampoline goes on behind its call. | osfmk/i386/pcb.c:set_thread_state64
main:
    @tramp own
    @install SIGUSR1, count_signal, SA_SIGINFO
    @raise SIGUSR1
    ret
own:
    mov rdx, [r8 + UC_MCONTEXT]
    mov rax, 0x7ffffffff000
    mov [rdx + MC_RIP], rax
    @sys sigreturn, r8, UC_FLAVOR
    @carry
    @exit rax

=== rsp_noncanonical | exit 22 | So is such an RSP, and only such a one. | osfmk/i386/pcb.c:set_thread_state64
main:
    @tramp own
    @install SIGUSR1, count_signal, SA_SIGINFO
    @raise SIGUSR1
    ret
own:
    mov rdx, [r8 + UC_MCONTEXT]
    mov rax, 0x7ffffffff000
    mov [rdx + MC_RSP], rax
    @sys sigreturn, r8, UC_FLAVOR
    @fails EINVAL
    mov rdx, [r8 + UC_MCONTEXT]
    mov rax, 0x7fffffffefff
    mov [rdx + MC_RSP], rax
    lea rax, [rip + there]
    mov [rdx + MC_RIP], rax
    @sys sigreturn, r8, UC_FLAVOR
    @exit 0
there:
    lea rax, [rsp + 1]
    mov rbx, 0x7ffffffff000
    cmp rax, rbx
    jne there
    @exit EINVAL

=== einval_keeps_the_frames_mask | exit 0 | By then the mask is the frame's already. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @tramp own
    @install SIGUSR1, count_signal, SA_SIGINFO
    @raise SIGUSR1
    ret
own:
    mov rdx, [r8 + UC_MCONTEXT]
    mov qword ptr [rdx + MC_RIP], -1
    mov dword ptr [r8 + UC_SIGMASK], M_SIGHUP
    @sys sigreturn, r8, UC_FLAVOR
    @fails EINVAL
    @sys sigprocmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGHUP
    @exit 0

=== rip_unmapped | dumped SIGSEGV | A RIP where nothing is mapped is taken: the fault comes there. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    mov qword ptr [rdx + MC_RIP], 0x10
    ret

=== rip_highest | dumped SIGSEGV | The last address below that is taken too. | osfmk/i386/pcb.c:set_thread_state64
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    mov rax, 0x7fffffffefff
    mov [rdx + MC_RIP], rax
    ret

=== ucontext_unreadable | exit 14 | A ucontext that can't be read is EFAULT, and the mask stays. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @mask SIG_SETMASK, M_SIGHUP
    @sys sigreturn, 0x10, UC_FLAVOR, 0
    @fails EFAULT
    mov ebx, eax
    @sys sigprocmask, 0, 0, &oldset
    @check dword ptr [rip + oldset], M_SIGHUP
    mov eax, ebx
    ret

=== mcontext_unreadable | exit 14 | So is an mcontext. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @tramp own
    @install SIGUSR1, count_signal, SA_SIGINFO
    @raise SIGUSR1
    ret
own:
    mov qword ptr [r8 + UC_MCONTEXT], 0x10
    @sys sigreturn, r8, UC_FLAVOR
    @carry
    @exit rax

=== made_by_hand | exit 42 | sigreturn needs no signal: any ucontext with an mcontext will do. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    lea rdi, [rip + spare]
    lea rax, [rip + spare + 0x100]
    mov [rdi + UC_MCONTEXT], rax
    lea rcx, [rip + there]
    mov [rax + MC_RIP], rcx
    lea rcx, [rip + stack_top]
    mov [rax + MC_RSP], rcx
    mov qword ptr [rax + MC_RBX], 42
    mov dword ptr [rax + MC_MXCSR], 0x1f80
    mov word ptr [rax + MC_MXCSR - 24], 0x37f
    @sys sigreturn, rdi, UC_FLAVOR, 0
    call failed
there:
    @exit rbx

=== mcontext_moved | exit 5 | The mcontext is where uc_mcontext points, not where sendsig put it. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGILL, handler, SA_SIGINFO
    ud2
    @exit rbx
handler:
    mov rsi, [rdx + UC_MCONTEXT]
    lea rdi, [rip + spare]
    mov [rdx + UC_MCONTEXT], rdi
    mov ecx, MC_SIZE
    rep movsb
    lea rdi, [rip + spare]
    mov qword ptr [rdi + MC_RBX], 5
    add qword ptr [rdi + MC_RIP], 2
    ret

=== infostyle_not_needed | exit 1 | Any infostyle but the two of the alternate stack returns from a handler. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @tramp own
    @install SIGUSR1, count_signal, SA_SIGINFO
    @raise SIGUSR1
    mov eax, 1
    ret
own:
    @sys sigreturn, r8, 0x1234
    call failed

=== token_wrong | exit 22 token | Where tokens are looked at, a wrong one is EINVAL. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @tramp own
    @install SIGUSR1, count_signal, SA_SIGINFO | SA_VALIDATE
    @raise SIGUSR1
    ret
own:
    xor r9, 1
    @sys sigreturn, r8, UC_FLAVOR, r9
    @carry
    @exit rax

=== token_right | exit 1 token | The right one is what was in R9 at entry; another frame has another. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGUSR1, count_signal, SA_SIGINFO | SA_VALIDATE
    @raise SIGUSR1
    mov rbx, [rip + entry_r9]
    xor rbx, [rip + entry_r8]
    sub rsp, 0x40
    @raise SIGUSR1
    add rsp, 0x40
    mov rax, [rip + entry_r9]
    xor rax, [rip + entry_r8]
    @check rax, rbx
    @check dword ptr [rip + count], 2
    mov eax, 1
    ret

=== token_not_asked_for | exit 1 token | If the first action is set without SA_VALIDATE_SIGRETURN_FROM_SIGTRAMP, no token is ever looked at. | bsd/kern/kern_sig.c:sigaction
main:
    @install SIGHUP, count_signal, 0
    @tramp own
    @install SIGUSR1, count_signal, SA_SIGINFO | SA_VALIDATE
    @raise SIGUSR1
    mov eax, 1
    ret
own:
    @sys sigreturn, r8, UC_FLAVOR, 0
    call failed

=== token_before_10_14 | exit 1 | Where systems know no token, any will do. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @tramp own
    @install SIGUSR1, count_signal, SA_SIGINFO | SA_VALIDATE
    @raise SIGUSR1
    mov eax, 1
    ret
own:
    @sys sigreturn, r8, UC_FLAVOR, -1
    call failed
