"""Who may import whom: emu -> asm, emu -> kernel_stub, and nothing the other way or across.

Read from the syntax trees of all files, so imports inside functions count too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("asm", "emu", "kernel_stub")
ALLOWED = {  # beside itself and the standard library
    "asm": {"keystone"},
    "kernel_stub": set[str](),
}
FORBIDDEN = {"emu": {"keystone"}}  # emu may use what it likes but that
HEAVY = ("unicorn", "capstone", "keystone", "rich", "elftools")


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and top-level package of every absolute import, import_module("...") calls among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
            name = node.args[0]
            if called in ("import_module", "__import__") and isinstance(name, ast.Constant):
                yield node.lineno, str(name.value).partition(".")[0]


def violations(package: str, text: str) -> list[str]:
    """The imports in a file of `package` that go against the arrows, as `line: name`."""
    wrong = []
    for line, name in imported(ast.parse(text)):
        if name == package or name in sys.stdlib_module_names:
            continue
        allowed = name in ALLOWED[package] if package in ALLOWED else name not in FORBIDDEN[package]
        if not allowed:
            wrong.append(f"{line}: {name}")
    return wrong


@pytest.mark.parametrize("package", OURS)
def test_imports_follow_the_arrows(package: str):
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    wrong = {str(f.relative_to(ROOT)): violations(package, f.read_text(encoding="utf-8")) for f in files}
    assert {file: names for file, names in wrong.items() if names} == {}


@pytest.mark.parametrize(
    ("package", "text", "expected"),
    [
        ("asm", "import keystone", []),
        ("asm", "import emu.machine", ["1: emu"]),
        ("asm", "from kernel_stub.cpu import Registers", ["1: kernel_stub"]),
        ("asm", "def f():\n    import unicorn", ["2: unicorn"]),
        ("asm", "from asm.program import Program\nimport struct", []),
        ("kernel_stub", "from . import cpu", []),
        ("kernel_stub", "import keystone", ["1: keystone"]),
        ("kernel_stub", "from asm import program", ["1: asm"]),
        ("kernel_stub", "import importlib\nimportlib.import_module('emu.cpu')", ["2: emu"]),
        ("emu", "import unicorn, capstone, rich\nfrom asm import program\nfrom kernel_stub import cpu", []),
        ("emu", "import keystone", ["1: keystone"]),
    ],
)
def test_a_wrong_arrow_is_seen(package: str, text: str, expected: list[str]):
    assert violations(package, text) == expected


def test_nothing_heavy_is_imported_before_it_is_needed():
    program = (
        "import asm, asm.program, asm.stubs, kernel_stub, kernel_stub.cpu, emu, sys; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    output = subprocess.check_output([sys.executable, "-c", program], text=True, cwd=ROOT)
    assert output.strip() == "[]"
