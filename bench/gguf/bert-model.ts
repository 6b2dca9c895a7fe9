// What a BERT file holds: an encoder, which reads a text as a whole and writes none. Random weights, so its vectors mean nothing.
import type { GgufValue } from './gguf-value.ts';
import type { ModelShape } from './model-shapes.ts';
import { linear, ones, zeros } from './tensors.ts';
import type { Tensor } from './tensor-data.ts';

const NORM_EPSILON = 1e-12;
const EMBEDDING_STD = 1;
/** GGUF's number for the mean over all tokens. */
const POOLING_MEAN = 1;
const TOKEN_TYPES = 2;

export function bertKeys(shape: ModelShape): [string, GgufValue][] {
  return [
    ['bert.context_length', { type: 'u32', value: shape.contextLength }],
    ['bert.embedding_length', { type: 'u32', value: shape.width }],
    ['bert.block_count', { type: 'u32', value: shape.blocks }],
    ['bert.feed_forward_length', { type: 'u32', value: shape.feedForward }],
    ['bert.attention.head_count', { type: 'u32', value: shape.heads }],
    ['bert.attention.layer_norm_epsilon', { type: 'f32', value: NORM_EPSILON }],
    ['bert.attention.causal', { type: 'bool', value: false }],
    ['bert.pooling_type', { type: 'u32', value: POOLING_MEAN }],
    ['tokenizer.ggml.token_type_count', { type: 'u32', value: TOKEN_TYPES }],
  ];
}

export function bertTensors(shape: ModelShape): Tensor[] {
  const { width, vocabulary, contextLength } = shape;
  return [
    { name: 'token_embd.weight', shape: [width, vocabulary], type: 'q8_0', std: EMBEDDING_STD },
    // llama.cpp adds these as they are: in another type than f32 it aborts.
    { name: 'position_embd.weight', shape: [width, contextLength], type: 'f32', fill: 0 },
    { name: 'token_types.weight', shape: [width, TOKEN_TYPES], type: 'f32', fill: 0 },
    ...norm('token_embd_norm', width),
    ...Array.from({ length: shape.blocks }, (_, block) => blockTensors(shape, `blk.${block}`)).flat(),
  ];
}

function blockTensors({ width, feedForward }: ModelShape, block: string): Tensor[] {
  return [
    ...withBias(`${block}.attn_q`, width, width),
    ...withBias(`${block}.attn_k`, width, width),
    ...withBias(`${block}.attn_v`, width, width),
    ...withBias(`${block}.attn_output`, width, width),
    ...norm(`${block}.attn_output_norm`, width),
    ...withBias(`${block}.ffn_up`, width, feedForward),
    ...withBias(`${block}.ffn_down`, feedForward, width),
    ...norm(`${block}.layer_output_norm`, width),
  ];
}

function withBias(name: string, inputs: number, outputs: number): Tensor[] {
  return [linear(`${name}.weight`, inputs, outputs), zeros(`${name}.bias`, outputs)];
}

function norm(name: string, size: number): Tensor[] {
  return [ones(`${name}.weight`, size), zeros(`${name}.bias`, size)];
}
