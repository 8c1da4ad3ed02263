; What a handler finds: registers, the place and the contents of its frame.

=== entry_arguments | exit 1 | The trampoline gets RDI handler, RSI UC_FLAVOR, RDX signal, RCX &siginfo, R8 &ucontext. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    lea rax, [rip + handler]
    @check [rip + entry_rdi], rax
    @check qword ptr [rip + entry_rsi], UC_FLAVOR
    @check qword ptr [rip + entry_rdx], SIGUSR1
    mov rax, [rip + entry_rcx]
    @check dword ptr [rax + SI_SIGNO], SIGUSR1
    mov rax, [rip + entry_r8]
    @check qword ptr [rax + UC_MCSIZE], MC_SIZE
    mov eax, [rip + count]
    ret
handler:
    inc dword ptr [rip + count]
    @check rsi, [rip + entry_rcx]
    @check rdx, [rip + entry_r8]
    ret

=== entry_infostyle_trad | exit 1 | Without SA_SIGINFO the infostyle is UC_TRAD, and siginfo and ucontext are there all the same. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGUSR1, count_signal, 0
    @raise SIGUSR1
    @check qword ptr [rip + entry_rsi], UC_TRAD
    mov rax, [rip + entry_rcx]
    @check dword ptr [rax + SI_SIGNO], SIGUSR1
    mov eax, [rip + count]
    ret

=== entry_high_half | exit 0 | Signal and infostyle fill all 64 bits of RDX and RSI. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGILL, skip, SA_SIGINFO
    @resume 1f
    mov rdx, -1
    mov rsi, -1
    ud2
1:  @check qword ptr [rip + entry_rsi], UC_FLAVOR
    @check qword ptr [rip + entry_rdx], SIGILL
    xor eax, eax
    ret

=== entry_other_registers | exit 0 | All registers that sendsig has no use for reach the trampoline as they were. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGILL, skip, SA_SIGINFO
    @resume 1f
    push rbx
    push rbp
    mov eax, 0x1a
    mov ebx, 0x1b
    mov ebp, 0x1c
    mov r9d, 0x1d
    mov r10d, 0x10
    mov r11d, 0x11
    mov r12d, 0x12
    mov r13d, 0x13
    mov r14d, 0x14
    mov r15d, 0x15
    ud2
1:  pop rbp
    pop rbx
    @check qword ptr [rip + entry_rax], 0x1a
    @check qword ptr [rip + entry_rbx], 0x1b
    @check qword ptr [rip + entry_rbp], 0x1c
    @check qword ptr [rip + entry_r10], 0x10
    @check qword ptr [rip + entry_r11], 0x11
    @check qword ptr [rip + entry_r12], 0x12
    @check qword ptr [rip + entry_r13], 0x13
    @check qword ptr [rip + entry_r14], 0x14
    @check qword ptr [rip + entry_r15], 0x15
    xor eax, eax
    ret

=== entry_no_token | exit 0 | Before 10.14 there is no token: R9 is as it was. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGILL, skip, SA_SIGINFO
    @resume 1f
    mov r9d, 0x1d
    ud2
1:  @check qword ptr [rip + entry_r9], 0x1d
    xor eax, eax
    ret

=== entry_flags | exit 0 | A handler starts with clean flags, DF clear too; the interrupted ones are in the frame and come back. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGUSR1, handler, SA_SIGINFO
    std
    @raise SIGUSR1
    pushfq
    pop rbx
    cld
    @check qword ptr [rip + entry_rflags], 0x202
    and ebx, DF
    @check ebx, DF
    xor eax, eax
    ret
handler:
    mov rax, [rdx + UC_MCONTEXT]
    mov eax, [rax + MC_RFLAGS]
    and eax, DF
    @check eax, DF
    ret

=== entry_code_segment | exit 0 | Handlers run in the 64-bit code segment 0x2b. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGUSR1, count_signal, 0
    @raise SIGUSR1
    @check qword ptr [rip + entry_cs], 0x2b
    xor eax, eax
    ret

=== entry_alignment | exit 16 | RSP is 8 below a multiple of 16, as after a CALL, whatever it was before. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGILL, skip, 0
    @resume 2f
    mov rbx, rsp
    mov r12d, 16
1:  dec rsp
    ud2
