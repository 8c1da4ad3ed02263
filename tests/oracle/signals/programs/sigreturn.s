; rt_sigreturn: contexts that a handler edited, and frames that are no frames.

=== edit_rip | exit 5 | A handler may send the program elsewhere.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    ud2
elsewhere:
    @exit 5
handler:
    lea rax, [rip + elsewhere]
    mov [rdx + UC_RIP], rax
    ret

=== edit_rax | exit 77 | RAX comes from the frame: the interrupted call's result may be replaced.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    ret
handler:
    mov qword ptr [rdx + UC_RAX], 77
    ret

=== edit_registers | exit 0 | All general registers come from the frame.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov rbx, rsp
    @raise SIGUSR1
    mov rsp, [rip + resume]
    xor eax, eax
    ret
handler:
    mov rcx, [rdx + UC_RSP]
    mov [rip + resume], rcx
    add qword ptr [rip + resume], 8     ; as after `raise`
    mov rax, 0x1111111111111111
    mov [rdx + UC_R8], rax
    mov [rdx + UC_R9], rax
    mov [rdx + UC_R10], rax
    mov [rdx + UC_R11], rax
    mov [rdx + UC_R12], rax
    mov [rdx + UC_R13], rax
    mov [rdx + UC_R14], rax
    mov [rdx + UC_R15], rax
    mov [rdx + UC_RDI], rax
    mov [rdx + UC_RSI], rax
    mov [rdx + UC_RBP], rax
    mov [rdx + UC_RBX], rax
    mov [rdx + UC_RDX], rax
    mov [rdx + UC_RAX], rax
    mov [rdx + UC_RCX], rax
    ret

=== edit_rsp | exit 3 | RSP comes from the frame.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    ud2
back:
    pop rax
    @exit rax
handler:
    lea rax, [rip + alt_end - 8]
    mov [rdx + UC_RSP], rax
    mov qword ptr [rax], 3
    lea rax, [rip + back]
    mov [rdx + UC_RIP], rax
    ret

=== edit_flags | exit 0 | The frame decides CF, PF, AF, ZF, SF, DF, OF and AC.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    pushfq
    pop rcx
    cld
    push 0x202
    popfq
    xor eax, eax
    ret
handler:
    mov qword ptr [rdx + UC_EFLAGS], 0xcd7
    ret

=== edit_forbidden_flags | exit 0 | It does not decide IF, IOPL, NT, VM, VIF, VIP and ID.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    pushfq
    pop rcx
    mov rax, rcx
    push 0x202
    popfq
    xor eax, eax
    ret
handler:
    mov qword ptr [rdx + UC_EFLAGS], 0x3a7000
    ret

=== edit_all_flags | exit 0 | Nor what lies above 32 bits.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    cld
    xor eax, eax
    ret
handler:
    mov qword ptr [rdx + UC_EFLAGS], ~0x40100
    ret

=== edit_resume_flag | exit 0 | RF from the frame is gone after the next instruction.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    pushfq
    pop rax
    xor eax, eax
    ret
handler:
    or qword ptr [rdx + UC_EFLAGS], 0x10000
    ret

=== edit_trap_flag | dumped SIGTRAP coarse | TF from the frame traps after the next instruction.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    nop
    ret
handler:
    or qword ptr [rdx + UC_EFLAGS], 0x100
    ret

=== edit_mask | exit 1 | The mask after the handler is uc_sigmask, without KILL and STOP.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @install SIGUSR2, count_signal, 0
    @raise SIGUSR1
    @raise SIGUSR2
    @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
    mov rax, [rip + oldset]
    @mask SIG_UNBLOCK, M_SIGUSR2
    mov eax, [rip + count]
    ret
handler:
    mov qword ptr [rdx + UC_SIGMASK], M_SIGUSR2 | M_SIGKILL | M_SIGSTOP
    ret

=== edit_oldmask | exit 0 | The context's oldmask says the same and decides nothing.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
    mov rax, [rip + oldset]
    ret
handler:
    mov qword ptr [rdx + UC_OLDMASK], -1
    ret

=== unblock_by_return | exit 2 | A signal that uc_sigmask lets through comes before the program goes on.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @install SIGUSR2, handler2, SA_SIGINFO
    @mask SIG_BLOCK, M_SIGUSR2
    @raise SIGUSR2
    @raise SIGUSR1
    mov rax, [rip + noted]
    ret
handler:
    mov qword ptr [rdx + UC_SIGMASK], 0
    mov eax, edi
    jmp note
