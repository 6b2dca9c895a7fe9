// Reads a GGUF header from its beginning, little endian, a window at a time. Every length is checked against the bytes that
// are left and against a bound before memory is taken for it. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import { GgufProblem } from './gguf-problem.ts';

/** Bytes that can be read at any place: a file, or memory in tests. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `offset`; both are inside `size`. */
  read(offset: number, length: number): Uint8Array;
}

/** Header bytes read at once: few reads for a real header (some MB), little memory for a small one. */
const WINDOW_BYTES = 262_144;
/** The largest header of a published model is about 20 MB (its vocabulary); beyond this the file is not a model. */
const MAX_HEADER_BYTES = 268_435_456;
/** The longest single text: chat templates and licences reach some hundred KB. */
const MAX_STRING_BYTES = 16_777_216;
const U32_RANGE = 2 ** 32;

export class GgufCursor {
  readonly #source: ByteSource;
  #window: DataView = new DataView(new ArrayBuffer(0));
  #windowStart = 0;
  #offset = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Bytes of the file behind the cursor. */
  get remaining(): number {
    return this.#source.size - this.#offset;
  }

  u8(): number {
    return this.#view(1).getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view(2).getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view(4).getUint32(this.#take(4), true);
  }

  f32(): number {
    return this.#view(4).getFloat32(this.#take(4), true);
  }

  f64(): number {
    return this.#view(8).getFloat64(this.#take(8), true);
  }

  /** 64 bits as a number: exact up to 2^53, beyond that only "very large". */
  u64(): number {
    const low = this.u32();
    return this.u32() * U32_RANGE + low;
  }

  /** A length-prefixed text; invalid UTF-8 becomes U+FFFD. */
  text(): string {
    return new TextDecoder().decode(this.#bytes(this.#stringLength()));
  }

  /** A length-prefixed text, one character per byte: exact for comparing, and fast. */
  rawText(): string {
    const bytes = this.#bytes(this.#stringLength());
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }

  skipText(): void {
    this.skip(this.#stringLength());
  }

  skip(length: number): void {
    this.#check(length);
    this.#offset += length;
  }

  #stringLength(): number {
    const length = this.u64();
    if (length > MAX_STRING_BYTES) throw new GgufProblem(`a text in its header claims ${length} bytes`);
    return length;
  }

  #bytes(length: number): Uint8Array {
    const view = this.#view(length);
    return new Uint8Array(view.buffer, view.byteOffset + this.#take(length), length);
  }

  /** The window, with `length` bytes from the cursor in it. */
  #view(length: number): DataView {
    this.#check(length);
    if (this.#offset - this.#windowStart + length > this.#window.byteLength) {
      const bytes = this.#source.read(this.#offset, Math.min(this.remaining, Math.max(length, WINDOW_BYTES)));
      this.#window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#windowStart = this.#offset;
    }
    return this.#window;
  }

  /** Moves on; returns where in the window the cursor was. */
  #take(length: number): number {
    const at = this.#offset - this.#windowStart;
    this.#offset += length;
    return at;
  }

  #check(length: number): void {
    if (length > this.remaining) throw new GgufProblem('it ends in the middle of its header');
    if (this.#offset + length > MAX_HEADER_BYTES)
      throw new GgufProblem(`its header is larger than ${MAX_HEADER_BYTES} bytes`);
  }
}
