"""Reading reprs: the html is parsed as XML, which is stricter than a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

Parse = Callable[[Any], ElementTree.Element]


@pytest.fixture
def parsed() -> Parse:
    """`parsed(thing)` is the tree of its html, without namespaces."""

    def parse(thing: Any) -> ElementTree.Element:
        text = thing._repr_html_().replace(' xmlns="http://www.w3.org/2000/svg"', "")
        return ElementTree.fromstring(f"<html>{text}</html>")

    return parse
