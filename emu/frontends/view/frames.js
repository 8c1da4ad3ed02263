import { Body, Rows, h, keepInSight, mark, say } from "./dom.js";
import { accesses, touches } from "./state.js";
import { number } from "./wording.js";

// The frames of handlers that run now, the newest first, field by field.

const WIDE = 48; // digits of a field that is no number

export class FramesPanel {
  constructor(panel, trace) {
    Object.assign(this, { panel, trace });
    this.frames = new Rows(h("div"), frameTable);
    this.body = new Body(panel, this.frames.parent);
  }

  render(state) {
    const sentence = "No handler runs: there is no signal frame on the stack.";
    if (!this.body.has(state.frames.length > 0, sentence)) return;
    const read = accesses(state.line.reads);
    const arrived = (state.line.events ?? []).some((event) => event.kind === "delivered");
    const newest = state.frames.length - 1;
    const items = state.frames.map((frame, index) => ({
      frame,
      fields: frame.frame.map((field) => this._field(field, frame, state, read, arrived && index === newest)),
    }));
    this.frames.show(items.reverse());
    keepInSight(this.panel, this.panel.querySelector("tr.changed, tr.read"));
  }

  _field(field, frame, state, read, fresh) {
    const address = Number(field.address);
    const [value, remark] = this._value(field, address, state);
    return {
      name: field.name,
      value,
      remark,
      offset: address - Number(frame.frame[0].address),
      changed: !fresh && touches(state.written, address, field.size),
      read: touches(read, address, field.size),
      zero: !field.written || /^0x0+$/.test(field.value),
    };
  }

  /** A field's value now, and as the kernel wrote it where that is another. */
  _value(field, address, state) {
    if (!field.written) return ["not written", ""];
    if (field.size > 8) {
      const digits = field.value.slice(2);
      return [/^0*$/.test(digits) ? `${field.size} zero bytes` : digits.length > WIDE ? `${field.value.slice(0, WIDE)}…` : field.value, ""];
    }
    const first = BigInt(field.value);
    const value = state.words.value(address, field.size) ?? first;
    const was = value !== first ? `was ${number(first, 8 * field.size)}` : "";
    return [number(value, 8 * field.size), was || (field.size === 8 ? this.trace.symbol(value) : "")];
  }
}

function frameTable() {
  const caption = h("caption");
  const rows = new Rows(h("tbody"), fieldRow);
  const update = ({ frame, fields }) => {
    say(caption, `${frame.name}, at ${frame.frame[0]?.address ?? "?"}${frame.alternate_stack ? ", on the alternate stack" : ""}`);
    rows.show(fields);
  };
  return { element: h("table", { class: "frame" }, caption, rows.parent), update };
}

function fieldRow() {
  const [value, remark] = [h("span"), h("span", { class: "symbol" })];
  const [name, offset] = [h("th", { scope: "row" }), h("td", { class: "offset" })];
  const element = h("tr", {}, name, h("td", { class: "value" }, value, remark), offset);
  const update = (field) => {
    mark(element, field.changed && "changed", field.read && "read", field.zero && "zero");
    say(name, field.name);
    say(value, field.value);
    say(remark, field.remark && ` ${field.remark}`);
    say(offset, `+${field.offset.toString(16)}`);
  };
  return { element, update };
}
