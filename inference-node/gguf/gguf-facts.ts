// What a GGUF header says of its model, in the words of its maker. A key that is absent, or of a type that it should not have,
// is null: only what decides whether the file can be loaded is checked elsewhere (check-gguf-header.ts).
import { isGgufArray, type GgufHeader, type GgufValue } from './gguf-header.ts';
import { quantizationOf } from './quantization.ts';

export type GgufFacts = {
  architecture: string;
  /** `general.name`; null when the file has none. */
  name: string | null;
  /** Layers. */
  blocks: number;
  /** Of attention, and of its keys and values; of a model whose layers differ, the most. */
  heads: number | null;
  keyValueHeads: number | null;
  embeddingLength: number | null;
  /** Tokens that the model was trained for; null when the file does not say. */
  contextLength: number | null;
  vocabulary: number;
  /** For example `Q4_K_M`. */
  quantization: string | null;
  /** Jinja. */
  chatTemplate: string | null;
  /** Another one, for chats with tools. */
  toolTemplate: string | null;
  fileBytes: number;
};

/** Reads the facts off a header that was checked. */
export function readGgufFacts(header: GgufHeader): GgufFacts {
  const { metadata, fileBytes } = header;
  const architecture = textOf(metadata.get('general.architecture')) ?? '';
  const of = (key: string): GgufValue | undefined => metadata.get(`${architecture}.${key}`);
  const tokens = metadata.get('tokenizer.ggml.tokens');
  const heads = largestOf(of('attention.head_count'));
  return {
    architecture,
    name: textOf(metadata.get('general.name')),
    blocks: Number(of('block_count')),
    heads,
    // llama.cpp takes the one for the other.
    keyValueHeads: largestOf(of('attention.head_count_kv')) ?? heads,
    embeddingLength: largestOf(of('embedding_length')),
    contextLength: largestOf(of('context_length')),
    vocabulary: isGgufArray(tokens) ? tokens.count : 0,
    quantization: quantizationOf(header),
    chatTemplate: templateOf(metadata.get('tokenizer.chat_template')),
    toolTemplate: templateOf(metadata.get('tokenizer.chat_template.tool_use')),
    fileBytes,
  };
}

function textOf(value: GgufValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function templateOf(value: GgufValue | undefined): string | null {
  const template = textOf(value);
  return template === null || template.trim() === '' ? null : template;
}

function largestOf(value: GgufValue | undefined): number | null {
  if (typeof value === 'number') return value;
  if (!isGgufArray(value) || value.numbers === null || value.count === 0) return null;
  return Math.max(...value.numbers);
}
