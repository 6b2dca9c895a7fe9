// Writes small GGUF files for tests: exactly what is asked for, right or wrong.

export type TestValue = { type: number; value: string | number | readonly string[] | readonly number[] };
export type TestTensor = { name: string; shape: number[]; type?: number; offset?: number };

const STRING = 8;
const ARRAY = 9;
const U32 = 4;

export const text = (value: string): TestValue => ({ type: STRING, value });
export const u32 = (value: number): TestValue => ({ type: U32, value });
export const texts = (value: readonly string[]): TestValue => ({ type: ARRAY, value });
export const u32s = (value: readonly number[]): TestValue => ({ type: ARRAY, value });

export class ByteWriter {
  #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  u32(value: number): this {
    this.#bytes.push(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255);
    return this;
  }

  u64(value: number): this {
    return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    this.u64(bytes.length);
    this.#bytes.push(...bytes);
    return this;
  }

  value({ type, value }: TestValue): this {
    this.u32(type);
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.u32(value);
    this.u32(typeof value[0] === 'number' ? U32 : STRING).u64(value.length);
    for (const item of value) {
      if (typeof item === 'number') this.u32(item);
      else this.text(item);
    }
    return this;
  }

  pad(multiple: number): this {
    while (this.#bytes.length % multiple !== 0) this.#bytes.push(0);
    return this;
  }

  bytes(extra = 0): Uint8Array {
    const all = new Uint8Array(this.#bytes.length + extra);
    all.set(this.#bytes);
    return all;
  }
}

/** A header that is right: one block of a llama, F32 tensors of 32 elements (128 bytes) each. */
export function soundMetadata(): Record<string, TestValue> {
  return {
    'general.architecture': text('llama'),
    'llama.context_length': u32(64),
    'llama.block_count': u32(1),
    'llama.feed_forward_length': u32(32),
    'llama.attention.head_count': u32(1),
    'tokenizer.ggml.tokens': texts(['a', 'b', 'c']),
  };
}

export function soundTensors(): TestTensor[] {
  return [
    { name: 'token_embd.weight', shape: [32], offset: 0 },
    { name: 'blk.0.attn_q.weight', shape: [32], offset: 128 },
  ];
}

/** `dataBytes`: how much tensor data follows. */
export function ggufBytes(
  metadata: Record<string, TestValue> = soundMetadata(),
  tensors: TestTensor[] = soundTensors(),
  dataBytes = 256,
): Uint8Array {
  const entries = Object.entries(metadata);
  const writer = new ByteWriter().u32(0x46554747).u32(3).u64(tensors.length).u64(entries.length);
  for (const [key, value] of entries) writer.text(key).value(value);
  for (const { name, shape, type = 0, offset = 0 } of tensors) {
    writer.text(name).u32(shape.length);
    for (const size of shape) writer.u64(size);
    writer.u32(type).u64(offset);
  }
  return writer.pad(32).bytes(dataBytes);
}
