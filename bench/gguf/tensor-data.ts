// The bytes of a random tensor, chunk by chunk: a 1B model is never in memory as a whole. Random bits with the right scale per
// block give weights of a chosen standard deviation, which is all that timing needs.
import { encodeHalfFloat } from './half-float.ts';
import type { RandomBytes } from './random-bytes.ts';

export type TensorType = 'f32' | 'q4_0' | 'q8_0';

/** Bytes and elements of one block, the format's type number, and the deviation of random values before scaling. */
export const TENSOR_TYPES = {
  f32: { id: 0, blockBytes: 4, blockElements: 1 },
  q4_0: { id: 2, blockBytes: 18, blockElements: 32, deviation: 4.61 },
  q8_0: { id: 8, blockBytes: 34, blockElements: 32, deviation: 73.9 },
} as const satisfies Record<TensorType, object>;

export type Tensor = {
  name: string;
  /** Input features first (contiguous), as GGUF writes them. */
  shape: readonly number[];
} & (
  | { type: 'f32'; fill: number }
  /** `std`: standard deviation of the weights. */
  | { type: 'q4_0' | 'q8_0'; std: number }
);

/** Written at once: large enough for the disk, small enough for the cache of nobody else. */
const CHUNK_BYTES = 8 * 1024 * 1024;

export function tensorBytes({ type, shape }: Tensor): number {
  const { blockBytes, blockElements } = TENSOR_TYPES[type];
  const elements = shape.reduce((product, size) => product * size, 1);
  if ((shape[0] ?? 0) % blockElements !== 0) throw new RangeError(`a row of ${shape[0]} is not whole ${type} blocks`);
  return (elements / blockElements) * blockBytes;
}

/** Yields the tensor's bytes; a chunk is valid until the next one is asked for. */
export function* tensorChunks(tensor: Tensor, random: RandomBytes): Generator<Buffer> {
  const total = tensorBytes(tensor);
  const { blockBytes } = TENSOR_TYPES[tensor.type];
  const chunk = Buffer.alloc(Math.min(total, CHUNK_BYTES - (CHUNK_BYTES % blockBytes)));
  for (let written = 0; written < total; written += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, total - written));
    if (tensor.type === 'f32') fillFloats(part, tensor.fill);
    else fillBlocks(part, random, blockBytes, tensor.std / TENSOR_TYPES[tensor.type].deviation);
    yield part;
  }
}

function fillFloats(bytes: Buffer, value: number): void {
  for (let at = 0; at < bytes.length; at += 4) bytes.writeFloatLE(value, at);
}

/** A block is its scale as a half float, then the quantised values. */
function fillBlocks(bytes: Buffer, random: RandomBytes, blockBytes: number, scale: number): void {
  random.fill(bytes);
  const half = encodeHalfFloat(scale);
  for (let at = 0; at < bytes.length; at += blockBytes) bytes.writeUInt16LE(half, at);
}