2:  mov rax, [rip + entry_rsp]
    and eax, 15
    @check eax, 8
    dec r12d
    jnz 1b
    mov rsp, rbx
    mov eax, [rip + count]
    ret

=== frame_order | exit 0 | Downwards from RSP: 128 bytes of red zone, ucontext, siginfo, mcontext, at least 16 bytes, RSP. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGILL, skip, SA_SIGINFO
    @resume 1f
    ud2
1:  lea rax, [rsp - RED_ZONE - UC_SIZE]
    @check [rip + entry_r8], rax
    sub rax, SI_SIZE
    @check [rip + entry_rcx], rax
    mov rcx, [rip + entry_r8]
    sub rax, MC_SIZE
    @check [rcx + UC_MCONTEXT], rax
    sub rax, 16
    and rax, -16
    sub rax, 8
    @check [rip + entry_rsp], rax
    xor eax, eax
    ret

=== red_zone | exit 16 | The 128 bytes below RSP survive a handler. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGILL, skip, SA_SIGINFO
    @resume 2f
    xor ecx, ecx
    lea rdx, [rsp - RED_ZONE]
1:  lea rax, [rcx + 0x5a5a]
    mov [rdx + rcx*8], rax
    inc ecx
    cmp ecx, 16
    jne 1b
    ud2
2:  xor ecx, ecx
    lea rdx, [rsp - RED_ZONE]
3:  lea rax, [rcx + 0x5a5a]
    cmp [rdx + rcx*8], rax
    jne 4f
    inc ecx
    cmp ecx, 16
    jne 3b
4:  mov eax, ecx
    ret

=== nothing_at_rsp | exit 0 | Nothing is written at RSP: the word there, where a return address would be, is what lay there. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @install SIGILL, skip, SA_SIGINFO
    @resume 2f
    lea rdi, [rip + stack_bottom]
    mov rcx, rsp
    sub rcx, rdi
    shr ecx, 3
    mov rax, 0x1122334455667788
    rep stosq
    ud2
2:  mov rax, 0x1122334455667788
    @check [rip + entry_word], rax
    mov rcx, [rip + entry_rsp]
    @check [rcx + 8], rax
    xor eax, eax
    ret

=== ret_from_trampoline | dumped SIGSEGV | So a trampoline that RETs jumps to whatever that is: here to 0x10. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp careless
    @install SIGUSR1, count_signal, SA_NODEFER
    lea rdi, [rip + stack_bottom]
    mov rcx, rsp
    sub rcx, rdi
    shr ecx, 3
    mov eax, 0x10
    rep stosq
    @raise SIGUSR1
    ret
careless:
    ret

=== ucontext_plain | exit 0 | In a ucontext of the normal stack: no uc_onstack, the old mask, uc_stack.ss_sp is RSP with size and flags 0, no uc_link. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @tramp noted_tramp
    @mask SIG_SETMASK, M_SIGHUP | M_SIGUSR2
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    xor eax, eax
    ret
handler:
    @check dword ptr [rdx + UC_ONSTACK], 0
    @check dword ptr [rdx + UC_SIGMASK], M_SIGHUP | M_SIGUSR2
    mov rax, [rdx + UC_SS_SP]
    @check rax, [rip + entry_rsp]
    @check qword ptr [rdx + UC_SS_SIZE], 0
    @check dword ptr [rdx + UC_SS_FLAGS], 0
    @check qword ptr [rdx + UC_LINK], 0
    @check qword ptr [rdx + UC_MCSIZE], MC_SIZE
    ret

=== mcontext_registers | exit 0 | The mcontext holds the registers of the interrupted place, each in its word. | osfmk/i386/pcb.c:get_thread_state64
main:
    @install SIGILL, handler, SA_SIGINFO
    mov [rip + word], rsp
    push rbx
    push rbp
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
here:
    ud2
    pop rbp
    pop rbx
    xor eax, eax
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    @check qword ptr [rdx + MC_RAX], 1
    @check qword ptr [rdx + MC_RBX], 2
    @check qword ptr [rdx + MC_RCX], 3
    @check qword ptr [rdx + MC_RDX], 4
    @check qword ptr [rdx + MC_RDI], 5
    @check qword ptr [rdx + MC_RSI], 6
    @check qword ptr [rdx + MC_RBP], 7
    @check qword ptr [rdx + MC_R8], 8
    @check qword ptr [rdx + MC_R9], 9
    @check qword ptr [rdx + MC_R10], 10
    @check qword ptr [rdx + MC_R11], 11
    @check qword ptr [rdx + MC_R12], 12
    @check qword ptr [rdx + MC_R13], 13
    @check qword ptr [rdx + MC_R14], 14
    @check qword ptr [rdx + MC_R15], 15
    mov rax, [rip + word]
    sub rax, 16
    @check [rdx + MC_RSP], rax
    lea rax, [rip + here]
    @check [rdx + MC_RIP], rax
    @check qword ptr [rdx + MC_CS], 0x2b
    add qword ptr [rdx + MC_RIP], 2
    ret

