"""The SSE instructions: one row each, as `mnemonics` explains."""

from __future__ import annotations

_LOAD_STORE = "xm16,x= | x,xm16="
_HALF = "m8,x+ | x,m8="

_MOVES = (
    ("MOVUPS", "", _LOAD_STORE),
    ("MOVUPD", "", _LOAD_STORE),
    ("MOVAPS", "", _LOAD_STORE),
    ("MOVAPD", "", _LOAD_STORE),
    ("MOVO", "", "movdqa: xm16,x= | movdqa: x,m16="),
    ("MOVOA", "", "movdqa: xm16,x= | movdqa: x,m16="),
    ("MOVOU", "", "movdqu: xm16,x= | movdqu: x,m16="),
    ("MOVSS", "", "xm4,x= | x,m4="),
    ("MOVSD", "", "xm8,x= | x,m8="),
    ("MOVHPS", "", _HALF),
    ("MOVHPD", "", _HALF),
    ("MOVLPS", "", _HALF),
    ("MOVLPD", "", _HALF),
    ("MOVHLPS", "", "x,x+"),
    ("MOVLHPS", "", "x,x+"),
    ("MOVDDUP", "", "xm8,x="),
    ("MOVSHDUP", "", "xm16,x="),
    ("MOVSLDUP", "", "xm16,x="),
    ("LDDQU", "", "m16,x="),
    ("MOVNTO", "", "movntdq: x,m16="),
    ("MOVNTDQ", "", "x,m16="),
    ("MOVNTPS", "", "x,m16="),
    ("MOVNTPD", "", "x,m16="),
    ("MOVNTDQA", "", "m16,x="),
    ("MOVMSKPS", "", "x,r4="),
    ("MOVMSKPD", "", "x,r4="),
    ("PMOVMSKB", "", "x,r4="),
    ("MOVQOZX", "", "movq: xm8,x="),
    ("MASKMOVOU", "", "maskmovdqu: x,x"),
    ("MASKMOVDQU", "", "x,x"),
)

# (operation, has a packed form PS and PD, has a scalar form SS and SD)
_FLOAT = tuple(
    (f"{operation}{form}", "", f"xm{size},x{role}")
    for operation, forms, role in (
        ("ADD", "PS PD SS SD", "+"), ("SUB", "PS PD SS SD", "+"), ("MUL", "PS PD SS SD", "+"),
        ("DIV", "PS PD SS SD", "+"), ("MAX", "PS PD SS SD", "+"), ("MIN", "PS PD SS SD", "+"),
        ("SQRT", "PS PD SS SD", "="), ("RCP", "PS SS", "="), ("RSQRT", "PS SS", "="),
        ("AND", "PS PD", "+"), ("ANDN", "PS PD", "+"), ("OR", "PS PD", "+"), ("XOR", "PS PD", "+"),
        ("ADDSUB", "PS PD", "+"), ("HADD", "PS PD", "+"), ("HSUB", "PS PD", "+"),
        ("UNPCKH", "PS PD", "+"), ("UNPCKL", "PS PD", "+"),
        ("COMI", "SS SD", ""), ("UCOMI", "SS SD", ""),
    )
    for form in forms.split()
    for size in ({"SS": 4, "SD": 8}.get(form, 16),)
)  # fmt: skip

_COMPARE_SHUFFLE = (
    ("CMPPS", "", "xm16,x+,j @102"),
    ("CMPPD", "", "xm16,x+,j @102"),
    ("CMPSS", "", "xm4,x+,j @102"),
    ("CMPSD", "", "xm8,x+,j @102"),
    ("SHUFPS", "", "u,xm16,x+"),
    ("SHUFPD", "", "u,xm16,x+"),
    ("PSHUFD", "", "u,xm16,x="),
    ("PSHUFL", "", "pshufd: u,xm16,x="),
    ("PSHUFHW", "", "u,xm16,x="),
    ("PSHUFLW", "", "u,xm16,x="),
    ("PALIGNR", "", "u,xm16,x+"),
    ("PBLENDW", "", "u,xm16,x+"),
    ("BLENDPS", "", "u,xm16,x+"),
    ("BLENDPD", "", "u,xm16,x+"),
    ("BLENDVPS", "", "0,xm16,x+ @210"),
    ("BLENDVPD", "", "0,xm16,x+ @210"),
    ("PBLENDVB", "", "0,xm16,x+ @210"),
    ("INSERTPS", "", "u,xm4,x+"),
    ("EXTRACTPS", "", "t,x,rm4="),
    ("DPPS", "", "u,xm16,x+"),
    ("DPPD", "", "u,xm16,x+"),
    ("MPSADBW", "", "u,xm16,x+"),
    ("ROUNDPS", "", "u,xm16,x="),
    ("ROUNDPD", "", "u,xm16,x="),
    ("ROUNDSS", "", "u,xm4,x="),
    ("ROUNDSD", "", "u,xm8,x="),
    ("PCMPESTRI", "", "u,xm16,x"),
    ("PCMPESTRM", "", "u,xm16,x"),
    ("PCMPISTRI", "", "u,xm16,x"),
    ("PCMPISTRM", "", "u,xm16,x"),
    ("PINSRB", "", "u,r4,x+ | u,m1,x+"),
    ("PINSRW", "", "u,r4,x+ | u,m2,x+"),
    ("PINSRD", "", "u,rm4,x+"),
    ("PINSRQ", "", "u,rm8,x+"),
    ("PEXTRB", "", "u,x,r4= | u,x,m1="),
    ("PEXTRW", "", "u,x,r4= | u,x,m2="),
    ("PEXTRD", "", "u,x,rm4="),
    ("PEXTRQ", "", "u,x,rm8="),
    ("PSLLO", "", "pslldq: j,x+"),
    ("PSRLO", "", "psrldq: j,x+"),
    ("PSLLDQ", "", "j,x+"),
    ("PSRLDQ", "", "j,x+"),
)

