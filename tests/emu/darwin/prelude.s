; What every program stands on: its own stack, the alternate stack's memory, and a few routines.

.globl _start, failed, install, tramp, noted_tramp, back, raise, mask, altstack, arm, note, count_signal, note_signal
.globl skip, semaphore, start_clock, elapsed
.globl self, trampoline, action, oldaction, newset, oldset, newstack, oldstack, timer, info, word, message
.globl entry_rax, entry_rbx, entry_rcx, entry_rdx, entry_rsi, entry_rdi, entry_rbp, entry_rsp, entry_r8, entry_r9
.globl entry_r10, entry_r11, entry_r12, entry_r13, entry_r14, entry_r15, entry_rflags, entry_cs, entry_word
.globl count, code, address, resume, noted, log, times, readonly, stack_bottom, stack_top, alt, alt_end, spare, spare_end

_start:
    lea rsp, [rip + stack_top]
    @tramp tramp
    @sys getpid
    mov [rip + self], rax
    call main
    @exit rax

; Where a check that doesn't hold goes: the run ends here, and the word at RSP says which one it was.
failed:
    hlt

; install(EDI signal, RSI handler, RDX flags, R10 mask), with the chosen trampoline.
install:
    mov [rip + action], rsi
    mov rax, [rip + trampoline]
    mov [rip + action + 8], rax
    mov [rip + action + 16], r10d
    mov [rip + action + 20], edx
    @sys sigaction, rdi, &action, &oldaction
    ret

; The trampoline: the kernel's six registers become handler(signal, siginfo, ucontext), and then sigreturn.
; There is no return address, so it can't RET.
tramp:
    sub rsp, 24
    mov [rsp], r8
    mov [rsp + 8], rsi
    mov [rsp + 16], r9
    mov rax, rdi
    mov edi, edx
    mov rsi, rcx
    mov rdx, r8
    call rax
    mov rdi, [rsp]
    mov rsi, [rsp + 8]
    mov rdx, [rsp + 16]
back:
    mov eax, SYS_sigreturn
    syscall
    call failed

; The same, but first it notes all registers as the kernel left them, and the word at RSP.
noted_tramp:
    mov [rip + entry_rax], rax
    mov [rip + entry_rbx], rbx
    mov [rip + entry_rcx], rcx
    mov [rip + entry_rdx], rdx
    mov [rip + entry_rsi], rsi
    mov [rip + entry_rdi], rdi
    mov [rip + entry_rbp], rbp
    mov [rip + entry_rsp], rsp
    mov [rip + entry_r8], r8
    mov [rip + entry_r9], r9
    mov [rip + entry_r10], r10
    mov [rip + entry_r11], r11
    mov [rip + entry_r12], r12
    mov [rip + entry_r13], r13
    mov [rip + entry_r14], r14
    mov [rip + entry_r15], r15
    mov rax, [rsp]
    mov [rip + entry_word], rax
    pushfq
    pop qword ptr [rip + entry_rflags]
    mov eax, cs
    mov [rip + entry_cs], rax
    jmp tramp

; raise(EDI signal): kill to ourselves. Nothing is pushed between the caller and SYSCALL but its return address.
raise:
    mov esi, edi
    @sys kill, [rip + self], rsi, 1
    ret

; mask(EDI how, RSI set).
mask:
    mov [rip + newset], rsi
    @sys sigprocmask, rdi, &newset, &oldset
    ret

; altstack(RDI address, ESI flags, RDX size).
altstack:
    mov [rip + newstack], rdi
    mov [rip + newstack + 8], rdx
    mov [rip + newstack + 16], rsi
    @sys sigaltstack, &newstack, &oldstack
    ret

; arm(RDI microseconds): SIGALRM once, by the real-time clock.
arm:
    mov qword ptr [rip + timer], 0
    mov qword ptr [rip + timer + 8], 0
    mov qword ptr [rip + timer + 16], 0
    mov [rip + timer + 24], rdi
    @sys setitimer, ITIMER_REAL, &timer, 0
    ret