=== mcontext_of_a_call | exit 0 | A system call is trap 0x85 in the frame, its number the error code, its CS a mark; RIP is behind SYSCALL, RAX the result, RCX as RSP. | osfmk/i386/pcb.c:get_exception_state64
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @sys kill, [rip + self], SIGUSR1, 1
behind:
    xor eax, eax
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    @check word ptr [rdx + MC_TRAPNO], 0x85
    @check dword ptr [rdx + MC_ERR], SYS_kill
    @check qword ptr [rdx + MC_CS], 7
    @check qword ptr [rdx + MC_RAX], 0
    lea rax, [rip + behind]
    @check [rdx + MC_RIP], rax
    mov rax, [rdx + MC_RSP]
    @check [rdx + MC_RCX], rax
    ret

=== mcontext_of_the_second | exit 2 | Of two signals that one call brings, the second frame holds the first trampoline's start, which is no system call any more. | osfmk/i386/pcb.c:set_thread_state64
main:
    @install SIGUSR1, count_signal, 0
    @install SIGUSR2, handler, 0
    @mask SIG_SETMASK, M_SIGUSR1 | M_SIGUSR2
    @raise SIGUSR1
    @raise SIGUSR2
    @mask SIG_SETMASK, 0
    mov eax, [rip + count]
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    lea rax, [rip + tramp]
    @check [rdx + MC_RIP], rax
    @check qword ptr [rdx + MC_CS], 0x2b
    @check word ptr [rdx + MC_TRAPNO], 0x85
    @check qword ptr [rdx + MC_RDX], SIGUSR1
    mov rax, [rdx + MC_RCX]
    @check dword ptr [rax + SI_SIGNO], SIGUSR1
    jmp count_signal

=== mcontext_after_sigreturn | exit 2 | Nor is what sigreturn goes back to: a signal that comes there finds the user's code segment. | osfmk/i386/pcb.c:set_thread_state64
main:
    @install SIGUSR1, handler, 0
    @sys kill, [rip + self], SIGUSR1, 1
    mov eax, [rip + count]
    ret
handler:
    call count_signal
    mov rdx, [rdx + UC_MCONTEXT]
    cmp dword ptr [rip + count], 2
    je 1f
    @check qword ptr [rdx + MC_CS], 7
    @raise SIGUSR1
    ret
1:  @check qword ptr [rdx + MC_CS], 0x2b
    ret

=== mcontext_of_a_fault | exit 0 | A page fault is trap 14 in the frame, with the processor's error code and the address. | osfmk/i386/pcb.c:get_exception_state64
main:
    @install SIGSEGV, handler, SA_SIGINFO
    mov ebx, 0x123
here:
    mov [rbx], eax
    xor eax, eax
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    @check word ptr [rdx + MC_TRAPNO], 14
    @check dword ptr [rdx + MC_ERR], 6
    @check qword ptr [rdx + MC_FAULTVADDR], 0x123
    lea rax, [rip + here]
    @check [rdx + MC_RIP], rax
    add qword ptr [rdx + MC_RIP], 2
    ret

=== xmm_comes_back | exit 0 | XMM registers and MXCSR are in the frame's float state, and come back at sigreturn. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov eax, 0x1234
    movd xmm0, eax
    mov dword ptr [rip + word], 0x3f80
    ldmxcsr [rip + word]
    @raise SIGUSR1
    movd eax, xmm0
    @check eax, 0x1234
    stmxcsr [rip + word]
    @check dword ptr [rip + word], 0x3f80
    xor eax, eax
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    @check dword ptr [rdx + MC_XMM0], 0x1234
    @check dword ptr [rdx + MC_MXCSR], 0x3f80
    pxor xmm0, xmm0
    ret