handler2:
    mov eax, edi
    call note
    mov rax, [rdx + UC_RIP]
    ret

=== edit_trap_fields | exit 0 | trapno, err, cr2, uc_flags' other bits, uc_link and the reserved words decide nothing.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    @raise SIGUSR1
    xor eax, eax
    ret
handler:
    mov qword ptr [rdx + UC_ERR], -1
    mov qword ptr [rdx + UC_TRAPNO], -1
    mov qword ptr [rdx + UC_CR2], -1
    mov qword ptr [rdx + UC_FLAGS], -1
    mov qword ptr [rdx + UC_LINK], -1
    mov qword ptr [rdx + UC_FPSTATE + 8], -1
    mov word ptr [rdx + UC_GS], -1
    mov word ptr [rdx + UC_FS], -1
    ret

=== edit_cs_rpl | exit 0 | CS and SS go back with privilege 3, whatever the frame says.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    mov ecx, cs
    mov edx, ss
    xor eax, eax
    ret
handler:
    mov word ptr [rdx + UC_CS], 0x30
    mov word ptr [rdx + UC_SS], 0x28
    ret

=== edit_cs_kernel | exit 128 | The kernel's CS, with privilege 3, is a protection fault.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @install SIGSEGV, skip_cs, SA_SIGINFO
    @resume 1f
    @raise SIGUSR1
1:  @exit [rip + code]
handler:
    mov word ptr [rdx + UC_CS], 0x10
    ret
skip_cs:
    movzx eax, word ptr [rdx + UC_CS]
    mov word ptr [rdx + UC_CS], 0x33
    jmp skip

=== edit_cs_null | exit 128 | So is a null one.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @install SIGSEGV, skip_cs, SA_SIGINFO
    @resume 1f
    @raise SIGUSR1
1:  @exit [rip + code]
handler:
    mov word ptr [rdx + UC_CS], 0
    ret
skip_cs:
    mov word ptr [rdx + UC_CS], 0x33
    jmp skip

=== edit_ss_null | exit 128 | A null SS faults while uc_flags asks for SS as it is,
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @install SIGSEGV, skip_ss, SA_SIGINFO
    @resume 1f
    @raise SIGUSR1
1:  @exit [rip + code]
handler:
    mov word ptr [rdx + UC_SS], 0
    ret
skip_ss:
    movzx eax, word ptr [rdx + UC_SS]
    mov word ptr [rdx + UC_SS], 0x2b
    jmp skip

=== edit_ss_lax | exit 1 | and is mended where uc_flags does not.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    mov ecx, ss
    mov eax, [rip + count]
    ret
handler:
    mov word ptr [rdx + UC_SS], 0
    mov qword ptr [rdx + UC_FLAGS], 3
    inc dword ptr [rip + count]
    ret

=== edit_ss_code | exit 128 | A code segment in SS faults.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @install SIGSEGV, skip_ss, SA_SIGINFO
    @resume 1f
    @raise SIGUSR1
1:  @exit [rip + code]
handler:
    mov word ptr [rdx + UC_SS], 0x33
    ret
skip_ss:
    mov word ptr [rdx + UC_SS], 0x2b
    jmp skip

=== noncanonical_rip | exit 128 | A RIP that can't be faults on the way back to user mode.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    @raise SIGUSR1
1:  @exit [rip + code]
handler:
    mov rax, 0x8000000000000000
    mov [rdx + UC_RIP], rax
    ret

=== unmapped_rip | exit 1 | A RIP where nothing is mapped faults at the fetch.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    @raise SIGUSR1
1:  @exit [rip + code]
handler:
    mov qword ptr [rdx + UC_RIP], 0x10
    ret

=== bad_frame | dumped SIGSEGV | rt_sigreturn with RSP where nothing is mapped kills.
main:
    mov esp, 0x10000
    @sys rt_sigreturn
    ud2

=== bad_frame_caught | exit 128 | With an alternate stack that SIGSEGV can be caught: SI_KERNEL, the registers of the call.
main:
    @altstack 0
    @install SIGSEGV, skip, SA_SIGINFO | SA_ONSTACK
    @resume 1f
    mov esp, 0x10000
    @sys rt_sigreturn
1:  lea rsp, [rip + stack_top]
    @exit [rip + code]

=== kernel_frame | exit 128 | So with RSP in the kernel's half.
main:
    @altstack 0
    @install SIGSEGV, skip, SA_SIGINFO | SA_ONSTACK
    @resume 1f
    mov rsp, 0xffff800000000000
    @sys rt_sigreturn
