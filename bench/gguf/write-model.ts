// Writes a model of random weights in a true shape as a GGUF file (v3): head, metadata, the list of tensors, then their data
// in the same order, every tensor at a multiple of 32 bytes.
import { open, type FileHandle } from 'node:fs/promises';
import { bertKeys, bertTensors } from './bert-model.ts';
import { byteVocabulary } from './byte-vocabulary.ts';
import { encodeGgufString, encodeGgufValue, encodeU32, encodeU64, type GgufValue } from './gguf-value.ts';
import { llamaKeys, llamaTensors } from './llama-model.ts';
import type { ModelShape } from './model-shapes.ts';
import { phi2Keys, phi2Tensors } from './phi2-model.ts';
import { RandomBytes } from './random-bytes.ts';
import { TENSOR_TYPES, tensorBytes, tensorChunks, type Tensor } from './tensor-data.ts';
import { wordPieceVocabulary } from './word-piece-vocabulary.ts';

const GGUF_VERSION = 3;
/** The format's default for `general.alignment`. */
const ALIGNMENT = 32;
/** "Mostly Q4_0", as shown to people. */
const FILE_TYPE_Q4_0 = 2;

const FAMILIES = {
  llama: { keys: llamaKeys, tensors: llamaTensors, vocabulary: byteVocabulary },
  phi2: { keys: phi2Keys, tensors: phi2Tensors, vocabulary: byteVocabulary },
  bert: { keys: bertKeys, tensors: bertTensors, vocabulary: wordPieceVocabulary },
} as const;

/** Writes the file; resolves to its size in bytes. */
export async function writeModel(name: string, shape: ModelShape, path: string): Promise<number> {
  const tensors = FAMILIES[shape.architecture].tensors(shape);
  await using file = await open(path, 'w');
  await file.write(alignUp(encodeHead(metadata(name, shape), tensors)));
  const random = new RandomBytes();
  for (const tensor of tensors) await writeTensor(file, tensor, random);
  return (await file.stat()).size;
}

function metadata(name: string, shape: ModelShape): [string, GgufValue][] {
  return [
    ['general.architecture', { type: 'string', value: shape.architecture }],
    ['general.name', { type: 'string', value: `${name}, random weights` }],
    ['general.file_type', { type: 'u32', value: FILE_TYPE_Q4_0 }],
    ['general.quantization_version', { type: 'u32', value: 2 }],
    ...FAMILIES[shape.architecture].keys(shape),
    ...FAMILIES[shape.architecture].vocabulary(shape.vocabulary),
  ];
}

function encodeHead(keys: readonly [string, GgufValue][], tensors: readonly Tensor[]): Buffer {
  const parts = [Buffer.from('GGUF'), encodeU32(GGUF_VERSION), encodeU64(tensors.length), encodeU64(keys.length)];
  for (const [key, value] of keys) parts.push(encodeGgufString(key), encodeGgufValue(value));
  let offset = 0;
  for (const tensor of tensors) {
    parts.push(encodeGgufString(tensor.name), encodeU32(tensor.shape.length), ...tensor.shape.map(encodeU64));
    parts.push(encodeU32(TENSOR_TYPES[tensor.type].id), encodeU64(offset));
    offset += aligned(tensorBytes(tensor));
  }
  return Buffer.concat(parts);
}

async function writeTensor(file: FileHandle, tensor: Tensor, random: RandomBytes): Promise<void> {
  for (const chunk of tensorChunks(tensor, random)) await file.write(chunk);
  const size = tensorBytes(tensor);
  if (aligned(size) > size) await file.write(Buffer.alloc(aligned(size) - size));
}

function alignUp(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);
}

function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}
