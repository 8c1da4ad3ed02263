"""The page of a long run in headless Chromium: how long it takes to write, to open, to step and to jump."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from measure import Figure

STEPS = 100_000
OPENINGS = 5
FRAME = 16  # milliseconds: what a screen of 60 Hz gives
LOOP = """TEXT ·long(SB),7,$0
	MOVQ	$1000000, R12
loop:
	CALL	·work(SB)
	TESTQ	$63, R12
	JNE	next
	MOVQ	$39, AX
	SYSCALL
next:
	DECQ	R12
	JNE	loop
	RET

TEXT ·work(SB),7,$32
	MOVQ	R12, 0(SP)
	ADDQ	$7, 8(SP)
	MOVQ	8(SP), BX
	XORQ	BX, DX
	MOVQ	DX, 16(SP)
	RET
"""
# Steps far enough to cross the borders of chunks; a jump goes anywhere. Layout belongs to a step, painting does not.
MEASURE = """async ([count, way]) => {
  await ringside.go(1000);
  const times = [];
  for (let i = 0, place = 1; i < count; i++) {
    place = (place * 48271) % 2147483647;
    const before = performance.now();
    await (way ? ringside.move(way) : ringside.go(place % ringside.trace.total));
    document.body.getBoundingClientRect();
    times.push(performance.now() - before);
    await new Promise(requestAnimationFrame);
  }
  return times.sort((a, b) => a - b);
}"""


def page() -> list[Figure]:
    """`ringside html` of a run of 100,000 steps, and the page that it writes."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        source, path = Path(folder, "long.s"), Path(folder, "long.html")
        source.write_text(LOOP, encoding="utf-8")
        command = [str(Path(sys.executable).with_name("ringside")), "html", f"{source}:long", "--dialect", "go2008"]
        start = time.perf_counter()
        subprocess.run([*command, "--limit", str(STEPS), "-o", str(path)], capture_output=True, check=True)
        wrote, size = time.perf_counter() - start, path.stat().st_size
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            figures = _figures(browser, path)
    written = Figure("writing the page of 100,000 steps", wrote, "s"), Figure("its size", size / STEPS, "B/step")
    return [*written, *figures]


def _figures(browser: Any, path: Path) -> list[Figure]:
    openings = [_open(browser, path) for _ in range(OPENINGS)]
    view = openings[-1][1]
    steps = view.evaluate(MEASURE, [600, "forward"])
    jumps = view.evaluate(MEASURE, [200, ""])
    return [
        Figure("opening it", median(seconds for seconds, _ in openings), "s", 2, at_most=True),
        *_times("a step", steps),
        *_times("a jump anywhere", jumps),
    ]


def _open(browser: Any, path: Path) -> tuple[float, Any]:
    view = browser.new_page(viewport={"width": 1280, "height": 800})
    start = time.perf_counter()
    view.goto(path.as_uri())
    view.wait_for_selector(".headline")
    return time.perf_counter() - start, view


def _times(what: str, times: list[float]) -> list[Figure]:
    return [
        Figure(what, median(times), "ms", FRAME, at_most=True),
        Figure(f"{what}, of 20 the slowest", times[len(times) * 19 // 20], "ms", FRAME, at_most=True),
    ]