1:  lea rsp, [rip + stack_top]
    @exit [rip + code]

=== no_frame | dumped SIGSEGV | rt_sigreturn from zeros gives zeros to every register, and the program ends.
main:
    lea rsp, [rip + spare + 0x1000]
    @sys rt_sigreturn
    ud2

=== made_frame | exit 9 | A frame need not be one of the kernel's.
main:
    lea rbx, [rip + spare + 0x1000]
    lea rax, [rip + arrived]
    mov [rbx + UC_RIP], rax
    lea rax, [rip + stack_top]
    mov [rbx + UC_RSP], rax
    mov word ptr [rbx + UC_CS], 0x33
    mov word ptr [rbx + UC_SS], 0x2b
    mov qword ptr [rbx + UC_RDI], 9
    mov qword ptr [rbx + UC_SIGMASK], M_SIGHUP
    mov rsp, rbx
    @sys rt_sigreturn
arrived:
    @exit rdi

=== no_fpstate | exit 0 | Without an fpstate the x87 and SSE state becomes a new process's.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov eax, 0x3f800000
    movd xmm3, eax
    fld1
    @raise SIGUSR1
    movd eax, xmm3
    fnstsw ax
    mov [rip + log], ax
    stmxcsr [rip + info]
    movd eax, xmm3
    ret
handler:
    mov qword ptr [rdx + UC_FPSTATE], 0
    ret

=== fresh_state | exit 0 | A handler starts with fresh x87 and SSE state; the program's comes back after it.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov eax, 0x3f800000
    movd xmm0, eax
    movd xmm15, eax
    fld1
    fldpi
    mov dword ptr [rip + info], 0x9fc0
    ldmxcsr [rip + info]
    mov word ptr [rip + info], 0x27f
    fldcw word ptr [rip + info]
    @raise SIGUSR1
    movd ecx, xmm0
    movd edx, xmm15
    sub ecx, edx
    fstp qword ptr [rip + log]
    fnstcw word ptr [rip + info + 8]
    stmxcsr [rip + info + 16]
    mov eax, ecx
    ret
handler:
    movd eax, xmm0
    mov [rip + log + 16], eax
    fnstsw ax
    mov [rip + log + 24], ax
    fnstcw word ptr [rip + log + 32]
    stmxcsr [rip + log + 40]
    mov ecx, 0x40000000
    movd xmm0, ecx
    fldz
    ret

=== edit_sse | exit 7 | The frame's XMM registers and MXCSR come back as the handler left them.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    stmxcsr [rip + info]
    movd eax, xmm5
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov dword ptr [rcx + FP_XMM + 80], 7
    mov dword ptr [rcx + FP_MXCSR], 0x9fc0
    ret

=== edit_x87 | exit 0 | So do the x87 registers and words.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    fld1
    @raise SIGUSR1
    fnstcw word ptr [rip + info]
    fstp qword ptr [rip + info + 8]
    xor eax, eax
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov rax, 0xc000000000000000
    mov [rcx + FP_ST], rax
    mov word ptr [rcx + FP_ST + 8], 0x4000
    mov word ptr [rcx], 0x27f
    ret

=== bad_mxcsr | dumped SIGSEGV | Reserved bits in the frame's MXCSR make it a bad frame.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    xor eax, eax
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov dword ptr [rcx + FP_MXCSR], 0x10001f80
    ret

=== bad_magic1 | exit 0 | Without the first magic the area counts as an FXSAVE image.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    movd eax, xmm0
    sub eax, 6
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov dword ptr [rcx + FP_XMM], 6
    mov dword ptr [rcx + FP_MAGIC1], 0
    ret

=== bad_magic2 | exit 0 | Nor without the second one.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    movd eax, xmm0
    sub eax, 6
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov dword ptr [rcx + FP_XMM], 6
    mov dword ptr [rcx + FP_HEADER], 0
    mov rax, rdx
    add rax, UC_SIZE + 128
    add rcx, 512
1:  cmp dword ptr [rcx], 0x46505845
    je 2f
    add rcx, 4
    jmp 1b
2:  mov dword ptr [rcx], 0
    ret

=== header_without_sse | exit 0 | Components that the header leaves out go back to their initial state.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov eax, 5
    movd xmm0, eax
    fld1
    @raise SIGUSR1
    fnstsw ax
    mov [rip + info], ax
    movd eax, xmm0
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov qword ptr [rcx + FP_HEADER], 1
    ret

