"""The pytest plugin: scenario files are tests, and the fixtures work."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]
OPTIONS = ("-p", "no:cacheprovider", "-q")


def test_each_case_is_a_test(pytester: pytest.Pytester):
    pytester.makefile(
        ".ringside.toml",
        some='call = "rawsyscall"\narguments = ["close", 99]\n'
        '[[case]]\nname = "right"\nexpect.errno = 9\n[[case]]\nname = "wrong"\nexpect.errno = 4\n',
    )
    result = pytester.runpytest_inprocess(*OPTIONS)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*some.ringside.toml:8: wrong: expected errno = 4, but it is 9 EBADF*",
            "*the trace around position 10:*",
            "*> close(99) = -1 EBADF (Bad file descriptor)*",
            "*returned after 12 instructions*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_one_case_can_be_chosen(pytester: pytest.Pytester):
    pytester.makefile(".ringside.toml", some='call = "sigignore"\n[[case]]\nname = "a"\n[[case]]\nname = "b"\n')
    pytester.runpytest_inprocess(*OPTIONS, "some.ringside.toml::b").assert_outcomes(passed=1)


def test_a_wrong_file_is_an_error_with_its_line(pytester: pytest.Pytester):
    pytester.makefile(".ringside.toml", some='call = "rawsyscall"\n\nlimt = 3\n')
    result = pytester.runpytest_inprocess(*OPTIONS)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*some.ringside.toml:3: unknown key 'limt'; did you mean limit?*"])


def test_other_toml_files_are_left_alone(pytester: pytest.Pytester):
    pytester.makefile(".toml", some="this is not even TOML")
    pytester.runpytest_inprocess(*OPTIONS).assert_outcomes()


def test_a_stub_can_be_called(ringside_call):
    done = ringside_call("rawsyscall", "close", 99)
    assert done.results == {"r1": -1, "r2": 0, "errno": 9}
    assert [event.text for event in done.events] == ["close(99) = -1 EBADF (Bad file descriptor)"]
    assert done.ended.ending.value == "returned"
    assert len(done.steps) == done.ended.position == 12


def test_a_call_takes_a_system_an_answer_and_input(ringside_call):
    assert ringside_call("rawsyscall", "close", 99, returns=-4095).results["r1"] == -4095
    assert ringside_call("rawsyscall", "close", 99, system="darwin", returns="EINTR").results["errno"] == 4
    assert ringside_call("rawsyscall", "read", 0, "&8", 8, stdin=b"hello\n").results["r1"] == 6
    assert ringside_call("rawsyscall", "close", 99, limit=3).ended.ending.value == "budget"


def test_a_machine_is_fresh(ringside_machine):
    first, second = ringside_machine(), ringside_machine("darwin", stdin=b"x")
    assert (first.kernel.personality.name, second.kernel.personality.name) == ("linux", "darwin")
    assert first.position == 0


def test_the_plugin_loads_nothing_until_it_is_used():
    code = "import sys, emu.pytest_plugin; print([m for m in sys.modules if m.startswith(('emu.', 'unicorn', 'asm'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['emu.pytest_plugin']"
