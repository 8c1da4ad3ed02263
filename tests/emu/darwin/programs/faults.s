; Processor exceptions as signals: which one, what siginfo says, and what happens where nobody takes it.

=== read_nothing | exit 0 | A page that isn't there is KERN_INVALID_ADDRESS: SIGSEGV with SEGV_MAPERR and the address. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @install SIGBUS, failed, 0
    @resume 1f
    mov ebx, 0x123
    mov al, [rbx]
    call failed
1:  @check dword ptr [rip + code], SEGV_MAPERR
    @check qword ptr [rip + address], 0x123
    xor eax, eax
    ret

=== write_nothing | exit 0 | So it is for a write. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov ebx, 0x123
    mov [rbx], al
    call failed
1:  @check dword ptr [rip + code], SEGV_MAPERR
    @check qword ptr [rip + address], 0x123
    xor eax, eax
    ret

=== write_readonly | exit 0 | A page that forbids the access is KERN_PROTECTION_FAILURE: SIGBUS, with BUS_ADRERR, where Linux sends SIGSEGV. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGBUS, skip, SA_SIGINFO
    @resume 1f
    lea rbx, [rip + readonly]
    mov [rbx + 3], al
    call failed
1:  @check dword ptr [rip + code], BUS_ADRERR
    lea rax, [rbx + 3]
    @check [rip + address], rax
    xor eax, eax
    ret

=== write_code | exit 0 | Code can't be written either. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGBUS, skip, SA_SIGINFO
    @resume 1f
    lea rbx, [rip + main]
    mov [rbx], al
    call failed
1:  @check [rip + address], rbx
    mov eax, [rip + code]
    sub eax, BUS_ADRERR
    ret

=== run_data | exit 0 | Nor can data be run: SIGBUS, at the address where it should have run. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGBUS, skip, SA_SIGINFO
    @resume 1f
    lea rbx, [rip + spare]
    mov byte ptr [rbx], 0xc3
    mov [rip + word], rsp
    call rbx
1:  mov rsp, [rip + word]
    @check dword ptr [rip + code], BUS_ADRERR
    @check [rip + address], rbx
    xor eax, eax
    ret

=== run_nothing | exit 0 | A jump to nowhere is SIGSEGV there: RIP in the frame is the target. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @tramp noted_tramp
    @install SIGSEGV, handler, SA_SIGINFO
    mov ebx, 0x10
    jmp rbx
there:
    xor eax, eax
    ret
handler:
    @check dword ptr [rsi + SI_CODE], SEGV_MAPERR
    @check qword ptr [rsi + SI_ADDR], 0x10
    mov rdx, [rdx + UC_MCONTEXT]
    @check qword ptr [rdx + MC_RIP], 0x10
    lea rax, [rip + there]
    mov [rdx + MC_RIP], rax
    ret

=== read_kernel | exit 0 | The kernel's half of the addresses is in no user map: SIGSEGV with SEGV_MAPERR. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov rbx, 0xffffff8000000000
    mov al, [rbx]
    call failed
1:  @check dword ptr [rip + code], SEGV_MAPERR
    @check [rip + address], rbx
    xor eax, eax
    ret

=== noncanonical | exit 0 | A non-canonical address is a general-protection fault: SIGSEGV with si_code 0 and si_addr 0. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGSEGV, skip, SA_SIGINFO
    mov qword ptr [rip + address], -1
    mov qword ptr [rip + code], -1
    @resume 1f
    mov rbx, 0x123456789abcdef0
    mov al, [rbx]
    call failed
1:  @check dword ptr [rip + code], 0
    @check qword ptr [rip + address], 0
    xor eax, eax
    ret

=== noncanonical_stack | exit 1 | Such an address by way of RSP is a stack fault: SIGILL. | osfmk/i386/trap.c:user_trap
main:
    @altstack 0
    @install SIGILL, handler, SA_SIGINFO | SA_ONSTACK
    mov rsp, 0x123456789abcdef0
    pop rax
    call failed
handler:
    @check dword ptr [rsi + SI_CODE], 0
    mov rdx, [rdx + UC_MCONTEXT]
    @check word ptr [rdx + MC_TRAPNO], 12
    @exit 1

=== privileged | exit 0 | A privileged instruction is a general-protection fault: SIGSEGV, where others send SIGILL. | osfmk/i386/trap.c:user_trap
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    hlt
    call failed
1:  @resume 2f
    cli
    call failed
2:  @resume 3f
    mov rax, cr0
    call failed
3:  @resume 4f
    in al, 0x80
    call failed
4:  @check dword ptr [rip + count], 4
    mov eax, [rip + code]
    ret

=== general_protection_after_page_fault | exit 0 | si_addr of a general-protection fault is 0, whatever the last page fault left. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov ebx, 0x123
    mov al, [rbx]
