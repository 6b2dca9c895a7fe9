// A WordPiece vocabulary as BERT models have it: printable characters, each at the beginning of a word (`▁`) and inside of one. Padded
// with words that no text has.
import type { GgufValue } from './gguf-value.ts';

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;
const FIRST_CHARACTER = 0x21;
const LAST_CHARACTER = 0x7e;
const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3 } as const;

/** The `tokenizer.*` keys for `size` tokens. */
export function wordPieceVocabulary(size: number): [string, GgufValue][] {
  const characters = Array.from({ length: LAST_CHARACTER - FIRST_CHARACTER + 1 }, (_, index) =>
    String.fromCharCode(FIRST_CHARACTER + index),
  );
  const known = [...SPECIAL, ...characters.map((character) => `\u2581${character}`), ...characters];
  if (size < known.length) throw new RangeError(`a WordPiece vocabulary needs at least ${known.length} tokens`);
  const tokens = [...known, ...Array.from({ length: size - known.length }, (_, index) => `\u2581padding${index}`)];
  const idOf = (token: (typeof SPECIAL)[number]): GgufValue => ({ type: 'u32', value: SPECIAL.indexOf(token) });
  return [
    ['tokenizer.ggml.model', { type: 'string', value: 'bert' }],
    ['tokenizer.ggml.pre', { type: 'string', value: 'default' }],
    ['tokenizer.ggml.tokens', { type: 'strings', value: tokens }],
    ['tokenizer.ggml.token_type', { type: 'i32s', value: tokens.map(typeOf) }],
    ['tokenizer.ggml.padding_token_id', idOf('[PAD]')],
    ['tokenizer.ggml.unknown_token_id', idOf('[UNK]')],
    ['tokenizer.ggml.bos_token_id', idOf('[CLS]')],
    ['tokenizer.ggml.cls_token_id', idOf('[CLS]')],
    ['tokenizer.ggml.seperator_token_id', idOf('[SEP]')],
    ['tokenizer.ggml.mask_token_id', idOf('[MASK]')],
  ];
}

function typeOf(token: string): number {
  if (token === '[UNK]') return TOKEN_TYPE.unknown;
  return (SPECIAL as readonly string[]).includes(token) ? TOKEN_TYPE.control : TOKEN_TYPE.normal;
}
