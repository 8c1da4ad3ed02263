"""getitimer(2): what is left, never 0 while the timer runs."""


def test_what_is_left(linux):
    linux.call("setitimer", 0, linux.put_words(linux.rw, 7, 8, 1, 500_000), 0)
    linux.kernel.clock.retired = 1_000_001
    assert linux.call("getitimer", 0, linux.rw) == 0
    assert linux.words(linux.rw, 4) == (7, 8, 1, 498_999)
    assert linux.text == (
        "getitimer(ITIMER_REAL, {it_interval={tv_sec=7, tv_usec=8}, it_value={tv_sec=1, tv_usec=498999}}) = 0"
    )


def test_a_timer_that_is_due_still_has_a_microsecond(linux):
    linux.call("setitimer", 0, linux.put_words(linux.rw, 0, 0, 0, 1), 0)
    linux.kernel.clock.retired = 1000
    linux.kernel.thread.blocked = -1 & (1 << 64) - 1
    assert linux.call("getitimer", 0, linux.rw + 64) == 0
    assert linux.words(linux.rw + 64, 4) == (0, 0, 0, 1)


def test_the_order_of_mistakes(linux):
    assert linux.call("getitimer", 3, linux.hole) == "EINVAL"
    assert linux.text == "getitimer(0x3 /* ITIMER_??? */, 0x12000) = -1 EINVAL (Invalid argument)"
    assert linux.call("getitimer", -1, linux.rw) == "EINVAL"
    assert linux.call("getitimer", 0, linux.ro) == "EFAULT"
    assert linux.call("getitimer", 0, 0) == "EFAULT"
