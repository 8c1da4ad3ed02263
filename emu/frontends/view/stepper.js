import { Trace } from "./trace.js";
import { h, settle } from "./dom.js";
import { effects, headline } from "./wording.js";
import { NowPanel } from "./now.js";
import { CodePanel, SourcePanel } from "./listing.js";
import { RegistersPanel } from "./registers.js";
import { StackPanel } from "./stack.js";
import { FramesPanel } from "./frames.js";
import { LogPanel } from "./log.js";

// The view: panels, and the ways to move through a run (keys, buttons, the scrubber, swipes).

const PAGE = 20; // lines of PageUp and PageDown
const SWIPE = 45; // pixels
const MARKS = 600; // of the scrubber

const BUTTONS = [
  ["first", "⇤", "First step", "Home"],
  ["event-back", "←◆", "Previous kernel event", "Shift+ArrowLeft"],
  ["back", "←", "Back", "ArrowLeft"],
  ["forward", "→", "Forward", "ArrowRight"],
  ["event-forward", "◆→", "Next kernel event", "Shift+ArrowRight"],
  ["last", "⇥", "Last step", "End"],
];
const PANELS = [
  ["source", "Source", SourcePanel], ["code", "Machine code", CodePanel], ["registers", "Registers", RegistersPanel],
  ["stack", "Stack", StackPanel], ["frames", "Signal frames", FramesPanel], ["log", "Kernel", LogPanel],
];
const OWN = new Set(["ArrowUp", "ArrowDown", "Enter", " "]); // keys that panels and buttons take by themselves
const RUNNING = "running…";
const reason = (error) => (error instanceof Error ? error.message : String(error));

/** Shows a run in an element; keys count while the focus is in `keys` (the element itself, or the document), `hash`
 * says whether the address names the step, `level` is that of the title among the headings around it. Resolves to
 * the view: {trace, index, go(index), move(action), dispose()}.
 *
 * A source is {head, log, chunk(number)}, see trace.js. Where `head.ending` is null the run goes on: `more(goal)`
 * promises that it was run further, towards the next "step", "event" or the "end", or fails with an Error that says
 * why not; `watch(callback)` calls back when head, log and chunks, from the one that wasn't full, are new, and returns
 * what ends that.
 */
