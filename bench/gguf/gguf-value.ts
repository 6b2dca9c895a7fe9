// One metadata value of a GGUF file (v3, little endian) and its bytes. Only the types that a model of ours needs.

export type GgufValue =
  | { type: 'u32'; value: number }
  | { type: 'f32'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string }
  | { type: 'strings'; value: readonly string[] }
  | { type: 'i32s'; value: readonly number[] }
  | { type: 'f32s'; value: readonly number[] };

/** The format's own numbers for value types. */
const TYPE_ID = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;

/** Type id and value, as they stand behind a key. */
export function encodeGgufValue(value: GgufValue): Buffer {
  switch (value.type) {
    case 'u32':
      return Buffer.concat([encodeU32(TYPE_ID.u32), encodeU32(value.value)]);
    case 'f32':
      return Buffer.concat([encodeU32(TYPE_ID.f32), encodeF32s([value.value])]);
    case 'bool':
      return Buffer.concat([encodeU32(TYPE_ID.bool), Buffer.from([value.value ? 1 : 0])]);
    case 'string':
      return Buffer.concat([encodeU32(TYPE_ID.string), encodeGgufString(value.value)]);
    case 'strings':
      return Buffer.concat([arrayHead(TYPE_ID.string, value.value.length), ...value.value.map(encodeGgufString)]);
    case 'i32s':
      return Buffer.concat([
        arrayHead(TYPE_ID.i32, value.value.length),
        Buffer.from(Int32Array.from(value.value).buffer),
      ]);
    case 'f32s':
      return Buffer.concat([arrayHead(TYPE_ID.f32, value.value.length), encodeF32s(value.value)]);
  }
}

export function encodeU32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function encodeU64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** Byte length, then UTF-8 without a NUL. */
export function encodeGgufString(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([encodeU64(bytes.length), bytes]);
}

function arrayHead(elementType: number, count: number): Buffer {
  return Buffer.concat([encodeU32(TYPE_ID.array), encodeU32(elementType), encodeU64(count)]);
}

function encodeF32s(values: readonly number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}
