// What each panel shows of a state. Text goes in as text nodes only: a guest decides about much of it.

/** An element; attributes that are null or false are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

const MASK = (1n << 64n) - 1n;
const FLAGS = [[0x1, "CF"], [0x4, "PF"], [0x10, "AF"], [0x40, "ZF"], [0x80, "SF"], [0x100, "TF"], [0x400, "DF"], [0x800, "OF"]];
const ORDER = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rflags fs_base gs_base".split(" ");
const BASES = new Set(["fs_base", "gs_base"]);
const STACK_BELOW = 4; // words under the stack pointer
const STACK_ABOVE = 24;
const AROUND = 12; // instructions shown before and after the current one
const LOG_BEFORE = 80;
const LOG_AFTER = 12;
const LONGEST_FILE = 1200; // lines that stay in the page; of a longer one, those around the current line
const WIDE = 48; // digits of a field that is no number

/** Hexadecimal, and for small negative numbers the signed value too. */
function number(value, bits = 64) {
  const signed = BigInt.asIntN(bits, value);
  const hex = `0x${value.toString(16)}`;
  return signed < 0n && signed >= -65536n ? `${hex} (${signed})` : hex;
}

/** A register's value as it reads: flags by name. */
function registerText(name, hex) {
  const value = BigInt(hex);
  if (name !== "rflags") return number(value);
  return FLAGS.filter(([bit]) => value & BigInt(bit)).map(([, flag]) => flag).join(" ") || "none";
}

/** Whether ranges of [address, size] touch these bytes. */
const touches = (ranges, address, size) => ranges.some(([start, length]) => start < address + size && address < start + length);

const accesses = (list) => (list ?? []).map(({ address, size }) => [Number(address), size]);

/** A source line without its indentation, its operands one space apart. */
const squeezed = (text) => text.trim().replace(/\s+/g, " ");

function faultText(fault, exceptions) {
  const name = exceptions[fault.vector] ?? `interrupt ${fault.vector}`;
  return fault.vector === 14 ? `${name} at ${fault.address}` : name;
}

/** The end of the run as lines. */
function endLines(head) {
  return [
    ...head.results.map(([name, text]) => `${name} = ${text}`),
    ...head.output.map(([fd, text]) => `output on ${fd}: ${text}`),
    head.ending,
  ];
}

const isEnd = (line) => "exit" in line;
const isStep = (line) => "disassembly" in line;

/** What happened at a line, in words: for the summary, and for who listens to it. */
export function effects(state, head) {
  const { line } = state;
  if (isEnd(line)) return endLines(head).map((text) => ({ kind: "end", text }));
  const found = [];
  const byKernel = [];
  for (const [name, { old, kernel }] of state.changed) {
    const text = `${name} ${registerText(name, old)} → ${registerText(name, state.registers.get(name))}`;
    (kernel ? byKernel : found).push({ kind: kernel ? "kernel" : "register", text });
  }
  for (const { address, size, value, name } of line.writes ?? []) {
    const shown = size <= 8 ? number(BigInt(value), 8 * size) : `${size} bytes`;
    found.push({ kind: "memory", text: `${name ?? `[${address}]`} = ${shown}` });
  }
  for (const { address, size, value, name } of line.reads ?? []) {
    const shown = size <= 8 ? number(BigInt(value), 8 * size) : `${size} bytes`;
    found.push({ kind: "read", text: `read ${name ?? `[${address}]`}: ${shown}` });
  }
  if (line.fault) found.push({ kind: "fault", text: faultText(line.fault, head.exceptions) });
  for (const text of state.notes) found.push({ kind: "note", text });
  for (const event of line.events ?? []) found.push({ kind: "event", text: event.text });
  return [...found, ...byKernel];
}

/** The headline of a line: what ran. */
export function headline(line) {
  if (isEnd(line)) return "The end";
  if (!isStep(line)) return "Between two instructions";
  return line.source ? squeezed(line.source.text) : line.disassembly || "(no instruction)";
}

