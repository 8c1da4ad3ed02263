# Intel instructions, one a line: each must come out as GNU as makes it.
mov qword ptr [rsp + 40], -1
mov qword ptr [rsp+40], 010
cmp rax, -4095
cmp rax, 0xfffffffffffff001
mov eax, 10
mov al, 'a'
mov eax, (1+2)*3
mov rax, 1
mov rax, 0x80000000
mov rax, 0xffffffff
mov rax, -1
mov eax, -1
movabs rax, 1
movabs r10, 0x1122334455667788
mov rax, rbx
mov dword ptr [rsp + 8], eax
mov [rsp + 8], eax
mov eax, [rsp + 8]
mov word ptr [rax], 0xffff
add ax, 0xffff
cmp al, 0xff
and eax, 0xfffffff0
and rsp, -16
sub rsp, 24
add rax, 127
add rax, 128
lea rdi, [rsp + rax*4 + 8]
lea rdi, [rsp + 4*rax + 8]
lea rax, [rbx*2]
lea rax, [rbx*8 + 100]
lea rax, [rip + 1000]
lea rax, [rax + rsp]
mov rax, [rax + rbx]
mov rax, [rbx + rax]
mov rax, [rax*2 + rbx]
mov rax, qword ptr [rbp + r12*2 - 8]
mov rax, -8[rbp]
mov rax, 8[rbp][rcx*2]
mov rax, qword ptr fs:[0x28]
mov rax, fs:[40]
mov rax, fs:40
mov rax, qword ptr fs:[-8]
mov ecx, gs:[rax + 16]
mov rax, ds:0x1000
mov rax, qword ptr ds:[0x1000]
push 5
push 500
push -1
push rax
push qword ptr [rax]
pop rdi
ret
ret 8
leave
call rax
call qword ptr [rax + 8]
call [rax]
jmp r11
jmp qword ptr [rax + rcx*8]
jmp [rax]
int 0x80
int 3
int3
syscall
sysretq
nop
nop dword ptr [rax + rax]
nop word ptr [rax]
hlt
ud2
cpuid
rep movsb
rep movsq
rep stosq
repne scasb
movsq
movsd
lodsb
lock inc dword ptr [rdi]
lock cmpxchg [rdx], rcx
lock cmpxchg16b [rdi]
lock xadd [rbx], eax
xchg rax, rbx
xchg rbx, rax
xchg ecx, [rdx]
xchg [rdx], ecx
test rax, rbx
test rax, [rbx]
test [rbx], rax
test byte ptr [rdi + 3], 1
shl rax
shl rax, 1
shl dword ptr [rax], 4
sar rdx, 63
shr al, cl
shld rbx, rax, 3
bt rax, 5
movzx eax, al
movzx ecx, word ptr [rax]
movsx ecx, byte ptr [rax]
movsxd rcx, eax
movsxd rcx, dword ptr [rdi + 4]
cdqe
cqo
cdq
cwde
sete al
cmova rbx, rax
imul rax, rax, 3
imul rax, 3
imul rcx, rax, 1000
imul rdx, rcx
div ecx
idiv qword ptr [rsp + 16]
mov rax, cr3
mov ax, ds
mov ds, ax
in al, 0x60
out dx, al
movups xmm1, [rax]
movups xmm1, xmmword ptr [rax]
movdqa xmm9, xmm0
movq xmm0, rax
movq rax, xmm0
movd xmm0, eax
movq xmm3, qword ptr [rax]
movsd xmm0, qword ptr [rax]
movss dword ptr [rax], xmm0
pshufd xmm0, xmm1, 0x1b
cvtsi2sd xmm0, rax
cvtsi2sd xmm0, dword ptr [rax]
cvttsd2si rax, xmm0
ldmxcsr [rsp]
ldmxcsr dword ptr [rsp]
fxsave [rax]
fld qword ptr [rax]
fld tbyte ptr [rax]
fild dword ptr [rax]
fistp qword ptr [rax]
fadd st, st(1)
fsubp st(1), st
faddp
fstp st(1)
fnstcw [rax]
fldcw word ptr [rax]
fnstsw ax
vmovdqu ymm0, [rax]
vpxor ymm3, ymm2, ymm1
prefetcht0 [rax]
clflush [rax]
mov rax, [rip + sym]
mov rax, sym[rip]
mov rax, qword ptr sym[rip]
mov rax, qword ptr sym[rip + 8]
mov rax, qword ptr [rip + sym + 8]
lea rdi, [rip + sym]
lea rdi, sym[rip]
mov rax, offset sym
mov eax, offset sym
mov eax, offset sym + 4
mov rax, offset flat:sym
movabs rax, offset sym
mov rax, sym
mov rax, [sym]
mov rax, qword ptr sym
mov ecx, [sym + rax*4]
mov ecx, sym[rax*4]
mov dword ptr [rip + sym], 1
cmp byte ptr [rip + sym], 2
push offset sym
push qword ptr [rip + sym]
call sym
jmp sym
jne sym
call [rip + sym]
call qword ptr [rip + sym]
jmp qword ptr [sym + rax*8]
mov BYTE PTR [rax], 5
MOV RAX, RBX
mov ah, bl
mov sil, dil
mov byte ptr [r9], r8b
movbe ecx, [rax]
enter 8, 0
iretq
retf
swapgs
rdtscp
endbr64
loop .+2
jrcxz .
shlx rcx, rbx, rax
bswap rax
popcnt rbx, rax
cmpeqps xmm0, xmm1
stmxcsr [rsp]
sidt [rax]
invlpg [rax]
sgdt [rsp + 8]
movaps xmmword ptr [rsp + 16], xmm1
mov eax, dword ptr [eax]
xlatb
lea eax, [rax + rax*4 - 1]
mov rax, [rax - 0x80]
mov rax, [rax + 0x80]
