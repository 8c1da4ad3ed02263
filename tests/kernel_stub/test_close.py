"""close(2)."""


def test_frees_the_number(guest):
    assert guest.call("close", 1) == 0
    assert guest.text == "close(1) = 0"
    assert guest.call("close", 1) == "EBADF"


def test_of_a_number_that_is_not_open(guest):
    assert guest.call("close", 99) == "EBADF"
    assert guest.text == "close(99) = -1 EBADF (Bad file descriptor)"


def test_leaves_the_description_open_for_its_other_descriptors(guest):
    guest.put(guest.rw, b"hi\n")
    guest.call("close", 0)
    assert guest.call("write", 1, guest.rw, 3) == 3


def test_takes_an_int(guest):
    assert guest.call("close", 0xFFFF_FFFF_0000_0001) == 0
    assert guest.text == "close(1) = 0"
    assert guest.call("close", 0xFFFF_FFFF) == "EBADF"
    assert guest.text == "close(-1) = -1 EBADF (Bad file descriptor)"