const LABELS = {
  register: "register", kernel: "by the kernel", memory: "memory", read: "", fault: "fault", note: "why", event: "kernel", end: "",
};

/** The summary: the instruction, large, and what it did. */
export function renderNow(panel, state, trace) {
  const { line } = state;
  const place = isStep(line)
    ? [trace.symbol(BigInt(line.address)), line.address, line.bytes.replace(/../g, "$& ").trim()].filter(Boolean).join(" · ")
    : "";
  const list = effects(state, trace.head).map(({ kind, text }) =>
    h("li", { class: `effect ${kind}` }, LABELS[kind] ? h("span", { class: "tag" }, LABELS[kind]) : "", h("span", {}, text)));
  panel.replaceChildren(
    h("p", { class: "headline" }, headline(line)),
    h("p", { class: "place" }, place || " "),
    h("ul", { class: "effects" }, ...(list.length ? list : [h("li", { class: "effect none" }, "No register or memory changes.")])));
}

const unsettled = new Map(); // panel -> the row that is to be in sight

/** The panel, and the panel alone, is to scroll so that a row is in sight. */
function keepInSight(panel, row) {
  if (row) unsettled.set(panel, row);
}

/** Scrolls what asked for it: all is measured before anything moves, so that the page is laid out once. */
export function settle() {
  const moves = [];
  for (const [panel, row] of unsettled) {
    const height = panel.clientHeight;
    const top = row.getBoundingClientRect().top - panel.getBoundingClientRect().top + panel.scrollTop;
    const margin = Math.min(60, height / 4);
    const seen = top >= panel.scrollTop + margin && top + row.offsetHeight <= panel.scrollTop + height - margin;
    if (!seen && panel.scrollHeight > height) moves.push([panel, top - height / 2 + row.offsetHeight / 2]);
  }
  unsettled.clear();
  for (const [panel, top] of moves) panel.scrollTop = top;
}

/** The source file, with the current line marked. Built anew when another file, or another part, is due. */
export class SourcePanel {
  constructor(panel, title, head) {
    Object.assign(this, { panel, title, head, file: null, rows: new Map(), current: null });
  }

  render(line) {
    const source = line.source ?? line.exit?.source ?? null;
    this.current?.classList.remove("current");
    this.current?.removeAttribute("aria-current");
    this.current = null;
    if (!source) {
      if (this.file === null) this.panel.replaceChildren(h("p", { class: "empty" }, "No source lines: see the machine code."));
      return;
    }
    if (this.file !== source.file || !this.rows.has(source.line)) this._build(source);
    this.current = this.rows.get(source.line) ?? null;
    if (this.current && isStep(line)) {
      this.current.classList.add("current");
      this.current.setAttribute("aria-current", "step");
    }
    keepInSight(this.panel, this.current);
  }

  _build({ file, line }) {
    this.file = file;
    this.title.textContent = file;
    let lines = this.head.files[file] ?? [];
    if (lines.length > LONGEST_FILE) {
      const at = lines.findIndex(([found]) => found >= line);
      lines = lines.slice(Math.max(0, at - LONGEST_FILE / 2), at + LONGEST_FILE / 2);
    }
    this.rows = new Map(lines.map(([found, text]) => {
      const [code, ...remark] = text.split(/(?=\/\/)/);
      const content = h("span", { class: "text" }, code, remark.length ? h("span", { class: "remark" }, remark.join("")) : "");
      return [found, h("li", {}, h("span", { class: "number", "aria-hidden": "true" }, String(found)), content)];
    }));
    this.panel.replaceChildren(h("ol", { class: "code" }, ...this.rows.values()));
  }
}

/** Machine code around the current instruction. */
export class CodePanel {
  constructor(panel, trace) {
    this.panel = panel;
    this.trace = trace;
    this.code = trace.head.code;
    this.index = new Map(this.code.map(([address], index) => [address, index]));
  }

