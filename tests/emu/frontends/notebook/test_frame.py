"""A signal frame in a notebook: its fields, what they mean, and its picture to scale."""

from __future__ import annotations

from itertools import pairwise

import pytest

from emu import Session, UserError, assemble, forge, trace
from emu.frontends.notebook.frame import Frame
from emu.frontends.notebook.picture import RED_ZONE, SCALE
from kernel_stub.events import SignalDelivered

HANDLED = """// dialect: intel
.globl _start
_start:
    mov eax, 13             # rt_sigaction
    mov edi, 10             # SIGUSR1
    lea rsi, [rip + action]
    xor edx, edx
    mov r10d, 8
    syscall
    mov eax, 39             # getpid
    syscall
    mov edi, eax
    mov esi, 10
    mov eax, 62             # kill
    syscall
    mov eax, 60             # exit
    xor edi, edi
    syscall
handler:
    ret
restorer:
    mov eax, 15             # rt_sigreturn
    syscall
.data
action:
    .quad handler, 0x04000004, restorer, 0
"""


@pytest.fixture(scope="module")
def frames() -> dict[str, Frame]:
    """Frames by where they lie: on the same stack, and on an alternate one of each system."""
    return {
        "same": trace(assemble(HANDLED)).deliveries[0].frame,
        "linux": trace("sigsegv").deliveries[0].frame,
        "darwin": trace("sigsegv", system="darwin").deliveries[0].frame,
    }


def event(frame: Frame) -> SignalDelivered:
    return frame.picture.event


def test_fields_have_values_places_and_sizes(frames):
    frame = frames["linux"]
    assert frame["uc_mcontext.cr2"] == 0xF1
    assert (frame.offset_of("uc_mcontext.rip"), frame.size_of("uc_mcontext.rip")) == (0xB0, 8)
    assert frame.address_of("uc_mcontext.rip") == frame.address + 0xB0
    assert bytes(frame)[0xB0:0xB8] == frame["uc_mcontext.rip"].to_bytes(8, "little")


def test_a_frame_is_a_mapping_of_its_fields(frames):
    assert "uc_mcontext.rip" in frames["linux"]
    assert "ss.rip" not in frames["linux"]
    assert frames["darwin"].get("uc_mcontext.rip") is None
    assert len(frames["linux"]) == len(list(frames["linux"]))


@pytest.mark.parametrize(
    ("which", "field", "meaning"),
    [
        ("linux", "pretcode", "sigreturn"),
        ("linux", "uc_flags", "UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS"),
        ("linux", "uc_mcontext.rip", "notok+5"),
        ("linux", "uc_mcontext.err", "not present, write, ring 3"),
        ("linux", "uc_mcontext.trapno", "page fault"),
        ("linux", "uc_mcontext.cs", "ring 3"),
        ("linux", "uc_mcontext.fpstate", "the XSAVE area"),
        ("linux", "si_signo", "SIGSEGV"),
        ("linux", "si_code", "SEGV_MAPERR"),
        ("linux", "si_addr", "the address that the fault is about"),
        ("linux", "uc_sigmask", "no signal blocked"),
        ("linux", "fpstate.sw_reserved.magic1", "FP_XSTATE_MAGIC1"),
        ("same", "uc_mcontext.trapno", "no exception of this thread yet"),
        ("same", "si_code", "SI_USER"),
        ("same", "si_pid", "who sent it"),
        ("darwin", "es.trapno", "page fault"),
        ("darwin", "ss.rip", "notok+5"),
        ("darwin", "si_signo", "SIGSEGV"),
        ("darwin", "return_address", "not written: what was there before"),
    ],
)
def test_the_table_says_what_a_value_means(frames, parsed, which, field, meaning):
    rows = [[cell.text for cell in row] for row in parsed(frames[which]).findall(".//tbody/tr")]
    assert [row[5] for row in rows if row[3] == field] == [meaning]


def test_every_field_has_a_row(frames, parsed):
    for frame in frames.values():
        rows = [row[3].text for row in parsed(frame).findall(".//tbody/tr")]
        assert [name for name in rows if name != "(padding)"] == list(frame)


def test_a_frame_of_a_record_cannot_be_written_to(frames):
    with pytest.raises(UserError, match="a record of the run"):
        frames["linux"]["uc_mcontext.rip"] = 0


def test_a_wrong_field_says_what_comes_close(frames):
    with pytest.raises(UserError, match=r"no field 'rip': did you mean uc_mcontext\.rip"):
        frames["linux"]["rip"]


