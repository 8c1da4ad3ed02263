"""Mach's structs and codes against Apple's headers."""

from __future__ import annotations

import pytest

from kernel_stub.darwin.mach import kern_return, messages, mig, ports, structs

HEADERS = """
#include <stddef.h>
#include <mach/mach.h>
#include <mach/mig_errors.h>
#include <mach/sync_policy.h>
#include <mach/thread_switch.h>
"""
NAMES = {"msgh_reserved": "msgh_voucher_port", "Head.msgh_reserved": "Head.msgh_voucher_port"}


@pytest.mark.parametrize("layout", structs.ALL, ids=lambda layout: layout.name)
def test_a_layout_is_apples(apple_cc, layout):
    """Bit-fields have no offset that C would tell: those of the port descriptor are left out."""
    type_ = layout.name
    left_out = ("pad2", "disposition", "type")
    fields = [field for field in layout.fields.values() if field.path.rpartition(".")[2] not in left_out]
    expressions = [f"offsetof({type_}, {NAMES.get(f.path, f.path)})" for f in fields]
    real = apple_cc.values(HEADERS, [f"sizeof({type_})", *expressions])
    assert real[f"sizeof({type_})"] == layout.size
    assert [real[expression] for expression in expressions] == [f.offset for f in fields]


def test_codes_are_apples(apple_cc):
    real = apple_cc.values(HEADERS, kern_return.NAMES.values())
    assert {name: value for value, name in kern_return.NAMES.items()} == real


def test_options_are_apples_but_for_one_that_is_gone(apple_cc):
    """MACH_RCV_OVERWRITE was 0x1000 until it was given up."""
    ours = {name: value for name, value in messages.OPTIONS.items() if name != "MACH_RCV_OVERWRITE"}
    assert apple_cc.values(HEADERS, ours) == ours


def test_dispositions_and_limits_are_apples(apple_cc):
    names = ("MOVE_RECEIVE", "MOVE_SEND", "MOVE_SEND_ONCE", "COPY_SEND", "MAKE_SEND", "MAKE_SEND_ONCE")
    real = apple_cc.values(HEADERS, [f"MACH_MSG_TYPE_{name}" for name in names])
    assert list(real.values()) == [getattr(ports, name) for name in names]
    assert apple_cc.values(HEADERS, ["MACH_PORT_QLIMIT_DEFAULT"]) == {"MACH_PORT_QLIMIT_DEFAULT": ports.QUEUE_LIMIT}


def test_ids_are_those_of_the_tasks_routines(apple_cc):
    text = apple_cc.run(["-E"], f"{HEADERS}\nsubsystem_to_name_map_task\n")
    for number, routine in mig.ROUTINES.items():
        assert f'{{ "{routine.__name__}", {number} }}' in text


def test_the_bits_of_a_header_are_apples(apple_cc):
    expression = "MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE)"
    assert apple_cc.values(HEADERS, [expression])[expression] == structs.bits(ports.COPY_SEND, ports.MAKE_SEND_ONCE)
