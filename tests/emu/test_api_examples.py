"""The examples in the docstrings of what `from emu import ...` gives, and of what it returns."""

from __future__ import annotations

import doctest
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module, util

import pytest

import emu
from emu.frontends import notebook

DRAWN = ("plots.errno_line",)  # examples that need matplotlib


def modules() -> Iterator[str]:
    for module in pkgutil.iter_modules(notebook.__path__):
        if module.name != "widget" or util.find_spec("anywidget"):  # which can't be imported without it
            yield f"{notebook.__name__}.{module.name}"


EXAMPLES = [
    test
    for name in modules()
    for test in doctest.DocTestFinder(exclude_empty=True).find(import_module(name), name)
    if test.examples
]


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name.rpartition("notebook.")[2] for example in EXAMPLES])
def test_the_example_shows_what_comes_out(example: doctest.DocTest, require_module: Callable[..., None]):
    if example.name.endswith(DRAWN):
        require_module("matplotlib", "pip install 'ringside[notebook]'")
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF)
    runner.run(example, out=told.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(told)


@pytest.mark.parametrize("name", emu.__all__)
def test_everything_that_emu_exports_has_a_docstring_with_an_example(name: str):
    documented = getattr(emu, name).__doc__
    assert documented
    assert name == "UserError" or ">>> " in documented


def test_no_export_hides_a_module():
    inside = {module.name for module in pkgutil.iter_modules(emu.__path__)}
    assert inside & set(emu.__all__) == set()


def test_a_name_that_emu_has_not_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'trice'"):
        emu.trice  # noqa: B018


def test_dir_offers_the_exports_before_they_are_imported():
    code = "import emu, sys; assert 'Session' in dir(emu); print('emu.frontends.notebook' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr


@pytest.mark.parametrize("heavy", ["matplotlib", "anywidget", "hypothesis", "IPython"])
def test_tracing_a_stub_from_python_needs_no(heavy: str):
    code = f"from emu import trace; import sys; trace('rawsyscall', 'close', 99); print({heavy!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr
