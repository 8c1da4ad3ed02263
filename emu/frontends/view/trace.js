import { State } from "./state.js";

// A recorded run: its lines in packed chunks, and the state at any line, rebuilt from the chunk's checkpoint.
// A source is {head, log, chunk(number)}: emu/frontends/view_data.py says what is in them.

const KEPT = 8; // chunks in memory
const REST = 100; // milliseconds in a chunk before its neighbours are loaded: who scrubs is gone by then

/** Base64, gzip, UTF-8: text. Pieces go straight through the decoder: blobs and responses would each wait for a task. */
async function unpack(letters) {
  const gunzip = new DecompressionStream("gzip");
  const writer = gunzip.writable.getWriter();
  const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
  const written = Promise.all([writer.write(bytes), writer.close()]);
  const decoder = new TextDecoder();
  let text = "";
  for (const reader = gunzip.readable.getReader(); ; ) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await written;
  return text + decoder.decode();
}

/** A chunk: its checkpoint, and its lines, parsed when they are asked for. */
class Chunk {
  constructor(text) {
    const [checkpoint, ...lines] = text.split("\n");
    Object.assign(this, { checkpoint: JSON.parse(checkpoint), lines });
  }

  line(place) {
    const line = this.lines[place];
    return typeof line === "string" ? (this.lines[place] = JSON.parse(line)) : line;
  }
}

/** The run. `ready(index)` loads what `state(index)` needs, which is then answered at once. */
export class Trace {
  constructor(source) {
    this.source = source;
    this.head = source.head;
    this.total = this.head.total;
    this.log = [];
    this.chunks = new Map(); // number -> chunk or the promise of one; the newest last
    this.symbols = this.head.symbols.map(([address, size, name]) => ({ address: BigInt(address), size: BigInt(size), name }));
  }

  async open() {
    this.log = JSON.parse(await unpack(this.source.log));
  }

  /** The source has grown: its head and its log are new, and so are its chunks from number `first` on. */
  async grow(first) {
    for (const number of [...this.chunks.keys()]) if (number >= first) this.chunks.delete(number);
    this.around = null;
    const log = JSON.parse(await unpack(this.source.log));
    Object.assign(this, { head: this.source.head, total: this.source.head.total, log });
  }

  /** True if the line's state can be told now; else a promise of it. Loads the neighbours when there is time. */
  ready(index) {
    const number = Math.floor(index / this.head.size);
    const found = this._load(number);
    if (this.around !== number) {
      this.around = number;
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this._neighbours(number), REST);
    }
    return found instanceof Promise ? found : true;
  }

  _neighbours(number) {
    const last = Math.floor((this.total - 1) / this.head.size);
    if (number < last) this._load(number + 1);
    if (number > 0) this._load(number - 1);
  }

  _load(number) {
    const known = this.chunks.get(number);
    if (known) {
      this.chunks.delete(number); // to the end: used last
      this.chunks.set(number, known);
      return known;
    }
    const loading = Promise.resolve(this.source.chunk(number)).then(unpack).then((text) => {
      const chunk = new Chunk(text);
      if (this.chunks.get(number) === loading) this.chunks.set(number, chunk);
      return chunk;
    });
    this.chunks.set(number, loading);
    for (const oldest of this.chunks.keys()) {
      if (this.chunks.size <= KEPT) break;
      this.chunks.delete(oldest);
    }
    return loading;
  }

  /** The state after a line whose chunk is there. */
  state(index) {
    const number = Math.floor(index / this.head.size);
    const chunk = this.chunks.get(number);
    const { checkpoint } = chunk;
    const state = new State(index, checkpoint);
    const last = index % this.head.size;
    for (let i = 0; i <= last; i++) {
      state.apply(chunk.line(i), checkpoint.after[i]);
    }
    state.line = chunk.line(last);
    state.notes = checkpoint.notes[last] ?? [];
    return state;
  }

  /** `notok+5` for an address inside a symbol, else "". */
  symbol(value) {
    let low = 0;
    let high = this.symbols.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.symbols[middle].address <= value) low = middle + 1;
      else high = middle;
    }
    const found = this.symbols[low - 1];
    if (!found || value >= found.address + found.size) return "";
    const offset = value - found.address;
    return offset ? `${found.name}+${offset}` : found.name;
  }

  /** The index of the next line after `index` that `matches`, round the run's end if need be; null if none does. */
  async find(index, matches) {
    const { size } = this.head;
    const count = Math.ceil(this.total / size);
    const first = Math.floor((index + 1) / size);
    for (let passed = 0; passed <= count; passed++) {
      const number = (first + passed) % count;
      const chunk = await this._load(number);
      for (let i = passed ? 0 : (index + 1) % size; i < chunk.lines.length; i++) if (matches(chunk.line(i))) return number * size + i;
    }
    return null;
  }

  /** The number of the log's first entry behind a line. */
  entry(index) {
    let low = 0;
    let high = this.log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.log[middle][0] <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The index of the next line with a kernel event after `index`, or before it; the run's end, if there is none. */
  event(index, forwards) {
    return forwards ? (this.log[this.entry(index)]?.[0] ?? this.total - 1) : (this.log[this.entry(index - 1) - 1]?.[0] ?? 0);
  }
}
