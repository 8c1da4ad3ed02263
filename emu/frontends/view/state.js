// The state of a run at one of its lines: registers, and of each process the memory that is known and the frames.

const WORD = 8;

/** Little-endian bytes of a hexadecimal number. */
function bytesOf(hex, size) {
  const digits = hex.slice(2).padStart(2 * size, "0");
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[size - 1 - i] = parseInt(digits.substr(2 * i, 2), 16);
  return bytes;
}

/** Whether ranges of [address, size] touch these bytes. */
export const touches = (ranges, address, size) => ranges.some(([start, length]) => start < address + size && address < start + length);

/** A line's reads or writes as such ranges. */
export const accesses = (list) => (list ?? []).map(({ address, size }) => [Number(address), size]);

/** Bytes of a string of digits, in order. */
const rawBytes = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** What is known of memory: words of eight bytes, each with a mask behind it. */
export class Words {
  constructor() {
    this.words = new Map();
  }

  store(address, bytes, mask) {
    for (let i = 0; i < bytes.length; i++) {
      if (mask && !mask[i]) continue;
      const at = address + i;
      const offset = at % WORD;
      let word = this.words.get(at - offset);
      if (!word) this.words.set(at - offset, (word = new Uint8Array(2 * WORD)));
      word[offset] = bytes[i];
      word[WORD + offset] = 255;
    }
  }

  /** The same, to be changed apart. */
  copy() {
    const made = new Words();
    for (const [at, word] of this.words) made.words.set(at, word.slice());
    return made;
  }

  /** An unsigned BigInt, or null where a byte isn't known. */
  value(address, size = WORD) {
    let found = 0n;
    for (let i = size - 1; i >= 0; i--) {
      const at = address + i;
      const word = this.words.get(at - (at % WORD));
      if (!word || !word[WORD + (at % WORD)]) return null;
      found = (found << 8n) | BigInt(word[at % WORD]);
    }
    return found;
  }
}

/** The state after a line: `registers`, `words` and `frames` of the process that runs, what the line `changed` and
 * where it was `written`. */
export class State {
  constructor(index, { registers, process, processes, names }) {
    Object.assign(this, { index, process, names, processes: new Map(), registers: new Map(Object.entries(registers)) });
    for (const { pid, shares, words, frames } of processes) {
      const own = { words: this.processes.get(shares)?.words ?? new Words(), frames };
      this.processes.set(pid, own);
      for (const [address, bytes, mask] of words) own.words.store(Number(address), rawBytes(bytes), rawBytes(mask));
    }
  }

  get words() {
    return this.processes.get(this.process).words;
  }

  get frames() {
    return this.processes.get(this.process).frames;
  }

  /** A line happens, and `after` it what the kernel does before the next. */
  apply(line, after = {}) {
    this.changed = new Map();
    this.written = [];
    this.process = line.process ?? this.process;
    for (const [name, [old, value]] of Object.entries(line.registers ?? {})) {
      this.registers.set(name, value);
      this.changed.set(name, { old, kernel: false });
    }
    for (const { address, size, value } of [...(line.reads ?? []), ...(line.writes ?? [])]) {
      this.words.store(Number(address), bytesOf(value, size));
    }
    for (const { address, size } of line.writes ?? []) this.written.push([Number(address), size]);
    for (const event of line.events ?? []) this._event(event);
    for (const [address, bytes] of after.memory ?? []) {
      this.words.store(Number(address), rawBytes(bytes));
      this.written.push([Number(address), bytes.length / 2]);
    }
    for (const [name, value] of Object.entries(after.registers ?? {})) {
      const old = this.changed.get(name)?.old ?? this.registers.get(name);
      this.registers.set(name, value);
      this.changed.set(name, { old, kernel: true });
    }
  }

  _event(event) {
    const known = this.processes.get(this.process);
    if (event.kind === "delivered") {
      known.frames = [...known.frames, event].slice(-4);
      for (const { address, size, value } of event.frame) known.words.store(Number(address), bytesOf(value, size));
    } else if (event.kind === "sigreturn" && event.frame.length) {
      const read = BigInt(event.frame[0].address); // on Linux behind the frame's start: RET took pretcode
      known.frames = known.frames.filter(({ frame }) => !(BigInt(frame[0].address) <= read && read <= BigInt(frame.at(-1).address)));
    } else if (event.kind === "process created") {
      const { words, frames } = this.processes.get(event.parent);
      this.processes.set(event.pid, { words: event.shares_memory ? words : words.copy(), frames });
    } else if (event.kind === "process switched") {
      this.process = event.new;
      this.written = []; // the other's
    }
  }
}
