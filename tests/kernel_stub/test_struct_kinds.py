"""How structs read in a trace line."""

from kernel_stub.layout import Layout, i32, nested, u32
from kernel_stub.struct_kinds import spell

INNER = Layout("inner", i32("x"), u32("y"))


def test_plain_fields():
    assert spell(INNER, b"\xff\xff\xff\xff\xff\xff\xff\xff") == "{x=-1, y=4294967295}"


def test_nested_ones():
    layout = Layout("outer", nested("a", INNER), nested("b", INNER), i32("c"))
    assert spell(layout, bytes(20)) == "{a={x=0, y=0}, b={x=0, y=0}, c=0}"
    layout = Layout("outer", i32("c"), nested("a", INNER))
    assert spell(layout, bytes(12)) == "{c=0, a={x=0, y=0}}"