  render(line) {
    const address = line.address ?? line.exit?.address;
    const at = this.index.get(address);
    if (at === undefined) {
      const text = isStep(line) ? `${line.address}  ${line.disassembly}` : "Nothing runs here.";
      this.panel.replaceChildren(h("p", { class: "empty" }, text));
      return;
    }
    const rows = [];
    for (let i = Math.max(0, at - AROUND); i <= Math.min(this.code.length - 1, at + AROUND); i++) {
      const [where, bytes, text] = this.code[i];
      const symbol = this.trace.symbol(BigInt(where));
      if (symbol && !symbol.includes("+")) rows.push(h("li", { class: "symbol" }, `${symbol}:`));
      const own = i === at && isStep(line);
      // What ran is told by its line: code can be written while it runs.
      const shown = own ? [line.bytes, line.disassembly] : [bytes, text];
      rows.push(h("li", { class: own ? "current" : null, "aria-current": own ? "step" : null },
        h("span", { class: "address" }, where.slice(2)), h("span", { class: "text" }, shown[1]), h("span", { class: "bytes" }, shown[0])));
    }
    this.panel.replaceChildren(h("ol", { class: "code" }, ...rows));
    keepInSight(this.panel, this.panel.querySelector(".current"));
  }
}

/** Registers, those that changed with their old value. */
export function renderRegisters(panel, state, trace) {
  const rows = [];
  for (const name of ORDER) {
    const value = state.registers.get(name);
    const change = state.changed.get(name);
    if (value === undefined || (BASES.has(name) && value === "0x0" && !change)) continue;
    const symbol = name === "rflags" ? "" : trace.symbol(BigInt(value));
    const classes = ["value", change ? "changed" : "", value === "0x0" ? "zero" : ""].join(" ").trim();
    rows.push(h("div", { class: change ? "register changed" : "register" },
      h("dt", {}, name),
      h("dd", { class: classes },
        registerText(name, value),
        symbol ? h("span", { class: "symbol" }, ` ${symbol}`) : "",
        change ? h("span", { class: "old" }, h("span", { class: "sr" }, ", "), `was ${registerText(name, change.old)}`) : "")));
  }
  panel.replaceChildren(h("dl", { class: "registers" }, ...rows));
  keepInSight(panel, panel.querySelector(".register.changed"));
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

/** The words around the stack pointer. */
export function renderStack(panel, state, trace) {
  const pointer = BigInt(state.registers.get("rsp") ?? "0x0") & MASK;
  const base = BigInt(state.registers.get("rbp") ?? "0x0");
  if (pointer >= 1n << 52n || pointer < 64n) {
    panel.replaceChildren(h("p", { class: "empty" }, `RSP is ${number(pointer)}: no stack is there.`));
    return;
  }
  const top = Number(pointer - (pointer % 8n));
  const read = accesses(state.line.reads);
  const rows = [];
  for (let address = top - 8 * STACK_BELOW; address < top + 8 * STACK_ABOVE; address += 8) {
    const value = state.words.value(address);
    if (value === null && address < top) continue;
    const parts = value === null ? [state.words.value(address, 4), state.words.value(address + 4, 4)] : [];
    const halves = parts.filter((part) => part !== null).map((part) => number(part, 32));
    const text = value !== null ? number(value) : halves.join(" · ") || "?";
    const name = fieldsAt(state.frames, address) || state.names[`0x${address.toString(16)}`] || "";
    const points = value === null ? "" : trace.symbol(value);
    const marks = [address === top ? "rsp" : "", BigInt(address) === base ? "rbp" : ""].filter(Boolean).join(" ");
    const classes = [
      address < top ? "below" : "", address === top ? "top" : "",
      touches(state.written, address, 8) ? "changed" : "", touches(read, address, 8) ? "read" : "",
    ].filter(Boolean).join(" ");
    rows.push(h("tr", { class: classes || null },
      h("td", { class: "mark" }, marks ? `${marks} →` : ""),
      h("th", { scope: "row" }, address.toString(16)),
      h("td", { class: "value" }, text, points ? h("span", { class: "symbol" }, ` ${points}`) : ""),
      h("td", { class: "name" }, name)));
  }
  const header = h("thead", {}, h("tr", {},
    ...["", "address", "value", "name"].map((text) => h("th", { scope: "col" }, text || h("span", { class: "sr" }, "pointer")))));
  panel.replaceChildren(h("table", { class: "stack" }, header, h("tbody", {}, ...rows)));
}

/** A field's value now, and as the kernel wrote it where that is another. */
function fieldCells(field, state, trace) {
  const address = Number(field.address);
  if (!field.written) return ["not written", ""];
  if (field.size > 8) {
    const digits = field.value.slice(2);
    return [/^0*$/.test(digits) ? `${field.size} zero bytes` : digits.length > WIDE ? `${field.value.slice(0, WIDE)}…` : field.value, ""];
  }
  const first = BigInt(field.value);
  const value = state.words.value(address, field.size) ?? first;
  const was = value !== first ? `was ${number(first, 8 * field.size)}` : "";
  return [number(value, 8 * field.size), was || (field.size === 8 ? trace.symbol(value) : "")];
}

/** The frames of handlers that run now, field by field. */
export function renderFrames(panel, state, trace) {
  const read = accesses(state.line.reads);
  if (!state.frames.length) {
    panel.replaceChildren(h("p", { class: "empty" }, "No handler runs: there is no signal frame on the stack."));
    return;
  }
  const arrived = (state.line.events ?? []).some((event) => event.kind === "delivered");
  const tables = [...state.frames].reverse().map((frame, index) => {
    const start = Number(frame.frame[0]?.address ?? "0x0");
    const rows = frame.frame.map((field) => {
      const address = Number(field.address);
      const [value, remark] = fieldCells(field, state, trace);
      const written = !(arrived && index === 0) && touches(state.written, address, field.size);
      const classes = [
        written ? "changed" : "", touches(read, address, field.size) ? "read" : "",
        !field.written || /^0x0+$/.test(field.value) ? "zero" : "",
      ].filter(Boolean).join(" ");
      return h("tr", { class: classes || null },
        h("th", { scope: "row" }, field.name),
        h("td", { class: "value" }, value, remark ? h("span", { class: "symbol" }, ` ${remark}`) : ""),
        h("td", { class: "offset" }, `+${(address - start).toString(16)}`));
    });
    return h("table", { class: "frame" },
      h("caption", {}, `${frame.name}, at ${frame.frame[0]?.address ?? "?"}${frame.alternate_stack ? ", on the alternate stack" : ""}`),
      h("tbody", {}, ...rows));
  });
  panel.replaceChildren(...tables);
  keepInSight(panel, panel.querySelector("tr.changed, tr.read"));
}

/** What the kernel did so far, and a little of what it will do; each entry leads to its line. */
export function renderLog(panel, state, trace, go) {
  let low = 0;
  let high = trace.log.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (trace.log[middle][0] <= state.index) low = middle + 1;
    else high = middle;
  }
  if (!trace.log.length) {
    panel.replaceChildren(h("p", { class: "empty" }, "The kernel has nothing to do in this run."));
    return;
  }
  const first = Math.max(0, low - LOG_BEFORE);
  const entries = trace.log.slice(first, low + LOG_AFTER).map(([index, kind, text], offset) => {
    const future = first + offset >= low;
    const own = index === state.index;
    return h("li", { class: [future ? "future" : "", own ? "current" : "", kind.replace(" ", "-")].join(" ").trim() },
      h("button", { type: "button", onclick: () => go(index), "aria-current": own ? "step" : null },
        h("span", { class: "number" }, String(index + 1)), h("span", { class: "text" }, text)));
  });
  const focused = panel.contains(document.activeElement) ? document.activeElement.firstChild.textContent : null;
  panel.replaceChildren(h("ol", { class: "log" }, ...entries));
  if (focused) [...panel.querySelectorAll("button")].find((button) => button.firstChild.textContent === focused)?.focus({ preventScroll: true });
  keepInSight(panel, panel.querySelector("li.current") ?? entries[low - first - 1] ?? null);
}
