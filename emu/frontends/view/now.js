import { Rows, h, mark, say } from "./dom.js";
import { effects, headline, isStep, position } from "./wording.js";

// The summary: the instruction, large, and what it did.

const LABELS = { kernel: "by the kernel", fault: "fault", note: "why", event: "kernel" }; // the others speak for themselves

export class NowPanel {
  constructor(panel, trace) {
    this.trace = trace;
    this.headline = h("p", { class: "headline" });
    this.place = h("p", { class: "place" });
    const list = h("ul", { class: "effects" });
    this.effects = new Rows(list, effectRow);
    panel.replaceChildren(this.headline, this.place, list);
  }

  render(state) {
    const { line } = state;
    say(this.headline, headline(line));
    say(this.place, this._place(line));
    const found = effects(state, this.trace.head);
    if (!found.length) found.push({ kind: "none", text: "No register or memory changes." });
    this.effects.show(found.map(({ kind, text }, place) => ({ kind, text, label: found[place - 1]?.kind === kind ? "" : LABELS[kind] ?? "" })));
  }

  /** Its position; where an instruction lies, its bytes, and, if it isn't the first, which process or thread runs it. */
  _place(line) {
    const at = `position ${position(line)}`;
    if (!isStep(line)) return at;
    const { address, bytes, process, thread } = line;
    const parts = [at, this.trace.symbol(BigInt(address)), address, bytes.replace(/../g, "$& ").trim()];
    const { head } = this.trace;
    if (process !== head.process) parts.push(`process ${process}`);
    if (thread !== head.thread && thread !== process) parts.push(`thread ${thread}`);
    return parts.filter(Boolean).join(" · ");
  }
}

function effectRow() {
  const [tag, words] = [h("span", { class: "tag" }), h("span")];
  const element = h("li", {}, tag, words);
  const update = ({ kind, text, label }) => {
    mark(element, "effect", kind);
    tag.hidden = !label;
    say(tag, label);
    say(words, text);
  };
  return { element, update };
}
