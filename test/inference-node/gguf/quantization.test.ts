import { GgufFileType } from 'node-llama-cpp';
import { expect, test } from 'vitest';
import { quantizationOf } from '../../../inference-node/gguf/quantization.ts';

/** In llama.cpp's list, and in no file that can still be loaded. */
const GONE = /^(Q4_1_SOME_F16|Q4_2|Q4_3|Q4_0_\d_\d)$/;
/** In newer formats that no published model has yet. */
const UNKNOWN = new Set(['Q1_0', 'Q2_0']);

test('names of quantisations are those of the llama.cpp in use', () => {
  const types = Object.entries(GgufFileType).filter(([, number]) => typeof number === 'number');
  expect(types.length).toBeGreaterThan(30);
  for (const [name, number] of types) {
    const short = name.replace(/^(MOSTLY|ALL)_/, '');
    const metadata = new Map([['general.file_type', number as number]]);
    const found = quantizationOf({ version: 3, metadata, tensors: [], dataStart: 0, alignment: 32, fileBytes: 0 });
    expect(found, short).toBe(GONE.test(short) || UNKNOWN.has(short) ? null : short);
  }
});
