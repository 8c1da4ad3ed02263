import { Rows, h, keepInSight, mark, say } from "./dom.js";
import { registerText } from "./wording.js";

// Registers, those that changed with their old value.

const ORDER = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rflags fs_base gs_base".split(" ");
const BASES = new Set(["fs_base", "gs_base"]);

export class RegistersPanel {
  constructor(panel, trace) {
    Object.assign(this, { panel, trace });
    this.rows = new Rows(h("dl", { class: "registers" }), registerRow);
    panel.replaceChildren(this.rows.parent);
  }

  render({ registers, changed }) {
    const shown = ORDER.filter((name) => registers.has(name) && !(BASES.has(name) && registers.get(name) === "0x0" && !changed.has(name)));
    const items = shown.map((name) => {
      const value = registers.get(name);
      return { name, value, symbol: name === "rflags" ? "" : this.trace.symbol(BigInt(value)), change: changed.get(name) };
    });
    this.rows.show(items, ({ name }) => name);
    keepInSight(this.panel, this.rows.element(shown.find((name) => changed.has(name))));
  }
}

function registerRow() {
  const [value, symbol, was] = [h("span"), h("span", { class: "symbol" }), h("span")];
  const old = h("span", { class: "old", hidden: true }, h("span", { class: "sr" }, ", "), was);
  const [term, content] = [h("dt"), h("dd", {}, value, symbol, old)];
  const element = h("div", {}, term, content);
  const update = (item) => {
    const { change } = item;
    mark(element, "register", change && "changed");
    mark(content, "value", change && "changed", item.value === "0x0" && "zero");
    say(term, item.name);
    say(value, registerText(item.name, item.value));
    say(symbol, item.symbol && ` ${item.symbol.replace("+", "\u200b+")}`); // a narrow column breaks before the offset
    old.hidden = !change;
    say(was, change ? `was ${registerText(item.name, change.old)}` : "");
  };
  return { element, update };
}
