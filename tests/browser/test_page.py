"""The page in Chromium: what it shows against the machine itself, and who can use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emu.engine import RECORDED
from emu.frontends.cli import ringside
from emu.frontends.view_memory import read
from emu.machine import Machine
from emu.start import load
from emu.stepper import Stepper
from emu.target import SourceOptions, personality
from kernel_stub.events import ProcessSwitched

CLOSE = ("rawsyscall", "close", "99")
SYSCALL = 4  # the index of its line

STATES = """async () => {
  const found = [];
  for (let i = 0; i < ringside.trace.total; i++) {
    await ringside.trace.ready(i);
    const state = ringside.trace.state(i);
    const top = Number(BigInt(state.registers.get("rsp")) / 8n * 8n);
    const words = [];
    for (let at = top - 32; at < top + 192; at += 8) words.push(state.words.value(at)?.toString() ?? null);
    found.push([Object.fromEntries(state.registers), top - 32, words]);
  }
  return found;
}"""
WIDER = """() => [...document.querySelectorAll(".body")]
  .filter((element) => element.scrollWidth > element.clientWidth + 1)
  .map((element) => element.parentElement.className)"""
UNNAMED = """() => [...document.querySelectorAll("section, nav")]
  .filter((element) => !element.ariaLabel && !element.getAttribute("aria-labelledby")).length"""
MOVING = """() => [...document.querySelectorAll("*")].filter((element) => {
  const style = getComputedStyle(element);
  return style.scrollBehavior !== "auto" || style.transitionDuration !== "0s" || style.animationName !== "none";
}).map((element) => element.className)"""
CONTRASTS = """() => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const paper = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  for (const element of document.querySelectorAll("#stepper *")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    if (!element.getClientRects().length) continue;
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(paper(element))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.add(`${element.className} ${element.textContent.slice(0, 20)}: ${ratio.toFixed(2)}`);
  }
  return [...low];
}"""


def test_a_step_shows_what_it_did(opened: Callable[..., Any]):
    page = opened(*CLOSE)
    page.evaluate(f"ringside.go({SYSCALL})")
    changed = page.locator(".register.changed").all_inner_texts()
    assert any("rax" in text and "0xfffffffffffffff7 (-9)" in text and "was 0x3" in text for text in changed)
    assert page.locator(".panel.source [aria-current=step]").inner_text().split()[1:] == ["SYSCALL"]
    assert page.locator(".panel.code [aria-current=step]").inner_text().split() == ["400014", "syscall", "0f05"]
    assert page.locator(".panel.log [aria-current=step]").inner_text().split("\n")[-1] == (
        "close(99) = -1 EBADF (Bad file descriptor)"
    )
    rows = [row.split() for row in page.locator(".stack tbody tr").all_inner_texts()]
    assert [row[-1] for row in rows if row[-1] in ("trap", "a1", "errno")] == ["trap", "a1", "errno"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "no jump" in page.locator(".now").inner_text()
    page.keyboard.press("End")
    assert "errno = 9 EBADF" in page.locator(".now").inner_text()


def test_numbers_are_the_positions_of_the_trace(opened: Callable[..., Any]):
    page = opened("sigchld")
    run = CliRunner().invoke(ringside, ["trace", "sigchld", "--events", "--format", "jsonl"])
    told = [json.loads(line) for line in run.output.splitlines()]
    for line in (each for each in told if each.get("events")):
        text = line["events"][-1]["text"]
        number = page.evaluate("(text) => ringside.trace.log.findLast((entry) => entry[3] === text)[0]", text)
        page.evaluate(f"ringside.go({number})")
        assert page.locator(".place").inner_text().split(" · ")[0] == f"position {line['position']}"
        rows = page.locator(".panel.log [aria-current=step]").all_inner_texts()
        assert rows[-1].split("\n") == [str(line["position"]), text]
    page.keyboard.press("End")
    assert page.locator(".place").inner_text() == f"position {told[-1]['exit']['position']}"


def test_a_signal_frame_is_shown_while_its_handler_runs(opened: Callable[..., Any]):
    page = opened("sigsegv-resume")
    delivered, returned = page.evaluate(
        "['delivered', 'sigreturn'].map((kind) => ringside.trace.log.find((entry) => entry[2] === kind)[0])"
    )
    page.evaluate(f"ringside.go({delivered})")
    frame = page.get_by_role("region", name="Signal frames")
    row = frame.get_by_role("row").filter(has_text="uc_mcontext.rip")
    assert "notok" in row.inner_text()
    page.evaluate(f"ringside.go({returned} - 1)")
    assert "was 0x" in row.inner_text()  # the handler's doing
    page.evaluate(f"ringside.go({returned})")
    assert "No handler runs" in frame.inner_text()


@pytest.mark.parametrize(
    "target",
    (CLOSE, ("rawsyscall", "read", "0", "&16", "16"), ("sigsegv-resume",), ("sigchld",), ("rawsyscall", "fork")),
    ids=" ".join,
)
def test_registers_and_stack_are_the_machines(target: tuple[str, ...], opened: Callable[..., Any]):
    machine = Machine(personality("linux"))
    call = load(machine, target[0], target[1:], SourceOptions())
    truth = []
    process = machine.kernel.process.pid
    for step in Stepper(machine, call.program, capacity=1).steps(10_000):
        registers = machine.cpu.registers
        values = dict(zip(registers_names(), registers.values, strict=True))
        stack = read(machine, registers.rsp // 8 * 8 - 32, 224)
        switched = [event.new for event in step.events if isinstance(event, ProcessSwitched)]
        process = switched[-1] if switched else process
        ahead = machine.kernel.process.pid != process  # the next line tells of the switch
        truth.append((ahead, values, stack))
    states = opened(*target).evaluate(STATES)
    assert len(states) == len(truth) + 1
    known = 0
    for index, ((ahead, values, stack), (shown, start, words)) in enumerate(zip(truth, states, strict=False)):
        if ahead:
            continue
        last = index == len(truth) - 1  # the process is gone, or the routine's caller has it
        for name in RECORDED:
            if name not in ("rip", "rflags") and not last:
                assert (index, name, int(shown[name], 16)) == (index, name, values[name])
        if start == values["rsp"] // 8 * 8 - 32:
            for at, word in enumerate(words):
                data = stack[8 * at : 8 * at + 8]
                if word is not None and len(data) == 8:
                    known += 1
                    assert (index, at, int(word)) == (index, at, int.from_bytes(data, "little"))
    assert known > 5 * len(truth)


def registers_names() -> tuple[str, ...]:
    from kernel_stub.cpu import NAMES

    return tuple(NAMES)


def test_another_thread_or_process_is_told(opened: Callable[..., Any]):
    for target, told in ((("thread", "--os", "darwin"), "thread "), (("rawsyscall", "fork"), "process 4243")):
        page = opened(*target)
        assert told not in page.locator(".place").inner_text()
        found = page.evaluate(
            """async (told) => {
              for (let i = 0; i < ringside.trace.total; i++) {
                await ringside.go(i);
                if (document.querySelector(".place").textContent.includes(told)) return ringside.state.line.thread;
              }
            }""",
            told,
        )
        assert found not in (None, page.evaluate("ringside.trace.head.thread"))


def test_without_sources_the_code_has_their_room(opened: Callable[..., Any], tmp_path: Path):
    program = tmp_path / "program"
    source = tmp_path / "program.s"
    source.write_text("TEXT _start(SB),7,$0\n\tMOVQ $3, DI\n\tMOVQ $231, AX\n\tSYSCALL\n", encoding="utf-8")
    done = CliRunner().invoke(ringside, ["asm", str(source), "--dialect", "go2008", "-o", str(program)])
    assert done.exit_code == 0, done.output
    page = opened(str(program))
    assert not page.get_by_role("region", name="Source").is_visible()
    code, registers = (page.locator(f".panel.{name}").bounding_box() for name in ("code", "registers"))
    assert code["y"] == registers["y"] and code["height"] > registers["height"]
    assert "$" not in page.locator(".headline").inner_text()  # the disassembler's text


def test_nothing_moves_by_itself(opened: Callable[..., Any]):
    page = opened("sigchld", reduced_motion="reduce")
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.evaluate(MOVING) == []


def test_nothing_is_asked_of_a_network(opened: Callable[..., Any]):
    page = opened("sigsegv")
    page.keyboard.press("End")
    assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in page.requests if url.startswith("file:")]) == 1


def test_what_a_guest_says_is_shown_as_text(opened: Callable[..., Any]):
    rude = "</script><img src=x>"
    page = opened("rawsyscall", "write", "1", rude, str(len(rude)))
    page.evaluate(f"ringside.go({SYSCALL})")
    assert rude in page.locator(".panel.log").inner_text()
    assert page.locator("img").count() == 0


def test_a_step_is_told_to_a_screen_reader(opened: Callable[..., Any]):
    page = opened(*CLOSE)
    page.evaluate(f"ringside.go({SYSCALL})")
    status = page.get_by_role("status")
    assert status.get_attribute("aria-live") == "polite"
    told = status.inner_text()
    assert told.startswith("Step 5 of 13. SYSCALL. rax 0x3 → 0xfffffffffffffff7 (-9)")
    assert told.endswith("close(99) = -1 EBADF (Bad file descriptor)")
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "Step 5 of 13: SYSCALL"
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.locator("#stepper[role], main").count() == 1
    assert page.evaluate(UNNAMED) == 0


@pytest.mark.parametrize("scheme", ("light", "dark"))
def test_text_stands_out_from_its_ground(scheme: str, opened: Callable[..., Any]):
    page = opened("sigsegv-resume", color_scheme=scheme)
    paper = page.evaluate("getComputedStyle(document.querySelector('.ringside')).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    for index in (0, *page.evaluate("ringside.trace.log.slice(-6).map((entry) => entry[0])")):
        page.evaluate(f"ringside.go({index})")
        assert page.evaluate(CONTRASTS) == []


@pytest.mark.parametrize("width", (320, 390, 768, 1024, 1920))
def test_no_width_scrolls_sideways(width: int, opened: Callable[..., Any]):
    page = opened("sigsegv", width=width, height=800)
    page.keyboard.press("End")
    page.keyboard.press("Shift+ArrowLeft")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(WIDER) == []