=== float_control_is_fresh | exit 0 | A handler starts with the usual MXCSR and x87 control word, whatever the program set. | osfmk/i386/fpu.c:fpinit
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov dword ptr [rip + word], 0x3f80
    ldmxcsr [rip + word]
    mov word ptr [rip + word], 0xf7f
    fldcw [rip + word]
    @raise SIGUSR1
    fnstcw [rip + word]
    @check word ptr [rip + word], 0xf7f
    xor eax, eax
    ret
handler:
    stmxcsr [rip + word]
    @check dword ptr [rip + word], 0x1f80
    fnstcw [rip + word]
    @check word ptr [rip + word], 0x37f
    mov rdx, [rdx + UC_MCONTEXT]
    @check dword ptr [rdx + MC_MXCSR], 0x3f80
    ret

=== siginfo_of_kill | exit 0 | kill tells its sender, the signal as si_status, si_code 0 and the interrupted RIP: there is no SI_USER. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @sys kill, [rip + self], SIGUSR1, 1
behind:
    xor eax, eax
    ret
handler:
    @check dword ptr [rsi + SI_SIGNO], SIGUSR1
    @check dword ptr [rsi + SI_ERRNO], 0
    @check dword ptr [rsi + SI_CODE], 0
    mov eax, [rip + self]
    @check [rsi + SI_PID], eax
    @check dword ptr [rsi + SI_UID], 501
    @check dword ptr [rsi + SI_STATUS], SIGUSR1
    lea rax, [rip + behind]
    @check [rsi + SI_ADDR], rax
    @check qword ptr [rsi + SI_VALUE], 0
    @check qword ptr [rsi + SI_BAND], 0
    ret

=== siginfo_of_a_blocked_kill | exit 0 | A signal that was blocked when it was sent tells no sender. | bsd/kern/kern_sig.c:psignal_internal
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGUSR1
    @raise SIGUSR1
    @mask SIG_UNBLOCK, M_SIGUSR1
    mov eax, [rip + noted]
    dec eax
    ret
handler:
    @check dword ptr [rsi + SI_PID], 0
    @check dword ptr [rsi + SI_UID], 0
    @check dword ptr [rsi + SI_STATUS], 0
    jmp note_signal

=== siginfo_forgets | exit 2 | The sender is told once: the next signal that nobody sent has none. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @install SIGALRM, alarm, SA_SIGINFO
    @raise SIGUSR1
    @arm 1
    @sys select, 0, 0, 0, 0, 0
    mov eax, [rip + count]
    ret
handler:
    mov eax, [rip + self]
    @check [rsi + SI_PID], eax
    jmp count_signal
alarm:
    @check dword ptr [rsi + SI_PID], 0
    jmp count_signal

=== bad_frame | dumped SIGILL | Where the frame can't be written, the process dies of SIGILL. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGUSR1, count_signal, 0
    xor esp, esp
    @sys kill, [rip + self], SIGUSR1, 1
    @exit 0

=== bad_frame_caught | dumped SIGILL | No handler helps, nor that SIGILL is blocked or ignored: its action becomes the default. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @altstack 0
    @install SIGILL, count_signal, SA_ONSTACK
    @mask SIG_SETMASK, M_SIGILL
    @install SIGUSR1, count_signal, 0
    xor esp, esp
    @sys kill, [rip + self], SIGUSR1, 1
    @exit 0

=== bad_frame_noncanonical | dumped SIGILL | A stack pointer that is no address is such a case too. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGUSR1, count_signal, 0
    mov rsp, 0x1234567812345678
    @sys kill, [rip + self], SIGUSR1, 1
    @exit 0

=== bad_stack_saved_by_altstack | exit 1 | On an alternate stack the handler runs, whatever RSP is; and RSP comes back. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @altstack 0
    @install SIGUSR1, count_signal, SA_ONSTACK
    mov rbx, rsp
    mov esp, 0x123
    @sys kill, [rip + self], SIGUSR1, 1
    @clear
    cmp rsp, 0x123
    mov rsp, rbx
    jne 1f
    mov eax, [rip + count]
    ret
1:  xor eax, eax
    ret