export async function mount(element, source, { keys = element, hash = false, level = 1 } = {}) {
  const trace = new Trace(source);
  await trace.open();
  const view = new Stepper(element, trace, hash, level);
  view.listen(keys);
  view.follow();
  view.fit();
  const asked = hash ? Number(/^#step=(\d+)$/.exec(location.hash)?.[1] ?? 1) - 1 : 0;
  await view.go(asked);
  return view;
}

class Stepper {
  constructor(element, trace, hash, level) {
    const id = `ringside-${Math.random().toString(36).slice(2)}`; // several copies of this module may be at work
    Object.assign(this, { element, trace, hash, id, index: 0, wanted: 0, wish: null, parts: {}, leaving: new AbortController() });
    this._build(level);
    this.now = new NowPanel(this.parts.now, trace);
    const lead = (found) => this._lead(found);
    this.panels = PANELS.map(([name, , Panel]) => new Panel(this.parts[name], trace, lead, this.parts["source-file"]));
    this._measure();
  }

  /** Whether there may be more than is recorded. */
  get open() {
    return this.trace.head.ending === null && Boolean(this.trace.source.more);
  }

  /** Shows a line; at once, if it is loaded. Behind the recorded end the run goes on. The last one asked for wins. */
  go(index) {
    const asked = Math.max(0, Math.trunc(index) || 0);
    if (asked >= this.trace.total && this.open) return this._further(() => (asked < this.trace.total ? asked : null), asked, "step");
    this._say("");
    this.wish = null;
    this.wanted = Math.min(this.trace.total - 1, asked);
    const ready = this.trace.ready(this.wanted);
    if (ready === true) return this._show();
    this.element.setAttribute("aria-busy", "true");
    const wanted = this.wanted;
    return ready.then(() => (wanted === this.wanted && !this.wish ? this.go(wanted) : undefined));
  }

  /** An action by the name of its button. */
  move(action) {
    const { wanted, trace } = this;
    const last = trace.total - 1;
    const from = Math.min(wanted, last);
    if (action === "event-forward" && this.open && (trace.log.at(-1)?.[0] ?? -1) <= from) {
      return this._further(() => (trace.log.at(-1)?.[0] > from ? trace.event(from, true) : null), last, "event");
    }
    if (action === "last" && this.open && from === last) return this._further(() => null, last, "end");
    const to = {
      first: 0, last, back: from - 1, forward: wanted + 1,
      "page-back": from - PAGE, "page-forward": wanted + PAGE,
    }[action];
    return this.go(to ?? trace.event(from, action === "event-forward"));
  }

  /** Goes to a line that is perhaps still searched for; null if none was found. */
  async _lead(found) {
    const { wanted } = this;
    this.element.setAttribute("aria-busy", "true");
    const index = await found;
    if (this.wanted !== wanted || this.wish) return; // something else was asked for
    await this.go(index ?? wanted);
    if (index === null) this._say("No recorded step runs that line.");
  }

  /** Has the source run on until `find` answers with a line, the run ends, or something else is asked for. */
  async _further(find, wanted, goal) {
    const wish = (this.wish = find);
    this.wanted = wanted;
    this._say(RUNNING);
    try {
      while (this.wish === wish) {
        const before = this.trace.total;
        await this.trace.source.more(goal);
        await this.grown;
        if (this.wish !== wish) return;
        const found = find();
        if (found !== null || !this.open) return this.go(found ?? this.trace.total - 1);
        if (this.trace.total === before) throw new Error("The run does not go on.");
      }
    } catch (error) {
      if (this.wish !== wish) return;
      await this.go(this.trace.total - 1);
      this._say(reason(error));
    }
  }

  /** Keeps up with a source that grows. */
  follow() {
    this.leaving.signal.addEventListener("abort", this.trace.source.watch?.(() => {
      this.grown = Promise.resolve(this.grown).then(() => this._grow()).catch((error) => this._say(reason(error)));
    }) ?? (() => {}));
  }

  async _grow() {
    const { trace } = this;
    await trace.grow(Math.floor((trace.total - 1) / trace.head.size));
    if (this.leaving.signal.aborted) return;
    this._measure();
    if (this.wish) this._count(); // what was wished for shows a line
    else await this.go(this.wanted);
  }

  /** Keeps rows in sight when the view gets another width; where it had none yet, none was in sight. */
  fit() {
    let known = this.element.clientWidth;
    const sizes = new ResizeObserver(() => {
      if (known === this.element.clientWidth) return;
      known = this.element.clientWidth;
      if (this.state) for (const panel of this.panels) panel.render(this.state);
      settle();
    });
    sizes.observe(this.element);
    this.leaving.signal.addEventListener("abort", () => sizes.disconnect());
  }

  /** Lets go of everything; the element is empty then. */
  dispose() {
    this.wish = null;
    this.leaving.abort();
    clearTimeout(this.naming);
    clearTimeout(this.trace.soon);
    this.element.replaceChildren();
  }

  listen(keys) {
    const { signal } = this.leaving;
    const actions = { ArrowLeft: "back", ArrowRight: "forward", Home: "first", End: "last", PageUp: "page-back", PageDown: "page-forward" };
    const plain = (event) => !event.ctrlKey && !event.altKey && !event.metaKey;
    keys.addEventListener("keydown", (event) => {
      if (!plain(event) || !actions[event.key]) return;
      event.preventDefault();
      this.move(event.shiftKey && event.key.startsWith("Arrow") ? `event-${actions[event.key]}` : actions[event.key]);
    }, { signal });
    // JupyterLab looks at keys before the view does, but leaves alone what has this mark.
    addEventListener("keydown", (event) => {
      const [target] = event.composedPath();
      const ours = plain(event) && (event.key in actions || OWN.has(event.key));
      if (this.element.contains(target)) target.toggleAttribute("data-lm-suppress-shortcuts", ours);
    }, { capture: true, signal });
    this.parts.scrubber.addEventListener("input", () => this.go(Number(this.parts.scrubber.value) - 1));
    if (this.hash) addEventListener("hashchange", () => {
      const asked = /^#step=(\d+)$/.exec(location.hash);
      if (asked && Number(asked[1]) - 1 !== this.index) this.go(Number(asked[1]) - 1);
    }, { signal });
    this._swipes();
  }

  _swipes() {
    const { signal } = this.leaving;
    let start = null;
    this.element.addEventListener("touchstart", (event) => {
      const alone = event.touches.length === 1 && !event.target.closest("input");
      start = alone ? [event.touches[0].clientX, event.touches[0].clientY] : null;
    }, { passive: true, signal });
    this.element.addEventListener("touchend", (event) => {
      if (!start) return;
      const [across, down] = [event.changedTouches[0].clientX - start[0], event.changedTouches[0].clientY - start[1]];
      start = null;
      if (Math.abs(across) >= SWIPE && Math.abs(across) > 2 * Math.abs(down)) this.move(across < 0 ? "forward" : "back");
    }, { passive: true, signal });
  }

  _build(level) {
    const { head } = this.trace;
    const part = (name, element) => (this.parts[name] = element);
    const buttons = BUTTONS.map(([action, sign, label, key]) =>
      part(action, h("button", { type: "button", "data-action": action, "aria-label": label, title: `${label} (${key})`,
        "aria-keyshortcuts": key, onclick: () => this.move(action) }, h("span", { "aria-hidden": "true" }, sign))));
    const scrubber = part("scrubber", h("input", { type: "range", min: 1, max: 1, value: 1, step: 1, "aria-label": "Step" }));
    const panels = PANELS.map(([name, label]) => {
      const title = `${this.id}-${name}`;
      const file = name === "source" ? part("source-file", h("span", { class: "file" })) : "";
      return h("section", { class: `panel ${name}`, "aria-labelledby": title },
        h("h2", { id: title, "aria-level": level + 1 }, label, " ", file),
        part(name, h("div", { class: "body", tabindex: 0, role: "group", "aria-labelledby": title })));
    });
    this.element.classList.add("ringside");
    this.element.classList.toggle("sourceless", !Object.keys(head.files).length);
    this.element.replaceChildren(
      h("header", {}, h("h1", { "aria-level": level }, head.title), head.command ? h("p", { class: "command" }, `$ ${head.command}`) : ""),
      h("nav", { "aria-label": "Steps" }, h("div", { class: "buttons" }, ...buttons),
        h("div", { class: "track" }, scrubber, part("marks", h("div", { class: "marks", "aria-hidden": "true" }))), part("count", h("span", { class: "count" }))),
      part("notice", h("p", { class: "notice", hidden: true })),
      h("section", { class: "now", "aria-label": "This step", tabindex: 0 }, part("now", h("div", { class: "body" }))),
      part("status", h("p", { class: "sr", role: "status", "aria-live": "polite", "aria-atomic": "true" })),
      h("div", { class: "panels" }, ...panels),
      h("footer", {}, "← → step · Shift+← → kernel events · PageUp PageDown 20 steps · Home End · swipe · click a line of code: its next run"));
  }

  /** What depends on how long the run is. */
  _measure() {
    const { parts, trace } = this;
    parts.scrubber.max = trace.total;
    parts.marks.replaceChildren(this._marks());
    this.element.classList.toggle("frameless", !trace.log.some(([, , kind]) => kind === "delivered"));
  }

  /** A word about the run as a whole: that it runs, or why it can't. */
  _say(text) {
    if (this.said === text) return;
    this.said = text;
    this.parts.notice.textContent = text;
    this.parts.notice.hidden = !text;
    this.element.classList.toggle("running", text === RUNNING);
    if (text) this.parts.status.textContent = text;
  }

  /** Where along the run the kernel did something. */
  _marks() {
    const places = new Set(this.trace.log.map(([index]) => Math.round((index / Math.max(1, this.trace.total - 1)) * MARKS)));
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `0 0 ${MARKS} 4`);
    svg.setAttribute("preserveAspectRatio", "none");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", [...places].map((place) => `M${place} 0V4`).join(""));
    path.setAttribute("vector-effect", "non-scaling-stroke");
    svg.append(path);
    return svg;
  }

  _show() {
    this.index = this.wanted;
    const state = this.trace.state(this.index);
    this.state = state;
    this.now.render(state);
    for (const panel of this.panels) panel.render(state);
    this._tell(state);
    settle();
    this.element.removeAttribute("aria-busy");
  }

  _count() {
    const { trace, parts, index } = this;
    parts.count.textContent = `${(index + 1).toLocaleString("en")} / ${trace.total.toLocaleString("en")}${this.open ? "+" : ""}`;
    parts.scrubber.value = index + 1;
  }

  _tell(state) {
    const { trace, parts, index } = this;
    const place = `Step ${index + 1} of ${trace.total}${this.open ? " so far" : ""}`;
    const told = effects(state, trace.head).filter(({ kind }) => kind !== "read").map(({ text }) => text);
    parts.status.textContent = [place, headline(state.line), ...told].join(". ");
    this._count();
    parts.scrubber.setAttribute("aria-valuetext", `${place}: ${headline(state.line)}`);
    for (const [names, end] of [[["first", "back", "event-back"], index === 0], [["last", "forward", "event-forward"], index === trace.total - 1 && !this.open]]) {
      for (const name of names) parts[name].setAttribute("aria-disabled", String(end)); // focus stays
    }
    if (this.hash) {
      clearTimeout(this.naming); // browsers ration how often the address may change
      this.naming = setTimeout(() => history.replaceState(null, "", `#step=${this.index + 1}`), 300);
    }
  }
}
