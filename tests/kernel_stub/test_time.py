"""time(2): seconds since 1970."""


def test_seconds(linux):
    assert linux.call("time", 0) == 1_228_089_600
    linux.kernel.clock.skip_to(1_999_999_999)
    assert linux.call("time", linux.rw) == 1_228_089_601
    assert linux.words(linux.rw, 1) == (1_228_089_601,)
    assert linux.call("time", linux.ro) == "EFAULT"