1:  @check qword ptr [rip + address], 0x123
    @resume 2f
    hlt
2:  @check qword ptr [rip + address], 0
    @check dword ptr [rip + count], 2
    xor eax, eax
    ret

=== divide | exit 0 | A division by zero is SIGFPE with FPE_INTDIV, si_addr the instruction. | bsd/dev/i386/unix_signal.c:machine_exception
main:
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    mov eax, 1
    xor edx, edx
    xor ebx, ebx
here:
    div ebx
    call failed
1:  @check dword ptr [rip + code], FPE_INTDIV
    lea rax, [rip + here]
    @check [rip + address], rax
    xor eax, eax
    ret

=== divide_overflow | exit 0 | So is one whose quotient doesn't fit. | bsd/dev/i386/unix_signal.c:machine_exception
main:
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    mov rax, 0x8000000000000000
    cqo
    mov rbx, -1
    idiv rbx
    call failed
1:  @check dword ptr [rip + code], FPE_INTDIV
    xor eax, eax
    ret

=== float_divide | exit 0 | An SSE division by zero that is not masked is SIGFPE with FPE_FLTDIV. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    mov dword ptr [rip + word], 0x1d80
    ldmxcsr [rip + word]
    mov eax, 1
    cvtsi2sd xmm0, eax
    pxor xmm1, xmm1
    divsd xmm0, xmm1
    call failed
1:  @check dword ptr [rip + code], FPE_FLTDIV
    xor eax, eax
    ret

=== float_divide_x87 | exit 0 | So is an x87 one, at the next instruction that waits. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGFPE, skip, SA_SIGINFO
    @resume 1f
    mov word ptr [rip + word], 0x37b
    fldcw [rip + word]
    fld1
    fldz
    fdivp
here:
    fwait
    call failed
1:  @check dword ptr [rip + code], FPE_FLTDIV
    lea rax, [rip + here]
    @check [rip + address], rax
    xor eax, eax
    ret

=== float_codes | exit 0 | The code is that of the first exception of these: division, overflow, underflow, precision, invalid. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGFPE, handler, SA_SIGINFO | SA_NODEFER
    mov rax, 0x7fefffffffffffff         ; the largest double
    movq xmm1, rax
    mov eax, 1
    movq xmm2, rax                      ; the smallest
    cvtsi2sd xmm3, eax
    mov eax, 3
    cvtsi2sd xmm4, eax
    pxor xmm5, xmm5
    mov ebx, FPE_FLTOVF
    mov dword ptr [rip + word], 0x1b80
    ldmxcsr [rip + word]
    mulsd xmm1, xmm1
    mov ebx, FPE_FLTUND
    mov dword ptr [rip + word], 0x1780
    ldmxcsr [rip + word]
    mulsd xmm2, xmm2
    mov ebx, FPE_FLTRES
    mov dword ptr [rip + word], 0x0f80
    ldmxcsr [rip + word]
    divsd xmm3, xmm4
    mov ebx, FPE_FLTINV
    mov dword ptr [rip + word], 0x1f00
    ldmxcsr [rip + word]
    divsd xmm5, xmm5
    mov eax, [rip + count]
    sub eax, 4
    ret
handler:
    @check [rsi + SI_CODE], ebx
    mov rdx, [rdx + UC_MCONTEXT]
    mov dword ptr [rdx + MC_MXCSR], 0x1f80
    add qword ptr [rdx + MC_RIP], 4
    jmp count_signal

=== interrupt_without_a_gate | exit 0 | INT n where there is no gate for user mode is a general-protection fault, at the instruction, with the gate in its error code. | osfmk/i386/trap.c:user_trap
main:
    @install SIGSEGV, handler, SA_SIGINFO
    int 0x40
    mov eax, [rip + count]
    dec eax
    ret
handler:
    @check dword ptr [rsi + SI_CODE], 0
    mov rdx, [rdx + UC_MCONTEXT]
    @check word ptr [rdx + MC_TRAPNO], 13
    @check dword ptr [rdx + MC_ERR], 0x202
    add qword ptr [rdx + MC_RIP], 2
    jmp count_signal

=== system_call_gates | exit 3 | The gates of 32-bit system calls refuse a 64-bit program: SIGILL with ILL_ILLOPC, RIP behind INT, and EAX as the error code. | osfmk/x86_64/idt64.s:L_64bit_entry_reject
main:
    @install SIGILL, handler, SA_SIGINFO
    mov rax, 0x1122334455667788
    lea rbx, [rip + 1f]
    int 0x80
1:  lea rbx, [rip + 2f]
    int 0x81
2:  lea rbx, [rip + 3f]
    int 0x82
3:  mov eax, [rip + count]
    ret
