// The shapes that the benchmarks know: a true 1B and 3B LLaMA, a true Phi-2, and tiny ones for tests, an encoder among them.

export type ModelShape = {
  architecture: 'llama' | 'phi2' | 'bert';
  /** Embedding width, layers, attention heads, key/value heads (Phi-2: as many as heads), width inside the MLP. */
  width: number;
  blocks: number;
  heads: number;
  keyValueHeads: number;
  feedForward: number;
  vocabulary: number;
  /** Tokens. */
  contextLength: number;
  /** How many dimensions of a head are rotated. */
  rotated: number;
};

export const MODEL_SHAPES = {
  /** Llama 3.2 1B: 146 tensors, output tied to the embedding. */
  'llama-1b': {
    architecture: 'llama',
    width: 2048,
    blocks: 16,
    heads: 32,
    keyValueHeads: 8,
    feedForward: 8192,
    vocabulary: 128_256,
    contextLength: 131_072,
    rotated: 64,
  },
  /** Llama 3.2 3B: output tied to the embedding. */
  'llama-3b': {
    architecture: 'llama',
    width: 3072,
    blocks: 28,
    heads: 24,
    keyValueHeads: 8,
    feedForward: 8192,
    vocabulary: 128_256,
    contextLength: 131_072,
    rotated: 128,
  },
  'phi-2': {
    architecture: 'phi2',
    width: 2560,
    blocks: 32,
    heads: 32,
    keyValueHeads: 32,
    feedForward: 10_240,
    vocabulary: 51_200,
    contextLength: 2048,
    rotated: 32,
  },
  'llama-tiny': {
    architecture: 'llama',
    width: 64,
    blocks: 2,
    heads: 4,
    keyValueHeads: 2,
    feedForward: 192,
    vocabulary: 320,
    contextLength: 1024,
    rotated: 16,
  },
  'phi-2-tiny': {
    architecture: 'phi2',
    width: 64,
    blocks: 2,
    heads: 4,
    keyValueHeads: 4,
    feedForward: 256,
    vocabulary: 320,
    contextLength: 1024,
    rotated: 8,
  },
  'bert-tiny': {
    architecture: 'bert',
    width: 64,
    blocks: 2,
    heads: 4,
    keyValueHeads: 4,
    feedForward: 128,
    vocabulary: 256,
    contextLength: 128,
    rotated: 0,
  },
} as const satisfies Record<string, ModelShape>;

export type ModelShapeName = keyof typeof MODEL_SHAPES;

export function isModelShapeName(name: string | undefined): name is ModelShapeName {
  return name !== undefined && Object.hasOwn(MODEL_SHAPES, name);
}
