"""time(2): seconds since 1970."""


def test_seconds(linux):
    assert linux.call("time", 0) == 1_228_089_600
    assert linux.text == "time(NULL) = 1228089600 (2008-12-01T00:00:00+0000)"
    linux.kernel.clock.skip_to(1_999_999_999)
    assert linux.call("time", linux.rw) == 1_228_089_601
    assert linux.words(linux.rw, 1) == (1_228_089_601,)
    assert linux.text == (
        "time([1228089601 /* 2008-12-01T00:00:01+0000 */]) = 1228089601 (2008-12-01T00:00:01+0000)"
    )
    assert linux.call("time", linux.ro) == "EFAULT"
