import { Body, Rows, choices, current, h, keepInSight, lead, say } from "./dom.js";
import { isStep } from "./wording.js";

// The two listings: the source file, and machine code. A row that is code leads to the next time that it runs.

const MARGIN = 12; // rows that are to be there before and after the current one
const AROUND_SOURCE = 250; // rows that are there
const AROUND_CODE = 24;

/** A part of a long list of rows, around the current one; the part moves when it must. */
class Listing {
  constructor(panel, build, around) {
    Object.assign(this, { panel, around, list: null, from: 0, to: 0, row: null });
    this.rows = new Rows(h("ol", { class: "code" }), build);
    this.body = new Body(panel, this.rows.parent);
    choices(panel);
  }

  /** Shows `list` with its row `at` in sight, and as the current one if it ran. */
  show(list, at, ran) {
    const moved = list !== this.list || at - MARGIN < this.from && this.from > 0 || at + MARGIN >= this.to && this.to < list.length;
    if (moved) {
      this.list = list;
      this.from = Math.max(0, at - this.around);
      this.to = Math.min(list.length, at + this.around);
      this.rows.show(list.slice(this.from, this.to));
    }
    this.unmark();
    this.row = this.rows.element(at - this.from);
    if (ran) {
      this.row.classList.add("current");
      current(this.row, true);
    }
    keepInSight(this.panel, this.row);
  }

  unmark() {
    this.row?.classList.remove("current");
    if (this.row) current(this.row, false);
    this.row = null;
  }
}

const LEADS = "To the next time that it runs";

export class SourcePanel {
  constructor(panel, trace, go, title) {
    Object.assign(this, { trace, title, file: null, lines: new Map() });
    this.listing = new Listing(panel, () => this._row(go), AROUND_SOURCE);
  }

  render({ line, index }) {
    const source = line.source ?? line.exit?.source ?? null;
    this.index = index;
    if (!source) {
      this.listing.unmark();
      if (this.file === null) this.listing.body.has(false, "No source lines: see the machine code.");
      return;
    }
    if (this.file !== source.file) this._open(source.file);
    const at = this.lines.get(source.line);
    if (at !== undefined && this.listing.body.has(true)) this.listing.show(this.list, at, isStep(line));
  }

  _open(file) {
    this.file = file;
    say(this.title, file);
    this.list = this.trace.head.files[file] ?? [];
    this.lines = new Map(this.list.map(([line], place) => [line, place]));
  }

  _row(go) {
    const [number, code, remark] = [h("span", { class: "number", "aria-hidden": "true" }), h("span"), h("span", { class: "remark" })];
    const row = h("div", {}, number, h("span", { class: "text" }, code, remark));
    const update = ([line, text, isCode]) => {
      const [first, ...rest] = text.split(/(?=\/\/)/);
      say(number, String(line));
      say(code, first);
      say(remark, rest.join(""));
      const here = ({ source }) => source?.line === line && source.file === this.file;
      lead(row, isCode && (() => go(this.trace.find(this.index, here))), isCode && LEADS);
    };
    return { element: h("li", {}, row), update };
  }
}

/** Machine code around the current instruction. */
export class CodePanel {
  constructor(panel, trace, go) {
    this.trace = trace;
    this.listing = new Listing(panel, () => this._row(go), AROUND_CODE);
  }

  render({ line, index }) {
    this.index = index;
    if (this.code !== this.trace.head.code) this._open();
    this.own?.update(this.own.item); // code can be written while it runs: what ran is told by its line
    this.own = null;
    const at = this.places.get(line.address ?? line.exit?.address);
    const why = isStep(line) ? `${line.address}  ${line.disassembly}` : "Nothing runs here.";
    if (!this.listing.body.has(at !== undefined, why)) return;
    this.listing.show(this.list, at, isStep(line));
    const item = this.list[at];
    if (!isStep(line) || (item.bytes === line.bytes && item.text === line.disassembly)) return;
    this.own = { item, update: this.listing.rows.rows.get(at - this.listing.from).update };
    this.own.update({ ...item, bytes: line.bytes, text: line.disassembly });
  }

  _open() {
    this.code = this.trace.head.code;
    this.list = [];
    this.places = new Map();
    for (const [address, bytes, text] of this.code) {
      const symbol = this.trace.symbol(BigInt(address));
      this.places.set(address, this.list.length);
      this.list.push({ address, bytes, text, symbol: symbol.includes("+") ? "" : symbol });
    }
  }

  _row(go) {
    const [label, address, text, bytes] = ["label", "address", "text", "bytes"].map((name) => h("span", { class: name }));
    const row = h("div", {}, address, text, bytes);
    const update = (item) => {
      label.hidden = !item.symbol;
      say(label, item.symbol && `${item.symbol}:`);
      say(address, item.address.slice(2));
      say(text, item.text);
      say(bytes, item.bytes);
      const here = (line) => line.address === item.address;
      lead(row, () => go(this.trace.find(this.index, here)), LEADS);
    };
    return { element: h("li", {}, label, row), update };
  }
}
