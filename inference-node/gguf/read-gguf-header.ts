// Reads the header of a GGUF file, versions 2 and 3. Throws a `GgufProblem` for anything that cannot be a header; reads no
// tensor data.
import { GgufCursor, type ByteSource } from './gguf-cursor.ts';
import type { GgufArray, GgufHeader, GgufTensor, GgufValue } from './gguf-header.ts';
import { GgufProblem } from './gguf-problem.ts';

const MAGIC = 0x46554747; // "GGUF"
const VERSIONS: readonly number[] = [2, 3];
/** A version-3 file in big endian shows its version like this. */
const BIG_ENDIAN_VERSION = 0x03000000;
/** Real files have some dozens of keys, and at most a few thousand tensors. */
const MAX_KEYS = 65_536;
const MAX_TENSORS = 1_048_576;
/** The largest vocabularies have 262,144 tokens and twice as many merges. */
const MAX_ARRAY_TEXTS = 8_388_608;
/** Arrays of one number per layer are kept; anything longer is only counted. */
const MAX_KEPT_NUMBERS = 1024;
const MAX_DIMENSIONS = 4;
const DEFAULT_ALIGNMENT = 32;
const MAX_ALIGNMENT = 1_048_576;
/** The least that a key and a tensor can take in the file, in bytes. */
const MIN_KEY_BYTES = 13;
const MIN_TENSOR_BYTES = 24;

const TYPE_STRING = 8;
const TYPE_ARRAY = 9;
/** Readers and sizes of GGUF's scalar types by number. Signed integers of 64 bits are read as unsigned: none is needed. */
const SCALARS: Readonly<Record<number, { bytes: number; read: (cursor: GgufCursor) => number | boolean }>> = {
  0: { bytes: 1, read: (cursor) => cursor.u8() },
  1: { bytes: 1, read: (cursor) => (cursor.u8() << 24) >> 24 },
  2: { bytes: 2, read: (cursor) => cursor.u16() },
  3: { bytes: 2, read: (cursor) => (cursor.u16() << 16) >> 16 },
  4: { bytes: 4, read: (cursor) => cursor.u32() },
  5: { bytes: 4, read: (cursor) => cursor.u32() | 0 },
  6: { bytes: 4, read: (cursor) => cursor.f32() },
  7: { bytes: 1, read: (cursor) => cursor.u8() !== 0 },
  10: { bytes: 8, read: (cursor) => cursor.u64() },
  11: { bytes: 8, read: (cursor) => cursor.u64() },
  12: { bytes: 8, read: (cursor) => cursor.f64() },
};

/** The key whose texts must all differ. */
const TOKENS_KEY = 'tokenizer.ggml.tokens';

export function readGgufHeader(source: ByteSource): GgufHeader {
  const cursor = new GgufCursor(source);
  const version = readVersion(cursor);
  const tensorCount = cursor.u64();
  const keyCount = cursor.u64();
  refuseCount('tensors', tensorCount, MAX_TENSORS, MIN_TENSOR_BYTES, cursor);
  refuseCount('keys', keyCount, MAX_KEYS, MIN_KEY_BYTES, cursor);
  const metadata = new Map<string, GgufValue>();
  for (let index = 0; index < keyCount; index++) {
    const key = cursor.text();
    if (metadata.has(key)) throw new GgufProblem(`its header has the key ${shown(key)} twice`);
    metadata.set(key, readValue(cursor, key));
  }
  const tensors = Array.from({ length: tensorCount }, () => readTensor(cursor));
  const alignment = alignmentOf(metadata);
  const dataStart = Math.ceil(cursor.offset / alignment) * alignment;
  return { version, metadata, tensors, dataStart, alignment, fileBytes: source.size };
}

function readVersion(cursor: GgufCursor): number {
  if (cursor.remaining < 8 || cursor.u32() !== MAGIC) throw new GgufProblem('it does not begin as a GGUF file does');
  const version = cursor.u32();
  if (version === BIG_ENDIAN_VERSION) throw new GgufProblem('it is a GGUF file for big-endian machines');
  if (!VERSIONS.includes(version))
    throw new GgufProblem(`it has GGUF version ${version}, and only 2 and 3 can be loaded`);
  return version;
}

function readValue(cursor: GgufCursor, key: string): GgufValue {
  const type = cursor.u32();
  if (type === TYPE_STRING) return cursor.text();
  if (type === TYPE_ARRAY) return readArray(cursor, key);
  const scalar = SCALARS[type];
  if (scalar === undefined) throw new GgufProblem(`its key ${shown(key)} has the unknown type ${type}`);
  return scalar.read(cursor);
}

function readArray(cursor: GgufCursor, key: string): GgufArray {
  const type = cursor.u32();
  const count = cursor.u64();
  if (type === TYPE_STRING) return readTexts(cursor, key, count);
  const scalar = SCALARS[type];
  if (scalar === undefined) throw new GgufProblem(`its list ${shown(key)} has elements of the unknown type ${type}`);
  refuseCount(`elements of ${shown(key)}`, count, Number.MAX_SAFE_INTEGER, scalar.bytes, cursor);
  if (count > MAX_KEPT_NUMBERS) {
    cursor.skip(count * scalar.bytes);
    return { count, numbers: null, distinct: null };
  }
  return { count, numbers: Array.from({ length: count }, () => Number(scalar.read(cursor))), distinct: null };
}

function readTexts(cursor: GgufCursor, key: string, count: number): GgufArray {
  refuseCount(`elements of ${shown(key)}`, count, MAX_ARRAY_TEXTS, 8, cursor);
  if (key !== TOKENS_KEY) {
    for (let index = 0; index < count; index++) cursor.skipText();
    return { count, numbers: null, distinct: null };
  }
  const texts = new Set<string>();
  for (let index = 0; index < count; index++) texts.add(cursor.rawText());
  return { count, numbers: null, distinct: texts.size };
}

function readTensor(cursor: GgufCursor): GgufTensor {
  const name = cursor.text();
  const dimensions = cursor.u32();
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    throw new GgufProblem(`its tensor ${shown(name)} has ${dimensions} dimensions`);
  }
  const shape = Array.from({ length: dimensions }, () => cursor.u64());
  return { name, shape, type: cursor.u32(), offset: cursor.u64() };
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>): number {
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (typeof alignment !== 'number' || !Number.isInteger(Math.log2(alignment)) || alignment > MAX_ALIGNMENT) {
    throw new GgufProblem('its alignment is not a power of two');
  }
  return alignment;
}

function refuseCount(what: string, count: number, max: number, bytesEach: number, cursor: GgufCursor): void {
  if (count > max || count * bytesEach > cursor.remaining) {
    throw new GgufProblem(`its header claims ${count} ${what}, more than the file can hold`);
  }
}

/** A name from a file that may be hostile, fit for a sentence. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 64));
}
