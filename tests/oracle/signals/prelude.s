; What every program stands on: its own stack, the alternate stack's memory, and a few routines.

.globl _start, install, restorer, raise, mask, altstack, send_value, arm
.globl make_fpstate, note, count_signal, note_signal, note_code, note_value, skip, resume, code, noted
.globl self, action, oldaction, newset, oldset, count, log, times, info, stack_bottom, stack_top, alt, alt_end
.globl spare, spare_end

_start:
    lea rsp, [rip + stack_top]
    @sys getpid
    mov [rip + self], rax
    call main
    @exit rax

; install(EDI signal, RSI handler, RDX flags, R10 mask), with `restorer`.
install:
    lea rax, [rip + restorer]
    mov [rip + action], rsi
    bts rdx, 26                         ; SA_RESTORER
    mov [rip + action + 8], rdx
    mov [rip + action + 16], rax
    mov [rip + action + 24], r10
    @sys rt_sigaction, rdi, &action, &oldaction, 8
    ret

restorer:
    @sys rt_sigreturn
    hlt

; raise(EDI signal): tgkill to ourselves.
raise:
    mov edx, edi
    @sys tgkill, [rip + self], [rip + self]
    ret

; mask(EDI how, RSI set).
mask:
    mov [rip + newset], rsi
    @sys rt_sigprocmask, rdi, &newset, &oldset, 8
    ret

; altstack(RDI address, ESI flags, RDX size).
altstack:
    mov [rip + newstack], rdi
    mov [rip + newstack + 8], rsi
    mov [rip + newstack + 16], rdx
    @sys sigaltstack, &newstack, &oldstack
    ret

; send_value(EDI signal, RSI value): rt_sigqueueinfo to ourselves, as sigqueue does it.
send_value:
    mov [rip + info], edi
    mov dword ptr [rip + info + SI_CODE], SI_QUEUE
    mov rax, [rip + self]
    mov [rip + info + SI_PID], eax
    mov [rip + info + SI_VALUE], rsi
    mov rsi, rdi
    @sys rt_sigqueueinfo, [rip + self], rsi, &info
    ret

; arm(RDI microseconds): SIGALRM once, by the real-time clock.
arm:
    mov qword ptr [rip + timer], 0
    mov qword ptr [rip + timer + 8], 0
    mov qword ptr [rip + timer + 16], 0
    mov [rip + timer + 24], rdi
    @sys setitimer, ITIMER_REAL, &timer, 0
    ret

; note(RAX): one more word in `log`.
note:
    mov rcx, [rip + noted]
    lea r8, [rip + log]
    mov [r8 + rcx*8], rax
    inc qword ptr [rip + noted]
    ret

; Handlers: how often; which signals, si_codes, si_values in which order.
count_signal:
    inc dword ptr [rip + count]
    ret
note_signal:
    mov eax, edi
    jmp note
note_code:
    movsxd rax, dword ptr [rsi + SI_CODE]
    jmp note
note_value:
    mov rax, [rsi + SI_VALUE]
    jmp note

; A handler for faults: `code` gets the si_code, and the program goes on at `resume`.
skip:
    inc dword ptr [rip + count]
    mov eax, [rsi + SI_CODE]
    mov [rip + code], eax
    mov rax, [rip + resume]
    mov [rdx + UC_RIP], rax
    ret

; Gives the context at RDX an XSAVE area of our own, at RDI, of the kernel's size: XMM0 is 6.
make_fpstate:
    mov rcx, [rdx + UC_FPSTATE]
    mov [rdx + UC_FPSTATE], rdi
    mov eax, [rcx + FP_EXTENDED_SIZE]
    mov [rdi + FP_EXTENDED_SIZE], eax
    mov eax, [rcx + FP_XSTATE_SIZE]
    mov [rdi + FP_XSTATE_SIZE], eax
    mov dword ptr [rdi + rax], 0x46505845
    mov dword ptr [rdi + FP_MAGIC1], 0x46505853
    mov qword ptr [rdi + FP_XFEATURES], 3
    mov qword ptr [rdi + FP_HEADER], 3
    mov word ptr [rdi], 0x37f
    mov dword ptr [rdi + FP_MXCSR], 0x1f80
    mov dword ptr [rdi + FP_XMM], 6
    ret

.data
self:       .quad 0
count:      .quad 0
code:       .quad 0                     ; a fault's si_code
resume:     .quad 0                     ; where to go on after it
noted:      .quad 0                     ; words in `log`
newset:     .quad 0
oldset:     .quad 0
.globl newstack, oldstack, timer
action:     .space 32
oldaction:  .space 32
newstack:   .space 24
oldstack:   .space 24
timer:      .space 32
info:       .space 128
times:      .space 64                   ; what the clock leaves: not compared
log:        .space 256

.bss
.balign 4096
spare:      .space 0x2000               ; pages for the programs' own purposes
spare_end:
stack_bottom:
    .space 0x8000
stack_top:
alt:
    .space ALT_SIZE
alt_end:
    .space 8