=== header_empty | exit 0 | With none of them all are initial, MXCSR excepted.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov eax, 5
    movd xmm0, eax
    fld1
    mov dword ptr [rip + log], 0x9fc0
    ldmxcsr [rip + log]
    @raise SIGUSR1
    fnstsw ax
    mov [rip + info], ax
    stmxcsr [rip + info + 8]
    movd eax, xmm0
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov qword ptr [rcx + FP_HEADER], 0
    ret

=== header_reserved | dumped SIGSEGV | Reserved bits in the XSAVE header make it a bad frame.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    xor eax, eax
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov qword ptr [rcx + FP_HEADER + 16], 1
    ret

=== marks_without_sse | exit 0 | xfeatures of the software's bytes limits what is restored.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov eax, 5
    movd xmm0, eax
    @raise SIGUSR1
    movd eax, xmm0
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov qword ptr [rcx + FP_XFEATURES], 1
    ret

=== bad_extended_size | exit 5 | A size that can't be right makes it an FXSAVE image too.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov eax, 5
    movd xmm0, eax
    @raise SIGUSR1
    movd eax, xmm0
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov dword ptr [rcx + FP_EXTENDED_SIZE], 4
    mov dword ptr [rcx + FP_HEADER], 0
    ret

=== bad_xstate_size | exit 5 | So does an xstate_size beyond extended_size.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    mov eax, 5
    movd xmm0, eax
    @raise SIGUSR1
    movd eax, xmm0
    ret
handler:
    mov rcx, [rdx + UC_FPSTATE]
    mov dword ptr [rcx + FP_XSTATE_SIZE], 0x7fffffff
    mov dword ptr [rcx + FP_HEADER], 0
    ret

=== misaligned_fpstate | dumped SIGSEGV | An fpstate that isn't aligned is bad.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    xor eax, eax
    ret
handler:
    add qword ptr [rdx + UC_FPSTATE], 8
    ret

=== made_fpstate | exit 6 | An XSAVE area need not be the kernel's: its marks and its alignment count.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    movd eax, xmm0
    ret
handler:
    lea rdi, [rip + spare + 64]
    jmp make_fpstate

=== misaligned_fpstate_marked | dumped SIGSEGV | Where it isn't aligned to 64, right marks don't help.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    movd eax, xmm0
    ret
handler:
    lea rdi, [rip + spare + 16]
    jmp make_fpstate

=== unmapped_fpstate | dumped SIGSEGV | An fpstate that can't be read is bad.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    xor eax, eax
    ret
handler:
    mov qword ptr [rdx + UC_FPSTATE], 0x10000
    ret

=== kernel_fpstate | dumped SIGSEGV | So is one in the kernel's half.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    xor eax, eax
    ret
handler:
    mov rax, 0xffff800000000000
    mov [rdx + UC_FPSTATE], rax
    ret

=== bad_fpstate_caught | exit 128 | What was restored before the fpstate turned out bad stays: mask, registers, stack.
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @install SIGUSR1, handler, SA_SIGINFO
    @resume 1f
    mov ebx, 1
    @raise SIGUSR1
1:  @sys rt_sigprocmask, SIG_BLOCK, 0, &oldset, 8
    mov rax, [rip + oldset]
    @exit [rip + code]
handler:
    mov qword ptr [rdx + UC_FPSTATE], 0x10000
    mov qword ptr [rdx + UC_SIGMASK], M_SIGHUP
    mov qword ptr [rdx + UC_RBX], 2
    ret

=== moved_frame | exit 1 coarse | A frame may be copied elsewhere and returned from there.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    mov eax, [rip + count]
    ret
handler:
    inc dword ptr [rip + count]
    lea rdi, [rip + spare]
    mov rsi, rdx
    mov ecx, 38
    cld
    rep movsq
    lea rsp, [rip + spare]
    @sys rt_sigreturn
    ud2

=== no_restart | exit 0 | RAX in the frame that looks like a restart is just a number.
main:
    @install SIGUSR1, handler, SA_SIGINFO
    @raise SIGUSR1
    mov rcx, rax
    xor eax, eax
    ret
handler:
    mov qword ptr [rdx + UC_RAX], -512
    ret

=== signal_during_return | exit 2 | A signal held back by the handler's mask comes right after it, on the same stack.
main:
    @install SIGUSR1, handler, SA_SIGINFO, M_SIGUSR2
    @install SIGUSR2, note_signal, SA_SIGINFO
    @raise SIGUSR1
    mov rax, [rip + noted]
    ret
handler:
    mov eax, edi
    call note
    @raise SIGUSR2
    ret
