import { Body, Rows, choices, current, h, keepInSight, lead, mark, say } from "./dom.js";

// What the kernel did so far, and a little of what it will do; each entry leads to its line.

const BEFORE = 40; // entries
const AFTER = 12;

export class LogPanel {
  constructor(panel, trace, go) {
    Object.assign(this, { panel, trace });
    this.rows = new Rows(h("ol", { class: "log" }), () => entryRow(go));
    this.body = new Body(panel, this.rows.parent);
    choices(panel);
  }

  render({ index }) {
    const { log } = this.trace;
    const idle = this.trace.head.ending === null ? "The kernel has done nothing so far." : "The kernel has nothing to do in this run.";
    if (!this.body.has(log.length > 0, idle)) return;
    const next = this.trace.entry(index);
    const first = Math.max(0, next - BEFORE);
    const items = log.slice(first, next + AFTER).map(([at, position, kind, text], offset) => {
      const place = first + offset;
      return { place, at, position, kind, text, future: place >= next, own: at === index };
    });
    this.rows.show(items, ({ place }) => place);
    const own = items.find((item) => item.own) ?? items[next - first - 1];
    keepInSight(this.panel, this.rows.element(own?.place));
  }
}

function entryRow(go) {
  const [number, text] = [h("span", { class: "number", title: "position" }), h("span", { class: "text" })];
  const row = h("div", {}, number, text);
  const element = h("li", {}, row);
  const update = (item) => {
    mark(element, item.future && "future", item.own && "current", item.kind.replace(" ", "-"));
    current(row, item.own);
    lead(row, () => go(item.at));
    say(number, String(item.position));
    say(text, item.text);
  };
  return { element, update };
}
