# The engine's callbacks in machine code: x86-64, System V calling convention, Intel syntax.
# emu/native.py holds the same bytes; a test assembles this file and compares. Each callback gets a
# pointer to the HookData block of native.py, whose fields the displacements below name:
#   0x00 count         0x08 limit        0x10 address       0x18 row
#   0x20 read_batch    0x28 emu_stop     0x30 register ids  0x38 value pointers
#   0x40 registers     0x48 values       0x50 kind          0x58 access
#   0x60 access_end   0x68 port_address  0x70 port_count  0x78 plain_address
#   0x80 rep_address  0x88 rep_mask      0x90 classify     0x98 exit
#   0xa0 straight_address 0xa8 flags     0xb0 flags_id     0xb8 read_register
#   0xc0 uc            0xc8 write_batch  0xd0 write_ids     0xd8 write_pointers
#   0xe0 written       0xe8 rip          0xf0 emu_start     0xf8 read_pointers
#   0x100 status      0x108 sites
.intel_syntax noprefix

# void code(uc=rdi, address=rsi, size=edx, data=rcx): before each instruction
code:
    cmp rsi, [rcx + 0x98]
    je  stop
    cmp rsi, [rcx + 0x10]
    je  again
counted:
    mov rax, [rcx]
    cmp rax, [rcx + 0x08]
    je  stop                        # the limit: stop before this instruction
    mov r8, [rcx + 0x108]
    test r8, r8
    jne among_sites
elsewhere:
    inc rax
    mov [rcx], rax
    mov [rcx + 0x10], rsi
    cmp qword ptr [rcx + 0x18], 0
    jne record
    mov esi, [rcx + 0xb0]
    lea rdx, [rcx + 0xa8]
    jmp qword ptr [rcx + 0xb8]      # uc_reg_read(uc, flags id, &flags)
watched:
    mov dword ptr [rcx + 0x50], 0x103
stop:
    jmp qword ptr [rcx + 0x28]
record:
    push rbx
    mov rbx, rcx
    mov rsi, [rcx + 0x30]
    mov rdx, [rcx + 0x38]
    mov ecx, [rcx + 0x40]
    call qword ptr [rbx + 0x20]     # uc_reg_read_batch(uc, ids, pointers, registers)
    mov rsi, [rbx + 0x48]
    mov rax, [rsi + 0x88]           # RFLAGS, word 17 of a row
    mov [rbx + 0xa8], rax
    mov rdi, [rbx + 0x18]
    mov rcx, [rbx + 0x40]
    rep movsq
    mov [rbx + 0x18], rdi           # the next row
    pop rbx
    ret

# A bit for each address, of which there are 2^24; RAX stays the count.
among_sites:
    mov edx, esi
    shr edx, 3
    and edx, 0x1fffff
    movzx r8d, byte ptr [r8 + rdx]
    mov edx, esi
    and edx, 7
    bt  r8d, edx
    jnc elsewhere
    jmp watched

# The same instruction once more: a jump to itself, the next iteration of a REP string instruction, or
# the engine's second attempt at an instruction that changes the code it stands in.
# The engine begins a REP once more to find RCX zero, which no hardware single-step would see.
again:
    cmp rsi, [rcx + 0x78]
    je  counted
    cmp rsi, [rcx + 0x80]
    je  repeated
    cmp rsi, [rcx + 0xa0]
    je  restarted
    push rdi
    push rsi
    push rcx
    mov rdi, rsi
    call qword ptr [rcx + 0x90]     # classify(address) sets the address of its kind
    pop rcx
    pop rsi
    pop rdi
    jmp again
repeated:
    push rdi
    push rsi
    push rcx
    mov rax, rcx
    mov rsi, [rax + 0x30]
    mov rdx, [rax + 0x38]
    mov ecx, [rax + 0x40]
    call qword ptr [rax + 0x20]
    pop rcx
    pop rsi
    pop rdi
    mov rax, [rcx + 0x48]
    mov rax, [rax + 0x10]           # RCX, the third register of a row
    and rax, [rcx + 0x88]
    jne counted
    ret
restarted:
    mov rdx, [rcx]
    mov rax, [rcx + 0x58]
    test rax, rax
    je  forgotten                   # no accesses are being recorded
