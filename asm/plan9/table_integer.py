"""The integer instructions: one row each, as `mnemonics` explains."""

from __future__ import annotations

from asm.plan9.conditions import CONDITIONS

_ALU = "rmi,rm+"
_SHIFT = "u,rm+ | c,rm+"

_MOVE_QUAD = "movq: xm8,x= | movq: x,m8= | movq: r8,x= | movq: x,r8= | mov: rmi8,rm8= | movabs: I,r8="

_ARITHMETIC = (
    ("ADD", "BWLQ", _ALU),
    ("OR", "BWLQ", _ALU),
    ("ADC", "BWLQ", _ALU),
    ("SBB", "BWLQ", _ALU),
    ("AND", "BWLQ", _ALU),
    ("SUB", "BWLQ", _ALU),
    ("XOR", "BWLQ", _ALU),
    ("CMP", "BWLQ", "rm,rmi @01"),
    ("TEST", "BWLQ", "rmi,rm | m,r"),
    ("INC", "BWLQ", "rm+"),
    ("DEC", "BWLQ", "rm+"),
    ("NEG", "BWLQ", "rm+"),
    ("NOT", "BWLQ", "rm+"),
    ("MUL", "BWLQ", "rm"),
    ("DIV", "BWLQ", "rm"),
    ("IDIV", "BWLQ", "rm"),
    ("IMUL", "B", "rm"),
    ("IMUL", "WLQ", "rm | i,r+ @110 | rm,r+"),
    ("IMUL3", "WLQ", "imul: i,rm,r="),
    ("ADCX", "LQ", "rm,r+"),
    ("ADOX", "LQ", "rm,r+"),
    ("CRC32", "B", "rm1,r4+"),
    ("CRC32", "W", "rm2,r4+"),
    ("CRC32", "L", "rm4,r4+"),
    ("CRC32", "Q", "rm8,r8+"),
)

_SHIFTS = (
    ("SHL", "B", _SHIFT),
    ("SHR", "B", _SHIFT),
    ("SHL", "WLQ", _SHIFT + " | shld: jc,r,rm+"),
    ("SHR", "WLQ", _SHIFT + " | shrd: jc,r,rm+"),
    ("SAL", "BWLQ", "shl: u,rm+ | shl: c,rm+"),
    ("SAR", "BWLQ", _SHIFT),
    ("ROL", "BWLQ", _SHIFT),
    ("ROR", "BWLQ", _SHIFT),
    ("RCL", "BWLQ", _SHIFT),
    ("RCR", "BWLQ", _SHIFT),
)

_BITS = (
    ("BT", "WLQ", "j,rm | r,rm"),
    ("BTC", "WLQ", "j,rm+ | r,rm+"),
    ("BTR", "WLQ", "j,rm+ | r,rm+"),
    ("BTS", "WLQ", "j,rm+ | r,rm+"),
    ("BSF", "WLQ", "rm,r="),
    ("BSR", "WLQ", "rm,r="),
    ("BSWAP", "LQ", "r+"),
    ("POPCNT", "WLQ", "rm,r="),
    ("LZCNT", "WLQ", "rm,r="),
    ("TZCNT", "WLQ", "rm,r="),
)

_MOVES = (
    ("MOV", "B", "rmi,rm="),
    ("MOV", "W", "rmi,rm= | s,r4= | r4,s="),
    ("MOV", "L", "rmi,rm= | movd: rm,x= | movd: x,rm="),
    ("MOV", "Q", f"{_MOVE_QUAD} | k,r= | r,k= | d,r= | r,d="),
    ("MOVD", "", _MOVE_QUAD),
    ("MOVBLZX", "", "movzx: rm1,r4="),
    ("MOVBQZX", "", "movzx: rm1,r8="),
    ("MOVBWZX", "", "movzx: rm1,r2="),
    ("MOVWLZX", "", "movzx: rm2,r4="),
    ("MOVWQZX", "", "movzx: rm2,r8="),
    ("MOVLQZX", "", "mov: rm4,r4= ~"),
    ("MOVBLSX", "", "movsx: rm1,r4="),
    ("MOVBQSX", "", "movsx: rm1,r8="),
    ("MOVBWSX", "", "movsx: rm1,r2="),
    ("MOVWLSX", "", "movsx: rm2,r4="),
    ("MOVWQSX", "", "movsx: rm2,r8="),
    ("MOVLQSX", "", "movsxd: rm4,r8="),
    ("MOVQL", "", "mov: r4,rm4="),
    ("MOVBE", "WLQ", "m,r= | r,m="),
    ("MOVBELL", "", "movbe: m4,r4= | movbe: r4,m4="),
    ("MOVBEQQ", "", "movbe: m8,r8= | movbe: r8,m8="),
    ("MOVBEWW", "", "movbe: m2,r2= | movbe: r2,m2="),
    ("MOVNTI", "LQ", "r,m="),
    ("LEA", "WLQ", "a,r="),
    ("XCHG", "BWLQ", "r+,rm+ | m+,r+"),
    ("CMPXCHG", "BWLQ", "r,rm+"),
    ("CMPXCHG8B", "", "m8+"),
    ("CMPXCHG16B", "", "m0+"),
    ("XADD", "BWLQ", "r+,rm+"),
    ("PUSH", "W", "r | m"),
    ("PUSH", "Q", "r | m | i"),
    ("POP", "WQ", "r= | m="),
    ("PUSHFQ", "", ""),
    ("PUSHFW", "", "pushf:"),
    ("POPFQ", "", ""),
    ("POPFW", "", "popf:"),
    ("LEAVEQ", "", "leave:"),
)