_CONVERT = (
    ("CVTSL2SS", "", "cvtsi2ss: rm4,x+"),
    ("CVTSQ2SS", "", "cvtsi2ss: rm8,x+"),
    ("CVTSL2SD", "", "cvtsi2sd: rm4,x+"),
    ("CVTSQ2SD", "", "cvtsi2sd: rm8,x+"),
    ("CVTSS2SL", "", "cvtss2si: xm4,r4="),
    ("CVTSS2SQ", "", "cvtss2si: xm4,r8="),
    ("CVTSD2SL", "", "cvtsd2si: xm8,r4="),
    ("CVTSD2SQ", "", "cvtsd2si: xm8,r8="),
    ("CVTTSS2SL", "", "cvttss2si: xm4,r4="),
    ("CVTTSS2SQ", "", "cvttss2si: xm4,r8="),
    ("CVTTSD2SL", "", "cvttsd2si: xm8,r4="),
    ("CVTTSD2SQ", "", "cvttsd2si: xm8,r8="),
    ("CVTSS2SD", "", "xm4,x+"),
    ("CVTSD2SS", "", "xm8,x+"),
    ("CVTPS2PD", "", "xm8,x="),
    ("CVTPD2PS", "", "xm16,x="),
    ("CVTPL2PD", "", "cvtdq2pd: xm8,x="),
    ("CVTPL2PS", "", "cvtdq2ps: xm16,x="),
    ("CVTPD2PL", "", "cvtpd2dq: xm16,x="),
    ("CVTPS2PL", "", "cvtps2dq: xm16,x="),
    ("CVTTPD2PL", "", "cvttpd2dq: xm16,x="),
    ("CVTTPS2PL", "", "cvttps2dq: xm16,x="),
)

# Plan 9 calls a doubleword L and an octoword O where Intel says D and DQ; "name/intel" where they differ
_PACKED = """
    PADDB PADDW PADDL/paddd PADDD PADDQ PADDSB PADDSW PADDUSB PADDUSW
    PSUBB PSUBW PSUBL/psubd PSUBQ PSUBSB PSUBSW PSUBUSB PSUBUSW
    PAND PANDN POR PXOR PAVGB PAVGW PSADBW
    PCMPEQB PCMPEQW PCMPEQL/pcmpeqd PCMPEQQ PCMPGTB PCMPGTW PCMPGTL/pcmpgtd PCMPGTQ
    PACKSSLW/packssdw PACKSSWB PACKUSDW PACKUSWB
    PMADDWL/pmaddwd PMADDUBSW PMULHW PMULHUW PMULLW PMULLD PMULDQ PMULULQ/pmuludq PMULHRSW
    PMAXSB PMAXSW PMAXSD PMAXUB PMAXUW PMAXUD PMINSB PMINSW PMINSD PMINUB PMINUW PMINUD
    PUNPCKHBW PUNPCKHWL/punpckhwd PUNPCKHLQ/punpckhdq PUNPCKHQDQ
    PUNPCKLBW PUNPCKLWL/punpcklwd PUNPCKLLQ/punpckldq PUNPCKLQDQ
    PHADDW PHADDD PHADDSW PHSUBW PHSUBD PHSUBSW PSIGNB PSIGNW PSIGND PSHUFB
    AESENC AESENCLAST AESDEC AESDECLAST SHA1MSG1 SHA1MSG2 SHA1NEXTE SHA256MSG1 SHA256MSG2
"""
_PACKED_WRITE = "PABSB PABSW PABSD PHMINPOSUW AESIMC"
_PACKED_SHIFT = """
    PSLLW PSLLL/pslld PSLLQ PSRLW PSRLL/psrld PSRLQ PSRAW PSRAL/psrad
"""
_WIDEN = (("BW", 8), ("BD", 4), ("BQ", 2), ("WD", 8), ("WQ", 4), ("DQ", 8))


def _named(names: str, forms: str) -> tuple[tuple[str, str, str], ...]:
    """A row for each name; `*` in the forms stands for the Intel name."""
    pairs = (name.partition("/")[::2] for name in names.split())
    return tuple((plan9, "", forms.replace("*", intel or plan9.lower())) for plan9, intel in pairs)


ROWS = (
    *_MOVES,
    *_FLOAT,
    *_COMPARE_SHUFFLE,
    *_CONVERT,
    *_named(_PACKED, "*: xm16,x+"),
    *_named(_PACKED_WRITE, "*: xm16,x="),
    *_named(_PACKED_SHIFT, "*: xm16,x+ | *: j,x+"),
    *((f"PMOV{sign}X{kind}", "", f"xm{size},x=") for sign in "SZ" for kind, size in _WIDEN),
    ("PTEST", "", "xm16,x"),
    ("PCLMULQDQ", "", "u,xm16,x+"),
    ("AESKEYGENASSIST", "", "u,xm16,x="),
    ("SHA1RNDS4", "", "t,xm16,x+"),
    ("SHA256RNDS2", "", "0,xm16,x+ @210"),
)