handler:
    @check dword ptr [rsi + SI_CODE], ILL_ILLOPC
    @check [rsi + SI_ADDR], rbx
    mov rdx, [rdx + UC_MCONTEXT]
    @check [rdx + MC_RIP], rbx
    @check word ptr [rdx + MC_TRAPNO], 6
    @check dword ptr [rdx + MC_ERR], 0x55667788
    jmp count_signal

=== system_call_gate_ignored | exit 0 | With SIGILL ignored the program goes on behind INT, with its registers as they were. | osfmk/x86_64/idt64.s:L_64bit_entry_reject
main:
    @install SIGILL, SIG_IGN, 0
    mov eax, 0x2000014
    int 0x80
    @check rax, 0x2000014
    xor eax, eax
    ret

=== system_call_gate_by_default | dumped SIGILL | Without an action that is the end. | osfmk/x86_64/idt64.s:L_64bit_entry_reject
main:
    int 0x80
    @exit 0

=== diagnostics_gate | dumped SIGSEGV | Vector 0x83 is none of them, and not for user mode. | osfmk/i386/trap.c:user_trap
main:
    int 0x83
    @exit 0

=== bound | exit 1 | The gate of BOUND, which 64-bit code can't run, is open to INT 5: SIGTRAP, and RIP is behind it. | bsd/dev/i386/unix_signal.c:machine_exception
main:
    @install SIGTRAP, handler, SA_SIGINFO
    int 5
behind:
    mov eax, [rip + count]
    ret
handler:
    lea rax, [rip + behind]
    @check [rsi + SI_ADDR], rax
    mov rdx, [rdx + UC_MCONTEXT]
    @check word ptr [rdx + MC_TRAPNO], 5
    jmp count_signal

=== breakpoint | exit 0 | INT3 is SIGTRAP with TRAP_BRKPT, and RIP is behind it. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGTRAP, handler, SA_SIGINFO
    int3
behind:
    @check dword ptr [rip + count], 1
    xor eax, eax
    ret
handler:
    @check dword ptr [rsi + SI_CODE], TRAP_BRKPT
    lea rax, [rip + behind]
    @check [rsi + SI_ADDR], rax
    jmp count_signal

=== single_step | exit 3 | With TF each instruction is followed by SIGTRAP; the handler runs without TF, and it comes back with the frame. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGTRAP, handler, SA_SIGINFO
    pushfq
    or dword ptr [rsp], TF
    popfq
    nop
    nop
    nop
    mov eax, [rip + count]
    ret
handler:
    @check dword ptr [rsi + SI_CODE], TRAP_BRKPT
    call count_signal
    cmp dword ptr [rip + count], 3
    jne 1f
    mov rdx, [rdx + UC_MCONTEXT]
    and qword ptr [rdx + MC_RFLAGS], ~TF
1:  ret

=== undefined | exit 0 | UD2 is SIGILL with ILL_ILLOPC, at the instruction. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGILL, skip, SA_SIGINFO
    @resume 1f
here:
    ud2
    call failed
1:  @check dword ptr [rip + code], ILL_ILLOPC
    lea rax, [rip + here]
    @check [rip + address], rax
    xor eax, eax
    ret

=== undefined_by_default | dumped SIGILL | Without an action an undefined instruction ends the process with a core. | bsd/kern/kern_sig.c:postsig
main:
    ud2

=== read_nothing_by_default | dumped SIGSEGV | So does a read of nothing. | bsd/kern/kern_sig.c:postsig
main:
    mov rax, [0]

=== write_readonly_by_default | dumped SIGBUS | And a write to a page that can't be written. | bsd/kern/kern_sig.c:postsig
main:
    mov [rip + readonly], eax

=== divide_by_default | dumped SIGFPE | And a division by zero. | bsd/kern/kern_sig.c:postsig
main:
    xor ecx, ecx
    div ecx

=== breakpoint_by_default | dumped SIGTRAP | And a breakpoint. | bsd/kern/kern_sig.c:postsig
main:
    int3

=== repaired | exit 42 | A handler that repairs what was wrong lets the instruction run again. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGSEGV, handler, SA_SIGINFO
    mov dword ptr [rip + word], 42
    mov ebx, 0x123
    mov eax, [rbx]
    ret
handler:
    mov rdx, [rdx + UC_MCONTEXT]
    lea rax, [rip + word]
    mov [rdx + MC_RBX], rax
    ret

=== again_and_again | exit 5 | One that doesn't is entered again at the same instruction. | bsd/dev/i386/unix_signal.c:sigreturn
main:
    @install SIGILL, handler, SA_SIGINFO
    ud2
handler:
    call count_signal
    cmp dword ptr [rip + count], 5
    je 1f
    ret
1:  @exit 5

