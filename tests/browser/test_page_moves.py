"""The page in Chromium: every way to move through a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CLOSE = ("rawsyscall", "close", "99")
SYSCALL = 4  # the index of its line
FOCUSED = """() => {
  const at = document.activeElement;
  return at.ariaLabel ?? at.closest(".panel")?.querySelector("h2").innerText ?? "";
}"""


def count(page: Any) -> str:
    return str(page.locator(".count").inner_text())


def settled(page: Any) -> None:
    """Waits until the line that was asked for is shown."""
    page.wait_for_selector("#stepper:not([aria-busy])")


def test_every_key_moves(opened: Callable[..., Any]):
    page = opened(*CLOSE)
    assert count(page) == "1 / 13"
    for key, expected in (
        ("ArrowRight", "2"), ("ArrowRight", "3"), ("ArrowLeft", "2"), ("End", "13"), ("ArrowRight", "13"),
        ("Shift+ArrowLeft", "5"), ("Home", "1"), ("ArrowLeft", "1"), ("Shift+ArrowRight", "5"), ("PageDown", "13"),
        ("PageUp", "1"),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert (key, count(page)) == (key, f"{expected} / 13")


def test_every_button_moves(opened: Callable[..., Any]):
    page = opened(*CLOSE)
    for name, expected in (
        ("Forward", "2"), ("Last step", "13"), ("Back", "12"), ("Previous kernel event", "5"), ("First step", "1"),
        ("Next kernel event", "5"),
    ):  # fmt: skip
        page.get_by_role("button", name=name, exact=True).click()
        assert (name, count(page)) == (name, f"{expected} / 13")
    page.keyboard.press("Home")
    page.get_by_role("region", name="Kernel").get_by_role("button").click()
    assert count(page) == "5 / 13"


def test_a_line_leads_to_its_next_run(opened: Callable[..., Any]):
    page = opened("sigchld")
    start = page.evaluate("ringside.state.line.address").removeprefix("0x")
    page.keyboard.press("ArrowRight")
    page.get_by_role("region", name="Machine code").get_by_role("button").filter(has_text=start).click()
    settled(page)
    assert page.evaluate("ringside.index") == 0  # it runs once: round the end
    page.evaluate("ringside.go(ringside.trace.log.find((entry) => entry[3].startsWith('rt_sigaction'))[0])")
    here, first = page.evaluate("[ringside.state.line.address, ringside.index]")
    page.locator(".panel.source [aria-current=step] [role=button]").click()
    settled(page)
    assert page.evaluate("ringside.index") > first
    assert page.evaluate("ringside.state.line.address") == here
    assert page.evaluate("ringside.state.line.events[0].text").startswith("rt_sigaction")


def test_a_line_that_never_runs_says_so(opened: Callable[..., Any]):
    page = opened(*CLOSE)
    page.evaluate(f"ringside.go({SYSCALL})")
    page.get_by_role("region", name="Machine code").get_by_role("button").last.click()  # behind ok1
    settled(page)
    assert "No recorded step runs that line." in page.locator("#stepper").inner_text()
    assert count(page) == "5 / 13"
    page.keyboard.press("ArrowRight")
    assert "No recorded step" not in page.locator("#stepper").inner_text()


def test_up_and_down_choose_in_a_panel(opened: Callable[..., Any]):
    page = opened("sigchld")
    first, second = page.evaluate("[...new Set(ringside.trace.log.map((entry) => entry[0]))].slice(0, 2)")
    page.evaluate(f"ringside.go({first})")
    page.locator(".panel.log .body").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    settled(page)
    assert page.evaluate("ringside.index") == second
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    settled(page)
    assert page.evaluate("ringside.index") == first


def test_a_swipe_moves(opened: Callable[..., Any]):
    page = opened(*CLOSE, width=390, height=844, has_touch=True)
    swipe = """([across, down]) => {
      const target = document.querySelector(".panel.source .text");
      const fire = (type, x, y) => {
        const touch = new Touch({ identifier: 1, target, clientX: x, clientY: y });
        const touches = type === "touchend" ? [] : [touch];
        target.dispatchEvent(new TouchEvent(type, { bubbles: true, touches, changedTouches: [touch] }));
      };
      fire("touchstart", 200, 300);
      fire("touchend", 200 + across, 300 + down);
    }"""
    for way, expected in (([-90, 5], "2"), ([-90, -10], "3"), ([90, 0], "2"), ([-90, 80], "2"), ([-10, 0], "2")):
        page.evaluate(swipe, way)
        assert (way, count(page)) == (way, f"{expected} / 13")


def test_the_scrubber_and_the_address_move(opened: Callable[..., Any]):
    page = opened(*CLOSE, hash="#step=5")
    assert count(page) == "5 / 13"
    page.get_by_role("slider").fill("9")
    assert count(page) == "9 / 13"
    page.wait_for_url("**#step=9")


def test_keyboard_alone_reaches_everything(opened: Callable[..., Any]):
    page = opened(*CLOSE)
    reached = []
    for _ in range(16):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED).split(" ")[0].upper())
    assert reached[:7] == ["FIRST", "PREVIOUS", "BACK", "FORWARD", "NEXT", "LAST", "STEP"]
    assert [name for name in ("SOURCE", "MACHINE", "REGISTERS", "STACK", "KERNEL") if name not in reached] == []
    page.get_by_role("button", name="Forward").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert count(page) == "3 / 13"
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.ariaLabel") == "Forward"  # focus stays where it was