forget:                             # those of the first attempt; in front of the buffer is one of count 0
    cmp [rax - 0x20], rdx
    jne forgotten
    sub rax, 0x20
    mov [rcx + 0x58], rax
    jmp forget
forgotten:
    ret

# void memory(uc=rdi, type=esi, address=rdx, size=ecx, value=r8, data=r9): after a read, before a write
memory:
    mov rax, [r9 + 0x58]
    test rax, rax
    je  room                        # no accesses are being recorded
    mov r10, [r9]
    mov [rax], r10
    mov [rax + 0x08], rdx
    mov [rax + 0x10], r8
    mov [rax + 0x18], esi
    mov [rax + 0x1c], ecx
    add rax, 0x20
    mov [r9 + 0x58], rax
    cmp rax, [r9 + 0x60]
    jb  room
    mov [r9 + 0x08], r10            # nearly full: let this instruction be the last
room:
    ret

# void interrupt(uc=rdi, vector=esi, data=rdx)
interrupt:
    mov [rdx + 0x50], esi
    jmp qword ptr [rdx + 0x28]

# bool invalid(uc=rdi, data=rsi): an undefined instruction, vector 6
invalid:
    mov dword ptr [rsi + 0x50], 6
    sub rsp, 8
    call qword ptr [rsi + 0x28]
    add rsp, 8
    mov eax, 1
    ret

# void syscall(uc=rdi, data=rsi)
system_call:
    mov dword ptr [rsi + 0x50], 0x100
    jmp qword ptr [rsi + 0x28]

# int cpuid(uc=rdi, data=rsi): 1 skips the engine's own answer
cpuid_:
    mov dword ptr [rsi + 0x50], 0x101
    mov rax, [rsi]
    mov [rsi + 0x08], rax           # the block goes on, but no further instruction begins
    sub rsp, 8
    call qword ptr [rsi + 0x28]
    add rsp, 8
    mov eax, 1
    ret

# uint32 in(uc=rdi, port=esi, size=edx, data=rcx); void out(uc=rdi, port=esi, size=edx, value=ecx, data=r8)
# bool sysenter(uc=rdi, data=rsi)
sysenter_:
    mov r8, rsi
    jmp port_out
port_in:
    mov r8, rcx
port_out:
    push rbx
    push rdi
    sub rsp, 8
    mov rbx, r8
    mov dword ptr [rbx + 0x50], 0x102
    mov rsi, [rbx + 0x30]
    mov rdx, [rbx + 0x38]
    mov ecx, [rbx + 0x40]
    call qword ptr [rbx + 0x20]     # keep the registers as they were: the instruction must not happen
    mov rax, [rbx + 0x10]
    mov [rbx + 0x68], rax
    mov rax, [rbx]
    mov [rbx + 0x70], rax
    mov [rbx + 0x08], rax
    mov rdi, [rsp + 8]
    call qword ptr [rbx + 0x28]
    add rsp, 8
    pop rdi
    pop rbx
    xor eax, eax
    ret

# uint32 run(data=rdi): the registers into the engine, a run from RIP, the registers back; uc_err
run:
    push rbx
    mov rbx, rdi
    mov rdi, [rbx + 0xc0]
    mov rsi, [rbx + 0xd0]
    mov rdx, [rbx + 0xd8]
    mov ecx, [rbx + 0xe0]
    call qword ptr [rbx + 0xc8]     # uc_reg_write_batch(uc, ids, pointers, written)
    mov rdi, [rbx + 0xc0]
    mov rsi, [rbx + 0xe8]
    mov rsi, [rsi]
    xor edx, edx
    xor ecx, ecx
    xor r8d, r8d
    call qword ptr [rbx + 0xf0]     # uc_emu_start(uc, RIP, no end, no timeout, no count)
    mov [rbx + 0x100], rax
    mov rdi, [rbx + 0xc0]
    mov rsi, [rbx + 0x30]
    mov rdx, [rbx + 0xf8]
    mov ecx, [rbx + 0x40]
    call qword ptr [rbx + 0x20]     # uc_reg_read_batch(uc, ids, pointers, registers)
    mov eax, [rbx + 0x100]
    pop rbx
    ret
