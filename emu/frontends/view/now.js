import { Rows, h, mark, say } from "./dom.js";
import { effects, headline, isStep } from "./wording.js";

// The summary: the instruction, large, and what it did.

const LABELS = {
  register: "register", kernel: "by the kernel", memory: "memory", read: "", fault: "fault", note: "why", event: "kernel", end: "", none: "",
};

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
    const place = isStep(line)
      ? [this.trace.symbol(BigInt(line.address)), line.address, line.bytes.replace(/../g, "$& ").trim()].filter(Boolean).join(" · ")
      : "";
    say(this.headline, headline(line));
    say(this.place, place || " ");
    const found = effects(state, this.trace.head);
    this.effects.show(found.length ? found : [{ kind: "none", text: "No register or memory changes." }]);
  }
}

function effectRow() {
  const [tag, words] = [h("span", { class: "tag" }), h("span")];
  const element = h("li", {}, tag, words);
  const update = ({ kind, text }) => {
    mark(element, "effect", kind);
    tag.hidden = !LABELS[kind];
    say(tag, LABELS[kind]);
    say(words, text);
  };
  return { element, update };
}