_SYSTEM = (
    ("RDRAND", "WLQ", "r="),
    ("RDSEED", "WLQ", "r="),
    ("RDFSBASE", "LQ", "r="),
    ("RDGSBASE", "LQ", "r="),
    ("WRFSBASE", "LQ", "r"),
    ("WRGSBASE", "LQ", "r"),
    ("LDMXCSR", "", "m4"),
    ("STMXCSR", "", "m4="),
    ("FXSAVE", "", "m0="),
    ("FXRSTOR", "", "m0"),
    ("FXSAVE64", "", "m0="),
    ("FXRSTOR64", "", "m0"),
    ("XSAVE", "", "m0="),
    ("XRSTOR", "", "m0"),
    ("XSAVE64", "", "m0="),
    ("XRSTOR64", "", "m0"),
    ("XSAVEOPT", "", "m0="),
    ("XSAVEOPT64", "", "m0="),
    ("CLFLUSH", "", "m0"),
    ("INVLPG", "", "m0"),
    ("LGDT", "", "m0"),
    ("LIDT", "", "m0"),
    ("SGDT", "", "m0="),
    ("SIDT", "", "m0="),
    ("PREFETCHT0", "", "a0"),
    ("PREFETCHT1", "", "a0"),
    ("PREFETCHT2", "", "a0"),
    ("PREFETCHNTA", "", "a0"),
    ("INT", "", "u"),
)

_CONDITIONAL = tuple(
    row
    for plan9, _number, intel, _others in CONDITIONS
    for row in ((f"SET{plan9}", "", f"set{intel}: rm1="), *(
        (f"CMOV{size}{plan9}", "", f"cmov{intel}: rm{width},r{width}+")
        for size, width in (("W", 2), ("L", 4), ("Q", 8))
    ))
)  # fmt: skip

# Plan 9 name -> Intel name, for instructions without operands
_PLAIN = {
    "CBW": "cbw", "CWDE": "cwde", "CDQE": "cdqe", "CWD": "cwd", "CDQ": "cdq", "CQO": "cqo",
    "CLC": "clc", "CLD": "cld", "CLI": "cli", "CMC": "cmc", "STC": "stc", "STD": "std", "STI": "sti",
    "LAHF": "lahf", "SAHF": "sahf", "XLAT": "xlatb", "HLT": "hlt", "PAUSE": "pause", "WAIT": "wait",
    "CPUID": "cpuid", "RDTSC": "rdtsc", "RDTSCP": "rdtscp", "RDPMC": "rdpmc",
    "RDMSR": "rdmsr", "WRMSR": "wrmsr", "SWAPGS": "swapgs", "CLTS": "clts",
    "INVD": "invd", "WBINVD": "wbinvd", "XGETBV": "xgetbv", "XSETBV": "xsetbv",
    "LFENCE": "lfence", "MFENCE": "mfence", "SFENCE": "sfence", "EMMS": "emms",
    "SYSCALL": "syscall", "SYSRET": ".byte 0x0f, 0x07", "SYSENTER": "sysenter", "SYSEXIT": ".byte 0x0f, 0x35",
    "IRETL": "iretd", "IRETQ": "iretq", "IRETW": "iret", "UD2": "ud2", "UNDEF": "ud2",
    "MOVSB": "movsb", "MOVSW": "movsw", "MOVSL": ".byte 0xa5", "MOVSQ": "movsq",
    "CMPSB": "cmpsb", "CMPSW": "cmpsw", "CMPSL": "cmpsd", "CMPSQ": "cmpsq",
    "STOSB": "stosb", "STOSW": "stosw", "STOSL": "stosd", "STOSQ": "stosq",
    "LODSB": "lodsb", "LODSW": "lodsw", "LODSL": "lodsd", "LODSQ": "lodsq",
    "SCASB": "scasb", "SCASW": "scasw", "SCASL": "scasd", "SCASQ": "scasq",
    "INSB": "insb", "INSW": "insw", "INSL": "insd", "OUTSB": "outsb", "OUTSW": "outsw", "OUTSL": "outsd",
    "INB": "in al, dx", "INW": "in ax, dx", "INL": "in eax, dx",
    "OUTB": "out dx, al", "OUTW": "out dx, ax", "OUTL": "out dx, eax",
    # prefixes are instructions of their own here
    "LOCK": ".byte 0xf0", "REP": ".byte 0xf3", "REPN": ".byte 0xf2",
    "ENDBR64": ".byte 0xf3, 0x0f, 0x1e, 0xfa",  # younger than Keystone
}  # fmt: skip

ROWS = (
    *_ARITHMETIC, *_SHIFTS, *_BITS, *_MOVES, *_SYSTEM, *_CONDITIONAL,
    *((plan9, "", f"{intel}:") for plan9, intel in _PLAIN.items()),
)  # fmt: skip
