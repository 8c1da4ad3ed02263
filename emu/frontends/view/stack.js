import { Body, Rows, h, mark, say } from "./dom.js";
import { accesses, touches } from "./state.js";
import { number } from "./wording.js";

// The words around the stack pointer.

const MASK = (1n << 64n) - 1n;
const BELOW = 4; // words under the stack pointer
const ABOVE = 24;
const LOW = 6; // digits of an address that are shown where there is little room
const COLUMNS = ["", "address", "value", "name"];

export class StackPanel {
  constructor(panel, trace) {
    this.trace = trace;
    const header = COLUMNS.map((text) => h("th", { scope: "col" }, text || h("span", { class: "sr" }, "pointer")));
    this.rows = new Rows(h("tbody"), wordRow);
    this.body = new Body(panel, h("table", { class: "stack" }, h("thead", {}, h("tr", {}, ...header)), this.rows.parent));
  }

  render(state) {
    const pointer = BigInt(state.registers.get("rsp") ?? "0x0") & MASK;
    const there = pointer < 1n << 52n && pointer >= 64n;
    if (!this.body.has(there, `RSP is ${number(pointer)}: no stack is there.`)) return;
    this.rows.show(this._words(state, Number(pointer - (pointer % 8n))), ({ address }) => address);
  }

  _words(state, top) {
    const base = BigInt(state.registers.get("rbp") ?? "0x0");
    const read = accesses(state.line.reads);
    const found = [];
    for (let address = top - 8 * BELOW; address < top + 8 * ABOVE; address += 8) {
      const value = state.words.value(address);
      if (value === null && address < top) continue;
      found.push({
        address,
        text: value === null ? halves(state.words, address) : number(value),
        symbol: value === null ? "" : this.trace.symbol(value),
        name: fieldsAt(state.frames, address) || state.names[`0x${address.toString(16)}`] || "",
        pointers: [address === top && "rsp", BigInt(address) === base && "rbp"].filter(Boolean).join(" "),
        below: address < top,
        top: address === top,
        changed: touches(state.written, address, 8),
        read: touches(read, address, 8),
      });
    }
    return found;
  }
}

/** A word of which one half is known, if any. */
function halves(words, address) {
  const known = [words.value(address, 4), words.value(address + 4, 4)].filter((part) => part !== null);
  return known.map((part) => number(part, 32)).join(" · ") || "?";
}

/** Names of the frame fields that a word holds, of the newest frame that has it. */
function fieldsAt(frames, address) {
  for (const frame of [...frames].reverse()) {
    const names = frame.frame
      .filter((field) => Number(field.address) < address + 8 && address < Number(field.address) + field.size)
      .map((field) => field.name + (address > Number(field.address) ? `+${address - Number(field.address)}` : ""));
    if (names.length) return names.join(", ");
  }
  return "";
}

function wordRow() {
  const [value, symbol] = [h("span"), h("span", { class: "symbol" })];
  const pointers = h("td", { class: "mark" });
  const [high, low] = [h("span", { class: "high" }), h("span")];
  const name = h("td", { class: "name" });
  const element = h("tr", {}, pointers, h("th", { scope: "row" }, high, low), h("td", { class: "value" }, value, symbol), name);
  const update = (word) => {
    mark(element, word.below && "below", word.top && "top", word.changed && "changed", word.read && "read");
    say(pointers, word.pointers && `${word.pointers} →`);
    const digits = word.address.toString(16);
    say(high, digits.slice(0, -LOW));
    say(low, digits.slice(-LOW));
    say(value, word.text);
    say(symbol, word.symbol && ` ${word.symbol}`);
    say(name, word.name);
  };
  return { element, update };
}
