"""gettimeofday(2): microseconds since 1970, in UTC."""


def test_time_of_day(linux):
    linux.kernel.clock.retired = 1_234_567
    linux.put_words(linux.rw + 16, -1)
    assert linux.call("gettimeofday", linux.rw, linux.rw + 16) == 0
    assert linux.words(linux.rw, 3) == (1_228_089_600, 1234, 0)
    assert linux.text == (
        "gettimeofday({tv_sec=1228089600, tv_usec=1234}, {tz_minuteswest=0, tz_dsttime=0}) = 0"
    )


def test_either_may_be_left_out(linux):
    assert linux.call("gettimeofday", 0, 0) == 0
    assert linux.call("gettimeofday", 0, linux.ro) == "EFAULT"
    assert linux.call("gettimeofday", linux.ro, 0) == "EFAULT"
    assert linux.call("gettimeofday", linux.rw, linux.hole) == "EFAULT"
    assert linux.words(linux.rw, 1) == (1_228_089_600,)