=== blocked_fault | faults for ever | A fault whose signal is blocked kills nobody: the signal is pending, and the instruction faults for ever. | bsd/kern/kern_sig.c:threadsignal
main:
    @mask SIG_SETMASK, M_SIGSEGV
    mov rax, [0]
    ret

=== fault_in_handler | faults for ever | So does a fault in the handler of its own signal. | bsd/kern/kern_sig.c:threadsignal
main:
    @install SIGSEGV, handler, SA_SIGINFO
    mov rax, [0]
handler:
    mov rax, [8]
    ret

=== fault_in_nodefer_handler | exit 2 | With SA_NODEFER the handler gets that one too. | bsd/kern/kern_sig.c:postsig
main:
    @install SIGSEGV, handler, SA_SIGINFO | SA_NODEFER
    mov rax, [0]
handler:
    call count_signal
    cmp dword ptr [rip + count], 2
    je 1f
    mov rax, [8]
1:  @exit 2

=== ignored_fault | faults for ever | Nor does a fault whose signal is ignored. | bsd/kern/kern_sig.c:threadsignal
main:
    @install SIGSEGV, SIG_IGN, 0
    mov rax, [0]
    ret

=== blocked_fault_ended | killed SIGALRM | Another signal ends that. | bsd/kern/kern_sig.c:issignal
main:
    @mask SIG_SETMASK, M_SIGSEGV
    @arm 1000
    mov rax, [0]
    ret

=== blocked_breakpoint | exit 0 | A breakpoint that is blocked is over: the program goes on, and SIGTRAP is pending. | bsd/kern/kern_sig.c:threadsignal
main:
    @mask SIG_SETMASK, M_SIGTRAP
    int3
    @sys sigpending, &word
    @check dword ptr [rip + word], M_SIGTRAP
    xor eax, eax
    ret

=== ignored_breakpoint | exit 0 | One that is ignored leaves nothing. | bsd/kern/kern_sig.c:threadsignal
main:
    @install SIGTRAP, SIG_IGN, 0
    int3
    @sys sigpending, &word
    mov eax, [rip + word]
    ret

=== sigsegv_from_kill | exit 2 | A SIGSEGV that somebody sends tells of the last fault: siginfo is made of the thread's, not of the signal. | bsd/dev/i386/unix_signal.c:sendsig
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov ebx, 0x123
    mov al, [rbx]
1:  @resume 2f
    mov qword ptr [rip + address], 0
    @raise SIGSEGV
2:  @check qword ptr [rip + address], 0x123
    @check dword ptr [rip + code], SEGV_MAPERR
    mov eax, [rip + count]
    @exit rax

=== stack_overflow | exit 1 | A protection failure within the 64 MiB of the first stack is an overflow: SIGSEGV, to a handler with SA_ONSTACK. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @altstack 0
    @install SIGSEGV, handler, SA_SIGINFO | SA_ONSTACK
    mov rbx, 0x7fff5fc00000 - 0x4000000
    mov [rbx], eax
    call failed
handler:
    @check dword ptr [rsi + SI_CODE], SEGV_ACCERR
    @check [rsi + SI_ADDR], rbx
    @exit 1

=== stack_overflow_blocked | dumped SIGSEGV | Nor if SIGSEGV is blocked: it is unblocked then, unlike any other fault's. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @altstack 0
    @install SIGSEGV, skip, SA_SIGINFO | SA_ONSTACK
    @mask SIG_SETMASK, M_SIGSEGV
    @resume 1f
    mov rax, 0x7fff5fc00000 - 0x3000000
    mov [rax], eax
1:  @exit 0

=== stack_overflow_ignored | dumped SIGSEGV | Nor if it is ignored. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGSEGV, SIG_IGN, SA_ONSTACK
    mov rax, 0x7fff5fc00000 - 0x3000000
    mov [rax], eax
    @exit 0

=== below_the_stack | exit 1 | Below these 64 MiB nothing is reserved: SEGV_MAPERR, as anywhere. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov rbx, 0x7fff5fc00000 - 0x4000008
    mov [rbx], rax
1:  @check dword ptr [rip + code], SEGV_MAPERR
    mov eax, [rip + count]
    ret

=== stack_overflow_on_the_stack | dumped SIGSEGV | Without SA_ONSTACK no handler can run: the default action. | bsd/uxkern/ux_exception.c:ux_exception
main:
    @install SIGSEGV, skip, SA_SIGINFO
    @resume 1f
    mov rax, 0x7fff5fc00000 - 0x3000000
    mov [rax], eax
1:  @exit 0

=== stack_grows | exit 7 | Above its limit the stack's pages appear as they are touched. | osfmk/vm/vm_fault.c:vm_fault
main:
    mov rax, 0x7fff5fc00000 - 0x400000
    mov qword ptr [rax], 7
    mov rax, [rax]
    ret
