// The header of a GGUF file as data: what a check needs of it. Long arrays are counted, not kept.

export type GgufValue = string | number | boolean | GgufArray;

export type GgufArray = {
  count: number;
  /** Of a short array of numbers: its values. */
  numbers: readonly number[] | null;
  /** Of the token list: how many different texts it has. */
  distinct: number | null;
};

export type GgufTensor = {
  name: string;
  /** Elements per dimension, the contiguous one first. */
  shape: readonly number[];
  /** ggml's type number. */
  type: number;
  /** Bytes from the start of the tensor data. */
  offset: number;
};

export type GgufHeader = {
  version: number;
  metadata: ReadonlyMap<string, GgufValue>;
  tensors: readonly GgufTensor[];
  /** Where the tensor data begins, and what every tensor's start is a multiple of. */
  dataStart: number;
  alignment: number;
  fileBytes: number;
};

export function isGgufArray(value: GgufValue | undefined): value is GgufArray {
  return typeof value === 'object';
}
