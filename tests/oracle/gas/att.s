# AT&T instructions, one a line: each must come out as GNU as makes it.
movq $-1, 40(%rsp)
cmpq $-4095, %rax
cmpq $0xfffffffffffff001, %rax
movl $010, %eax
movl $10, %eax
movb $'a', %al
movb $'\n', (%rdi)
movl $(1+2)*3, %eax
movl $~5 & 0xff, %eax
movl $1<<20, %eax
movl $0b1011, %eax
movl $3|4+1, %eax
movq $1, %rax
movq $0x80000000, %rax
movq $0xffffffff, %rax
movq $-0x80000000, %rax
movq $0xffffffffffffffff, %rax
movl $0xffffffff, %eax
movl $-1, %eax
movabs $1, %rax
movabsq $0x1122334455667788, %r10
movabs 0x1122334455667788, %rax
movabs %al, 0x1122334455667788
mov %rax, %rbx
movq %rsp, %rbp
movl %eax, 8(%rsp)
movw $0xffff, %ax
addw $0xffff, %ax
addw $-1, 2(%rax)
addb $200, %al
cmp $0xff, %al
cmpb $-128, (%rsi)
addq $127, %rax
addq $128, %rax
addq $-128, %rcx
addl $128, %ecx
subq $24, %rsp
andq $-16, %rsp
andl $0xfffffff0, %ecx
xorl %edi, %edi
testl %eax, %eax
testq %rax, %rbx
testb $1, 3(%rdi)
testl $0x80, %ecx
test %al, (%rdx)
incl (%rax)
decq 100(%rbx,%rcx,8)
negq %rax
notl %eax
mulq %rcx
imulq $3, %rax
imulq $1000, %rax, %rcx
imul %rcx, %rdx
divl %ecx
idivq 16(%rsp)
leaq 8(%rsp,%rax,4), %rdi
leaq (,%rbx,2), %rax
leaq 100(,%rbx,8), %rax
lea 1000(%rip), %rax
movq 0x1000, %rax
movq %rax, 0x1000
movl 4096, %ecx
mov %fs:0x28, %rax
movq %fs:40, %rax
movq %fs:-8, %rcx
movq %fs:0, %rax
movq %gs:(%rax), %rbx
movl %gs:16(%rax,%rbx), %ecx
pushq $5
pushq $500
push $-1
pushq $0x7fffffff
push %rax
push %r12
pushq 8(%rax)
pushw $5
push %fs
popq %rdi
pop %r15
popw %ax
pushfq
popfq
ret
retq
ret $8
leave
call *%rax
call *8(%rax)
jmp *%r11
jmp *(%rax,%rcx,8)
jmp *0x11223344
int $0x80
int $128
int $3
int3
syscall
sysret
sysretq
sysenter
nop
nopw 0(%rax,%rax,1)
nopl (%rax)
nopl 8(%rax,%rax,1)
hlt
ud2
cli
sti
cld
std
clc
stc
cmc
cpuid
rdtsc
rdtscp
pause
mfence
lfence
sfence
rep movsb
rep movsw
rep movsl
rep movsq
rep stosq
repne scasb
repe cmpsb
rep stosb
movsb
movsl
movsq
lodsb
lodsq
stosl
scasq
cmpsq
lock incl (%rdi)
lock addw $1, (%rax)
lock cmpxchgq %rcx, (%rdx)
lock xaddl %eax, (%rbx)
lock cmpxchg16b (%rdi)
xchgq %rax, %rbx
xchg %rbx, %rax
xchg %rax, %rax
xchg %eax, %eax
xchgl %ecx, (%rdx)
xchg (%rdx), %ecx
bswapq %rax
bswap %ecx
shl %rax
shlq $1, %rax
shll $4, (%rax)
sarq $63, %rdx
shrb %cl, %al
rolw $3, %bx
rorq %cl, (%rdi)
shldq $3, %rax, %rbx
shrd %cl, %rax, %rbx
btq $5, %rax
btsl %eax, (%rdi)
bsfq %rax, %rbx
bsrl %eax, %ecx
popcntq %rax, %rbx
tzcnt %rax, %rbx
lzcntl %eax, %ebx
sete %al
setne 1(%rdi)
cmova %rax, %rbx
cmovneq (%rax), %rcx
cmovll %eax, %ecx
movzbl %al, %eax
movzwl (%rax), %ecx
movzbq 1(%rdi), %rax
movsbl (%rax), %ecx
movsbq %al, %rcx
movswq %ax, %rcx
movslq %eax, %rcx
movslq 4(%rdi), %rcx
movsx %al, %ecx
movzx %al, %ecx
cltq
cqto
cltd
cwtl
cbtw
cwtd
cdq
xlatb
enter $8, $0
lretq
lret
iretq
iret
swapgs
clts
rdmsr
wrmsr
invlpg (%rax)
lgdt (%rax)
sidt (%rax)
ltr %ax
str %ax
movq %cr3, %rax
movq %rax, %cr0
movq %dr7, %rax
movw %ds, %ax
mov %cs, %ax
mov %ax, %ds
mov %eax, %ds
mov %ds, %eax
movw %fs, (%rax)
outb %al, %dx
outb %al, $0x60
inb $0x60, %al
inl %dx, %eax
insb
outsl
movups (%rax), %xmm1
movaps %xmm1, 16(%rsp)
movdqa %xmm0, %xmm9
movdqu %xmm8, (%rdi)
movss (%rax), %xmm0
movsd %xmm0, 8(%rax)
movd %eax, %xmm0
movq %rax, %xmm0
movq %xmm0, %rax
movq (%rax), %xmm3
movq %xmm1, %xmm2
movq %xmm1, (%rdi)
pxor %xmm0, %xmm0
pshufd $0x1b, %xmm1, %xmm0
pcmpeqb (%rdi), %xmm1
pmovmskb %xmm1, %eax
psrldq $8, %xmm1
psllq $3, %xmm2
punpcklbw %xmm1, %xmm2
addsd %xmm1, %xmm0
mulps (%rax), %xmm2
cvtsi2sd %rax, %xmm0
cvtsi2sdq %rax, %xmm0
cvtsi2sdl (%rax), %xmm0
cvttsd2si %xmm0, %rax
cvtss2sd %xmm0, %xmm1
ucomisd %xmm0, %xmm1
sqrtsd %xmm0, %xmm1
andps %xmm0, %xmm1
aesenc %xmm0, %xmm1
pclmulqdq $0x11, %xmm0, %xmm1
ldmxcsr 4(%rsp)
stmxcsr (%rsp)
fxsave (%rax)
fxrstor64 (%rax)
fxsave64 (%rax)
xsave (%rdi)
xrstor64 (%rdi)
xgetbv
fld1
fldz
flds (%rax)
fldl 8(%rax)
fldt (%rax)
fstpl (%rax)
fstpt (%rax)
fildl (%rax)
fildq (%rax)
fildll (%rax)
fistpl (%rax)
fistpq (%rax)
fadd %st(1), %st
faddp
faddp %st, %st(1)
fsubrp %st, %st(1)
fsubp %st, %st(1)
fmull (%rax)
fstp %st(1)
fxch %st(2)
fxch
fnstcw (%rax)
fldcw (%rax)
fnstsw %ax
fninit
finit
fwait
emms
vmovdqu (%rax), %ymm0
vpxor %ymm1, %ymm2, %ymm3
vzeroupper
vpcmpeqb (%rdi), %ymm1, %ymm2
vmovdqu %ymm0, 100(%rdi)
prefetcht0 (%rax)
prefetchnta 64(%rax)
clflush (%rax)
crc32b %al, %ecx
crc32q %rax, %rcx
rdfsbase %rax
wrgsbase %rcx
rdrand %rax
rdseed %ecx
movbe (%rax), %ecx
cmpxchg8b (%rdi)
xaddq %rax, %rbx
rep; ret
rep ret
repz ret
lock; incl (%rax)
cs nopw 0(%rax,%rax,1)
data16 nop
movl (%eax), %ecx
mov %ah, %bl
movb %dil, %sil
movb %r8b, (%r9)
movl %r8d, %r15d
movw %r9w, %r10w
movq (%r12), %rax
movq (%r13), %rax
movq (%rbp), %rax
movq (%rsp), %rax
movq 0(%rax), %rax
movq -8(%rbp,%r12,2), %r13
adcl $0, %edx
sbbq %rax, %rax
orb $1, (%rdi)
xorq $-1, %rax
movq sym(%rip), %rax
movq sym+8(%rip), %rax
leaq sym(%rip), %rdi
movq $sym, %rax
movl $sym, %eax
movl $sym+4, %eax
movabsq $sym, %rax
movq sym, %rax
movl sym(,%rax,4), %ecx
movl sym-4(%rbx), %ecx
movl $1, sym(%rip)
cmpb $2, sym(%rip)
addq $sym, %rax
cmpq $sym, (%rdi)
pushq $sym
pushq sym(%rip)
call sym
jmp sym
jne sym
call *sym(%rip)
jmp *sym(,%rax,8)
jmp *sym
movq %fs:sym, %rax
sgdt 8(%rsp)
verr %ax
monitor
endbr64
lahf
sahf
loop .+2
jrcxz .
jecxz .-2
jmp .+10
bt %eax, %ebx
salq $2, %rax
shlb $1, %al
movntdq %xmm0, (%rdi)
maskmovdqu %xmm1, %xmm0
pinsrw $2, %eax, %xmm0
pextrw $2, %xmm0, %eax
pextrq $1, %xmm0, %rax
roundsd $4, %xmm0, %xmm1
shufps $0x4e, %xmm0, %xmm1
cmpltsd %xmm1, %xmm0
cmpeqps %xmm1, %xmm0
cvtdq2ps %xmm0, %xmm1
movhlps %xmm0, %xmm1
movlhps %xmm0, %xmm1
movmskps %xmm0, %ecx
sha256rnds2 %xmm0, %xmm1, %xmm2
andn %rax, %rbx, %rcx
bextr %rax, %rbx, %rcx
blsr %rax, %rbx
shlx %rax, %rbx, %rcx
mulx %rax, %rbx, %rcx
rorx $3, %rax, %rbx
adcx %rax, %rbx
adox %rax, %rbx
vmulsd 8(%rsp), %xmm2, %xmm3
vmulsd (%rsp), %xmm2, %xmm3
vmulsd 1000(%r12,%r13,4), %xmm9, %xmm13
vfmadd231sd 8(%rsp), %xmm3, %xmm4
vfmadd231ss sym(%rip), %xmm3, %xmm4
vcvtsi2sdq 8(%rsp), %xmm2, %xmm0
vcvtsi2sdl 8(%rsp), %xmm2, %xmm0
vcvtss2sd 8(%rsp), %xmm2, %xmm3
vdivss (%rdi), %xmm2, %xmm3
vpaddd (%rax), %zmm1, %zmm2
vpaddd 8(%rax), %zmm1, %zmm2
vpaddd 1000(%rax), %zmm1, %zmm2
vpaddd %zmm1, %zmm2, %zmm3
lock incl %fs:(%rax)
lock btsq $3, (%rdi)
xchgq %rax, (%rdi)
xchgb %al, %bl
mov %rax, sym(%rip)
movb sym, %al
movb $5, sym
testq $-1, %rax
subl $-128, %eax
cmpw $0x1234, (%rax)
movw $-1, (%rax,%rax)
imulw $300, %ax, %bx
imull $-1, (%rdi), %esi
shrdl $31, %eax, (%rdi)
cmovael 4(%rip), %r8d
pushq $-128
pushq $128
pushq $-129
pushw $300
call .
jmp .
jo .+129
jo .+130
loopne .
xbegin .+6
jmp sym+4
call sym-1
