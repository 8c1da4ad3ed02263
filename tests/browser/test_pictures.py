"""README's picture of the page can be made anew: the script finds the moment that it shows."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[2] / "notebooks" / "pictures" / "make.py"


def test_the_page_at_the_delivery(browser: Any):
    spec = importlib.util.spec_from_file_location("make_pictures", SCRIPT)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.page(browser).startswith(b"\x89PNG")
