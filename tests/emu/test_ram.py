"""Frames of guest RAM."""

from __future__ import annotations

import pytest

from emu.ram import PAGE, Ram


def test_frames_are_zeroed_page_aligned_and_never_the_first():
    ram = Ram(8 * PAGE)
    frames = [ram.allocate() for _ in range(7)]
    assert frames == [PAGE * (i + 1) for i in range(7)]
    assert not any(ram.view)


def test_full_ram_is_a_memory_error_that_tells_its_size():
    ram = Ram(1 << 20)
    with pytest.raises(MemoryError, match="guest RAM of 1 MiB is full"):
        for _ in range(257):
            ram.allocate()


def test_a_released_frame_comes_back_zeroed():
    ram = Ram(3 * PAGE)
    frames = {ram.allocate(), ram.allocate()}
    ram.view[PAGE : 2 * PAGE] = b"x" * PAGE
    ram.release(PAGE)
    assert ram.allocate() in frames
    assert not any(ram.view)
    with pytest.raises(MemoryError):
        ram.allocate()


def test_host_address_is_where_the_view_is():
    import ctypes

    ram = Ram(2 * PAGE)
    ram.view[5] = 77
    assert ctypes.c_uint8.from_address(ram.host_address + 5).value == 77
