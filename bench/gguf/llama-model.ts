// What a LLaMA file holds: keys and tensors, in the order in which they are written. Output tied to the embedding.
import type { GgufValue } from './gguf-value.ts';
import type { ModelShape } from './model-shapes.ts';
import { linear, ones } from './tensors.ts';
import type { Tensor } from './tensor-data.ts';

const ROTATION_BASE = 500_000;
const NORM_EPSILON = 1e-5;
/** A tied output repeats one token for ever when the embedding dominates the residual. */
const EMBEDDING_STD = 0.02;

export function llamaKeys(shape: ModelShape): [string, GgufValue][] {
  return [
    ['llama.context_length', { type: 'u32', value: shape.contextLength }],
    ['llama.embedding_length', { type: 'u32', value: shape.width }],
    ['llama.block_count', { type: 'u32', value: shape.blocks }],
    ['llama.feed_forward_length', { type: 'u32', value: shape.feedForward }],
    ['llama.attention.head_count', { type: 'u32', value: shape.heads }],
    ['llama.attention.head_count_kv', { type: 'u32', value: shape.keyValueHeads }],
    ['llama.attention.layer_norm_rms_epsilon', { type: 'f32', value: NORM_EPSILON }],
    ['llama.rope.dimension_count', { type: 'u32', value: shape.rotated }],
    ['llama.rope.freq_base', { type: 'f32', value: ROTATION_BASE }],
    ['llama.vocab_size', { type: 'u32', value: shape.vocabulary }],
  ];
}

export function llamaTensors(shape: ModelShape): Tensor[] {
  const { width, vocabulary } = shape;
  return [
    { name: 'token_embd.weight', shape: [width, vocabulary], type: 'q8_0', std: EMBEDDING_STD },
    ones('output_norm.weight', width),
    ...Array.from({ length: shape.blocks }, (_, block) => blockTensors(shape, `blk.${block}`)).flat(),
  ];
}

function blockTensors({ width, heads, keyValueHeads, feedForward }: ModelShape, block: string): Tensor[] {
  const keyValueWidth = (width / heads) * keyValueHeads;
  return [
    ones(`${block}.attn_norm.weight`, width),
    linear(`${block}.attn_q.weight`, width, width),
    linear(`${block}.attn_k.weight`, width, keyValueWidth),
    linear(`${block}.attn_v.weight`, width, keyValueWidth),
    linear(`${block}.attn_output.weight`, width, width),
    ones(`${block}.ffn_norm.weight`, width),
    linear(`${block}.ffn_gate.weight`, width, feedForward),
    linear(`${block}.ffn_up.weight`, width, feedForward),
    linear(`${block}.ffn_down.weight`, feedForward, width),
  ];
}
