"""The structs of Mach messages: mach/message.h and mach/ndr.h, and those that MIG makes for semaphore_create
and semaphore_destroy (mach/task.h). All are packed to 4 bytes."""

from __future__ import annotations

from kernel_stub.layout import Layout, i32, nested, u8, u16, u32

HEADER = Layout(
    "mach_msg_header_t",
    u32("msgh_bits"),
    u32("msgh_size"),
    u32("msgh_remote_port"),
    u32("msgh_local_port"),
    u32("msgh_reserved"),  # msgh_voucher_port in later headers
    i32("msgh_id"),
)
BODY = Layout("mach_msg_body_t", u32("msgh_descriptor_count"))
PORT_DESCRIPTOR = Layout(
    "mach_msg_port_descriptor_t", u32("name"), u32("pad1"), u16("pad2"), u8("disposition"), u8("type")
)
NDR = Layout(
    "NDR_record_t",
    u8("mig_vers"), u8("if_vers"), u8("reserved1"), u8("mig_encoding"),
    u8("int_rep"), u8("char_rep"), u8("float_rep"), u8("reserved2"),
)  # fmt: skip
TRAILER = Layout(
    "mach_msg_audit_trailer_t",
    u32("msgh_trailer_type"), u32("msgh_trailer_size"), u32("msgh_seqno"),
    nested("msgh_sender", Layout("security_token_t", u8("val", 8))),
    nested("msgh_audit", Layout("audit_token_t", u8("val", 32))),
)  # fmt: skip
SEMAPHORE_CREATE = Layout(
    "__Request__semaphore_create_t", nested("Head", HEADER), nested("NDR", NDR), i32("policy"), i32("value")
)
SEMAPHORE_CREATED = Layout(
    "__Reply__semaphore_create_t",
    nested("Head", HEADER), nested("msgh_body", BODY), nested("semaphore", PORT_DESCRIPTOR),
)  # fmt: skip
SEMAPHORE_DESTROY = Layout(
    "__Request__semaphore_destroy_t",
    nested("Head", HEADER), nested("msgh_body", BODY), nested("semaphore", PORT_DESCRIPTOR),
)  # fmt: skip
REPLY_ERROR = Layout("mig_reply_error_t", nested("Head", HEADER), nested("NDR", NDR), i32("RetCode"))
ALL = (
    HEADER, BODY, PORT_DESCRIPTOR, NDR, TRAILER, SEMAPHORE_CREATE, SEMAPHORE_CREATED, SEMAPHORE_DESTROY, REPLY_ERROR
)  # fmt: skip

NDR_RECORD = bytes((0, 0, 0, 0, 1, 0, 0, 0))  # little-endian integers, ASCII, IEEE floats

# What a receiver may ask to be told in the trailer: how many bytes of it there are then, by the element's
# number (REQUESTED_TRAILER_SIZE). What came after 2008 is given as far as it was there.
TRAILER_SIZES = {0: 8, 1: 12, 2: 20}
COMPLEX = 0x80000000  # MACH_MSGH_BITS_COMPLEX
USER_BITS = 0x80000000 | 0x1F1F  # MACH_MSGH_BITS_USER as it was before vouchers
REMOTE, LOCAL = 0x1F, 0x1F00  # masks of msgh_bits


def bits(remote: int, local: int, other: int = 0) -> int:
    """MACH_MSGH_BITS, with the bits that are not about the header's ports."""
    return remote | local << 8 | other
