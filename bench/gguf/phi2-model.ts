// What a Phi-2 file holds: one norm per block (attention and MLP run in parallel), biases everywhere, its own output matrix.
import type { GgufValue } from './gguf-value.ts';
import type { ModelShape } from './model-shapes.ts';
import { linear, ones, zeros } from './tensors.ts';
import type { Tensor } from './tensor-data.ts';

const NORM_EPSILON = 1e-5;
const EMBEDDING_STD = 1;

export function phi2Keys(shape: ModelShape): [string, GgufValue][] {
  return [
    ['phi2.context_length', { type: 'u32', value: shape.contextLength }],
    ['phi2.embedding_length', { type: 'u32', value: shape.width }],
    ['phi2.block_count', { type: 'u32', value: shape.blocks }],
    ['phi2.feed_forward_length', { type: 'u32', value: shape.feedForward }],
    ['phi2.attention.head_count', { type: 'u32', value: shape.heads }],
    ['phi2.attention.head_count_kv', { type: 'u32', value: shape.keyValueHeads }],
    ['phi2.attention.layer_norm_epsilon', { type: 'f32', value: NORM_EPSILON }],
    ['phi2.rope.dimension_count', { type: 'u32', value: shape.rotated }],
  ];
}

export function phi2Tensors(shape: ModelShape): Tensor[] {
  const { width, vocabulary } = shape;
  return [
    { name: 'token_embd.weight', shape: [width, vocabulary], type: 'q4_0', std: EMBEDDING_STD },
    ones('output_norm.weight', width),
    zeros('output_norm.bias', width),
    linear('output.weight', width, vocabulary, 'q8_0'),
    zeros('output.bias', vocabulary),
    ...Array.from({ length: shape.blocks }, (_, block) => blockTensors(shape, `blk.${block}`)).flat(),
  ];
}

function blockTensors({ width, feedForward }: ModelShape, block: string): Tensor[] {
  return [
    ones(`${block}.attn_norm.weight`, width),
    zeros(`${block}.attn_norm.bias`, width),
    linear(`${block}.attn_qkv.weight`, width, 3 * width),
    zeros(`${block}.attn_qkv.bias`, 3 * width),
    linear(`${block}.attn_output.weight`, width, width),
    zeros(`${block}.attn_output.bias`, width),
    linear(`${block}.ffn_up.weight`, width, feedForward),
    zeros(`${block}.ffn_up.bias`, feedForward),
    linear(`${block}.ffn_down.weight`, feedForward, width),
    zeros(`${block}.ffn_down.bias`, width),
  ];
}
