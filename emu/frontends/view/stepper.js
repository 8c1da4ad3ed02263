import { Trace } from "./trace.js";
import { CodePanel, SourcePanel, effects, h, headline, renderFrames, renderLog, renderNow, renderRegisters, renderStack, settle } from "./panels.js";

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
  ["source", "Source"], ["code", "Machine code"], ["registers", "Registers"],
  ["stack", "Stack"], ["frames", "Signal frames"], ["log", "Kernel"],
];
let mounted = 0;

/** Shows a run in an element; `keys` is what listens for keys (the element itself, or the document), `hash`
 * whether the address names the step. Resolves to the view: {trace, index, go(index), move(action)}. */
export async function mount(element, source, { keys = element, hash = false } = {}) {
  const trace = new Trace(source);
  await trace.open();
  const view = new Stepper(element, trace, hash);
  view.listen(keys);
  const asked = hash ? Number(/^#step=(\d+)$/.exec(location.hash)?.[1] ?? 1) - 1 : 0;
  await view.go(asked);
  return view;
}

class Stepper {
  constructor(element, trace, hash) {
    Object.assign(this, { element, trace, hash, index: 0, wanted: 0, parts: {}, id: `ringside-${++mounted}` });
    this._build();
    this.source = new SourcePanel(this.parts.source, this.parts["source-file"], trace.head);
    this.code = new CodePanel(this.parts.code, trace);
  }

  /** Shows a line; at once, if it is loaded. The last one asked for wins. */
  go(index) {
    this.wanted = Math.max(0, Math.min(this.trace.total - 1, Math.trunc(index) || 0));
    const ready = this.trace.ready(this.wanted);
    if (ready === true) return this._show();
    this.element.setAttribute("aria-busy", "true");
    const asked = this.wanted;
    return ready.then(() => (asked === this.wanted ? this._show() : undefined));
  }

  /** An action by the name of its button. */
  move(action) {
    const { wanted, trace } = this;
    const to = {
      first: 0, last: trace.total - 1, back: wanted - 1, forward: wanted + 1, "page-back": wanted - PAGE, "page-forward": wanted + PAGE,
    }[action];
    return this.go(to ?? trace.event(wanted, action === "event-forward"));
  }

  listen(keys) {
    const actions = { ArrowLeft: "back", ArrowRight: "forward", Home: "first", End: "last", PageUp: "page-back", PageDown: "page-forward" };
    keys.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || !actions[event.key]) return;
      event.preventDefault();
      this.move(event.shiftKey && event.key.startsWith("Arrow") ? `event-${actions[event.key]}` : actions[event.key]);
    });
    this.parts.scrubber.addEventListener("input", () => this.go(Number(this.parts.scrubber.value) - 1));
    if (this.hash) addEventListener("hashchange", () => {
      const asked = /^#step=(\d+)$/.exec(location.hash);
      if (asked && Number(asked[1]) - 1 !== this.index) this.go(Number(asked[1]) - 1);
    });
    this._swipes();
  }

  _swipes() {
    let start = null;
    this.element.addEventListener("touchstart", (event) => {
      const alone = event.touches.length === 1 && !event.target.closest("input");
      start = alone ? [event.touches[0].clientX, event.touches[0].clientY] : null;
    }, { passive: true });
    this.element.addEventListener("touchend", (event) => {
      if (!start) return;
      const [across, down] = [event.changedTouches[0].clientX - start[0], event.changedTouches[0].clientY - start[1]];
      start = null;
      if (Math.abs(across) >= SWIPE && Math.abs(across) > 2 * Math.abs(down)) this.move(across < 0 ? "forward" : "back");
    }, { passive: true });
  }

  _build() {
    const { head } = this.trace;
    const part = (name, element) => (this.parts[name] = element);
    const buttons = BUTTONS.map(([action, sign, label, key]) =>
      part(action, h("button", { type: "button", "data-action": action, "aria-label": label, title: `${label} (${key})`,
        "aria-keyshortcuts": key, onclick: () => this.move(action) }, h("span", { "aria-hidden": "true" }, sign))));
    const scrubber = part("scrubber", h("input", { type: "range", min: 1, max: this.trace.total, value: 1, step: 1, "aria-label": "Step" }));
    const panels = PANELS.map(([name, label]) => {
      const title = `${this.id}-${name}`;
      const file = name === "source" ? part("source-file", h("span", { class: "file" })) : "";
      return h("section", { class: `panel ${name}`, "aria-labelledby": title },
        h("h2", { id: title }, label, " ", file),
        part(name, h("div", { class: "body", tabindex: 0, role: "group", "aria-labelledby": title })));
    });
    this.element.classList.add("ringside");
    this.element.classList.toggle("frameless", !this.trace.log.some(([, kind]) => kind === "delivered"));
    this.element.replaceChildren(
      h("header", {}, h("h1", {}, head.title), h("p", { class: "command" }, `$ ${head.command}`)),
      h("nav", { "aria-label": "Steps" }, h("div", { class: "buttons" }, ...buttons),
        h("div", { class: "track" }, scrubber, this._marks()), part("count", h("span", { class: "count" }))),
      h("section", { class: "now", "aria-label": "This step", tabindex: 0 }, part("now", h("div", { class: "body" }))),
      part("status", h("p", { class: "sr", role: "status", "aria-live": "polite", "aria-atomic": "true" })),
      h("div", { class: "panels" }, ...panels),
      h("footer", {}, "← → step · Shift+← → kernel events · PageUp PageDown 20 steps · Home End · swipe"));
  }

  /** Where along the run the kernel did something. */
  _marks() {
    const places = new Set(this.trace.log.map(([index]) => Math.round((index / Math.max(1, this.trace.total - 1)) * MARKS)));
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `0 0 ${MARKS} 4`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", [...places].map((place) => `M${place} 0V4`).join(""));
    path.setAttribute("vector-effect", "non-scaling-stroke");
    svg.append(path);
    return svg;
  }

  _show() {
    const { trace, parts } = this;
    this.index = this.wanted;
    const state = trace.state(this.index);
    this.state = state;
    renderNow(parts.now, state, trace);
    this.source.render(state.line);
    this.code.render(state.line);
    renderRegisters(parts.registers, state, trace);
    renderStack(parts.stack, state, trace);
    renderFrames(parts.frames, state, trace);
    renderLog(parts.log, state, trace, (index) => this.go(index));
    this._tell(state);
    settle();
    this.element.removeAttribute("aria-busy");
  }

  _tell(state) {
    const { trace, parts, index } = this;
    const place = `Step ${index + 1} of ${trace.total}`;
    const told = effects(state, trace.head).filter(({ kind }) => kind !== "read").map(({ text }) => text);
    parts.status.textContent = [place, headline(state.line), ...told].join(". ");
    parts.count.textContent = `${(index + 1).toLocaleString("en")} / ${trace.total.toLocaleString("en")}`;
    parts.scrubber.value = index + 1;
    parts.scrubber.setAttribute("aria-valuetext", `${place}: ${headline(state.line)}`);
    for (const [names, end] of [[["first", "back", "event-back"], index === 0], [["last", "forward", "event-forward"], index === trace.total - 1]]) {
      for (const name of names) parts[name].setAttribute("aria-disabled", String(end)); // focus stays
    }
    if (this.hash) {
      clearTimeout(this.naming); // browsers ration how often the address may change
      this.naming = setTimeout(() => history.replaceState(null, "", `#step=${this.index + 1}`), 300);
    }
  }
}
