// A byte-level BPE vocabulary without merges: every byte of a prompt is one token, so a benchmark knows a prompt's length
// without asking, and nobody's vocabulary is copied. Padded to a real model's size with words that decode to letters but
// that no prompt can produce; a random model writes them.
import type { GgufValue } from './gguf-value.ts';

const END_OF_TEXT = '<|endoftext|>';
const BYTES = 256;
const TOKEN_TYPE = { normal: 1, control: 3 } as const;

/** The `tokenizer.*` keys for `size` tokens; the last one is begin and end of text. */
export function byteVocabulary(size: number): [string, GgufValue][] {
  if (size <= BYTES) throw new RangeError(`a byte vocabulary needs more than ${BYTES} tokens`);
  const padding = Array.from({ length: size - BYTES - 1 }, (_, index) => paddingWord(index));
  const tokens = [...byteAlphabet(), ...padding, END_OF_TEXT];
  const end = tokens.length - 1;
  return [
    ['tokenizer.ggml.model', { type: 'string', value: 'gpt2' }],
    ['tokenizer.ggml.pre', { type: 'string', value: 'gpt-2' }],
    ['tokenizer.ggml.tokens', { type: 'strings', value: tokens }],
    [
      'tokenizer.ggml.token_type',
      { type: 'i32s', value: tokens.map((_, index) => (index === end ? TOKEN_TYPE.control : TOKEN_TYPE.normal)) },
    ],
    ['tokenizer.ggml.merges', { type: 'strings', value: [] }],
    ['tokenizer.ggml.bos_token_id', { type: 'u32', value: end }],
    ['tokenizer.ggml.eos_token_id', { type: 'u32', value: end }],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: true }],
  ];
}

/** GPT-2's printable stand-ins for the 256 bytes: those that print stand for themselves, the others follow from U+0100. */
function byteAlphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: BYTES }, (_, byte) => {
    const prints = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCodePoint(prints ? byte : next++);
  });
}

/** Unique words of five letters or more: `Ġ` (a space), then the number in letters. */
function paddingWord(index: number): string {
  const letters = Array.from(index.toString(26), (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26)));
  return `\u0120${letters.join('').padStart(4, 'a')}`;
}
