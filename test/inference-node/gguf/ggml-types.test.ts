import { afterAll, beforeAll, expect, test } from 'vitest';
import { GGML_TYPES } from '../../../inference-node/gguf/ggml-types.ts';
import { loadLlama } from '../../../inference-node/llama-cpp/load-llama.ts';

type SizeOf = (type: number) => number | undefined;
type Bindings = { getBlockSizeForGgmlType: SizeOf; getTypeSizeForGgmlType: SizeOf };

let llama: Awaited<ReturnType<typeof loadLlama>>;
beforeAll(async () => {
  llama = await loadLlama(false, () => undefined);
});
afterAll(() => llama.dispose());

test('the sizes of tensor types are those of the llama.cpp in use', () => {
  const bindings = Reflect.get(llama, '_bindings') as Bindings;
  const real = Object.keys(GGML_TYPES).map((type) => [
    type,
    {
      blockElements: bindings.getBlockSizeForGgmlType(Number(type)),
      blockBytes: bindings.getTypeSizeForGgmlType(Number(type)),
    },
  ]);
  expect(GGML_TYPES).toEqual(Object.fromEntries(real));
});