; start_clock(), elapsed(): a timer of 1000 seconds, and in RAX how many whole ones are over.
start_clock:
    mov qword ptr [rip + times], 0
    mov qword ptr [rip + times + 8], 0
    mov qword ptr [rip + times + 16], 1000
    mov qword ptr [rip + times + 24], 0
    @sys setitimer, ITIMER_REAL, &times, 0
    ret
elapsed:
    @sys getitimer, ITIMER_REAL, &times
    mov eax, 999
    sub rax, [rip + times + 16]
    ret

; note(RAX): one more word in `log`. Leaves all registers alone.
note:
    push rcx
    push r8
    mov rcx, [rip + noted]
    lea r8, [rip + log]
    mov [r8 + rcx*8], rax
    inc qword ptr [rip + noted]
    pop r8
    pop rcx
    ret

; Handlers: how often; which signals in which order.
count_signal:
    inc dword ptr [rip + count]
    ret
note_signal:
    mov eax, edi
    jmp note

; A handler for faults: notes si_code and si_addr, and the program goes on at `resume`.
skip:
    inc dword ptr [rip + count]
    mov eax, [rsi + SI_CODE]
    mov [rip + code], rax
    mov rax, [rsi + SI_ADDR]
    mov [rip + address], rax
    mov rdx, [rdx + UC_MCONTEXT]
    mov rax, [rip + resume]
    mov [rdx + MC_RIP], rax
    ret

; semaphore(): a new semaphore's name in EAX, by the message semaphore_create to our task. Its value is 0.
semaphore:
    push rbx
    @sys mach_reply_port
    mov ebx, eax
    @sys task_self_trap
    lea rdi, [rip + message]
    mov dword ptr [rdi], 0x1513         ; MACH_MSGH_BITS(COPY_SEND, MAKE_SEND_ONCE)
    mov dword ptr [rdi + 4], 40
    mov [rdi + 8], eax                  ; msgh_remote_port: the task
    mov [rdi + 12], ebx                 ; msgh_local_port: where the answer goes
    mov dword ptr [rdi + 16], 0
    mov dword ptr [rdi + 20], 3418      ; msgh_id: semaphore_create
    mov rax, 0x100000000
    mov [rdi + 24], rax                 ; NDR
    mov qword ptr [rdi + 32], 0         ; SYNC_POLICY_FIFO, value 0
    push 0                              ; the seventh argument, above a word where a return address would be
    push 0
    @sys mach_msg_trap, rdi, 3, 40, 64, rbx, 0
    add rsp, 16
    @check rax, 0
    @check dword ptr [rip + message + 20], 3518
    mov eax, [rip + message + 28]
    pop rbx
    ret

.data
self:       .quad 0
trampoline: .quad 0
count:      .quad 0
code:       .quad 0                     ; a fault's si_code
address:    .quad 0                     ; and its si_addr
resume:     .quad 0                     ; where to go on after it
noted:      .quad 0                     ; words in `log`
newset:     .quad 0
oldset:     .quad 0
word:       .quad 0
entry_rax:  .quad 0
entry_rbx:  .quad 0
entry_rcx:  .quad 0
entry_rdx:  .quad 0
entry_rsi:  .quad 0
entry_rdi:  .quad 0
entry_rbp:  .quad 0
entry_rsp:  .quad 0
entry_r8:   .quad 0
entry_r9:   .quad 0
entry_r10:  .quad 0
entry_r11:  .quad 0
entry_r12:  .quad 0
entry_r13:  .quad 0
entry_r14:  .quad 0
entry_r15:  .quad 0
entry_rflags: .quad 0
entry_cs:   .quad 0
entry_word: .quad 0                     ; what lay at RSP
action:     .space 24
oldaction:  .space 16
            .quad -1                    ; behind what sigaction tells
newstack:   .space 24
oldstack:   .space 24
timer:      .space 32
info:       .space 128
times:      .space 64
message:    .space 64
log:        .space 256

.section .rodata
readonly:   .quad 0x1234

.bss
.balign 4096
spare:      .space 0x2000               ; pages for the programs' own purposes
spare_end:
stack_bottom:
    .space 0x8000
stack_top:
    .space 64
alt:
    .space ALT_SIZE
alt_end:
    .space 8