# The picture ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "names"),
    [
        ("same", ["red zone", "gap", "xstate", "gap", "siginfo", "ucontext", "return address"]),
        ("linux", ["gap", "xstate", "gap", "siginfo", "ucontext", "return address"]),
        ("darwin", ["red zone", "ucontext64", "siginfo", "mcontext64", "gap", "no return address"]),
    ],
)
def test_the_parts_from_the_top_down(frames, which, names):
    assert [part.name for part in frames[which].picture.parts] == names


@pytest.mark.parametrize("which", ["same", "linux", "darwin"])
def test_the_parts_leave_no_byte_out_and_count_none_twice(frames, which):
    parts = frames[which].picture.parts
    assert all(upper.address == lower.address + lower.size for upper, lower in pairwise(parts))
    assert parts[-1].address == event(frames[which]).registers.rsp


def test_the_red_zone_ends_at_the_interrupted_stack_pointer(frames):
    top = frames["same"].picture.parts[0]
    assert (top.address + top.size, top.size) == (event(frames["same"]).before.rsp, RED_ZONE)


def test_a_fresh_alternate_stack_is_used_from_its_end(frames):
    frame = frames["linux"]
    top = frame.picture.parts[0]
    assert top.address + top.size == frame["uc_stack.ss_sp"] + frame["uc_stack.ss_size"]


@pytest.mark.parametrize("which", ["same", "linux", "darwin"])
def test_heights_are_the_sizes_to_scale(frames, parsed, which):
    drawn = parsed(frames[which].picture).findall(".//svg/rect")
    parts = frames[which].picture.parts
    assert [float(box.get("height")) for box in drawn] == [SCALE * part.size for part in parts]
    places = [float(box.get("y")) for box in drawn]
    assert [below - place for place, below in pairwise(places)] == [
        SCALE * part.size for part in parts[:-1]
    ]


@pytest.mark.parametrize("which", ["same", "linux", "darwin"])
def test_words_do_not_overlap(frames, parsed, which):
    places = [float(text.get("y")) for text in parsed(frames[which].picture).findall(".//svg/text")]
    labels = places[: len(frames[which].picture.parts)]
    assert all(below - place >= 15 for place, below in pairwise(labels))


def test_the_picture_says_in_words_what_it_shows(frames, parsed):
    picture = frames["same"].picture
    drawn = parsed(picture).find(".//svg")
    assert drawn.get("role") == "img"
    for part in picture.parts:
        assert f"{part.name} {part.size} bytes" in drawn.findtext("title")
        assert f"{part.address:#x}  {part.name}" in repr(picture)
    assert repr(picture).startswith(f"{event(frames['same']).before.rsp:#x}  <- RSP before")
    assert repr(picture).endswith("<- RSP of the handler")


def test_what_sigreturn_took_back_has_no_place_of_its_own_to_draw():
    frame = trace("sigchld").sigreturns[0].frame
    assert "uc_mcontext.rip" in repr(frame) or "uc_mcontext.rip" in list(frame)
    with pytest.raises(UserError, match="only the frame of a delivery"):
        _ = frame.picture


def test_the_frame_of_a_session_is_memory():
    s = Session("sigsegv")
    s.run(signal="SIGSEGV")
    frame = s.frame
    frame["uc_mcontext.rip"] = 0x1234
    assert frame["uc_mcontext.rip"] == s.frame["uc_mcontext.rip"] == s.word("uc_mcontext.rip") == 0x1234
    with pytest.raises(UserError, match="2 bytes wide"):
        frame["uc_mcontext.cs"] = 1 << 16


def test_the_fields_stand_alone_too(parsed):
    frame = trace("sigsegv").deliveries[0].frame
    table = parsed(frame.table)
    assert table.find(".//svg") is None
    assert [row[3].text for row in table.findall(".//tbody/tr") if row[3].text == "uc_mcontext.rip"]
    forged = forge(0x1000, {"uc_mcontext.rip": 7})
    assert repr(forged.table) == repr(forged)


def test_a_sigreturn_tells_which_signals_it_leaves_blocked():
    s = Session(assemble(HANDLED))
    s.run(syscall="rt_sigreturn")
    s.frame["uc_sigmask"] = 1 << 1 | 1 << 33 | 1 << 8  # SIGINT, SIGRT_2 and SIGKILL, which can't be blocked
    s.run()
    assert s.trace.sigreturns[0].mask == ("SIGINT", "SIGRT_2")
