// What happened at a line, in words.

const FLAGS = [[0x1, "CF"], [0x4, "PF"], [0x10, "AF"], [0x40, "ZF"], [0x80, "SF"], [0x100, "TF"], [0x400, "DF"], [0x800, "OF"]];

export const isEnd = (line) => "exit" in line;
export const isStep = (line) => "disassembly" in line;

/** How many instructions ran before a line, as --from, --deliver and a trace's first column count them. */
export const position = (line) => (isEnd(line) ? line.exit.position : line.position);

/** Hexadecimal, and for small negative numbers the signed value too. */
export function number(value, bits = 64) {
  const signed = BigInt.asIntN(bits, value);
  const hex = `0x${value.toString(16)}`;
  return signed < 0n && signed >= -65536n ? `${hex} (${signed})` : hex;
}

/** A register's value as it reads: flags by name. */
export function registerText(name, hex) {
  const value = BigInt(hex);
  if (name !== "rflags") return number(value);
  return FLAGS.filter(([bit]) => value & BigInt(bit)).map(([, flag]) => flag).join(" ") || "none";
}

/** A source line without indentation and remark, its operands one space apart. */
const squeezed = (text) => text.replace(/\/\/.*/, "").trim().replace(/\s+/g, " ");

function faultText(fault, exceptions) {
  const name = exceptions[fault.vector] ?? `interrupt ${fault.vector}`;
  return fault.vector === 14 ? `${name} at ${fault.address}` : name;
}

function accessText({ address, size, value, name }, between) {
  const shown = size <= 8 ? number(BigInt(value), 8 * size) : `${size} bytes`;
  return `${name ?? `[${address}]`}${between}${shown}`;
}

/** The end of the run as lines. */
function endLines(head) {
  return [
    ...head.results.map(([name, text]) => `${name} = ${text}`),
    ...head.output.map(([fd, text]) => `output on ${fd}: ${text}`),
    head.ending,
  ];
}

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
  for (const access of line.writes ?? []) found.push({ kind: "memory", text: accessText(access, " = ") });
  for (const access of line.reads ?? []) found.push({ kind: "read", text: `read ${accessText(access, ": ")}` });
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
