// A copy of a chat model that never stops by itself, so that every answer has the length that a benchmark asks for: its end
// tokens get other names and no role. Same bytes otherwise, so the same work per token.
import { readFile, writeFile } from 'node:fs/promises';

/** Texts by which llama.cpp knows an end token, and others of the same length. */
const RENAMED = { '<|im_end|>': '<|no_end|>', '<|endoftext|>': '<|nooftextx|>' } as const;
const ROLE_KEYS = ['tokenizer.ggml.eos_token_id', 'tokenizer.ggml.eot_token_id'];
/** Where the padding token of our models is: it is never generated. */
const NEVER_GENERATED = 0;
/** A value follows its key and its type. */
const TYPE_BYTES = 4;

/** For small files: all of it is in memory. */
export async function copyWithoutEnd(from: string, to: string): Promise<void> {
  const bytes = await readFile(from);
  for (const [name, other] of Object.entries(RENAMED)) replaceAll(bytes, name, other);
  for (const key of ROLE_KEYS) {
    const at = bytes.indexOf(key);
    if (at >= 0) bytes.writeUInt32LE(NEVER_GENERATED, at + key.length + TYPE_BYTES);
  }
  await writeFile(to, bytes);
}

function replaceAll(bytes: Buffer, text: string, other: string): void {
  if (other.length !== text.length) throw new RangeError(`'${other}' is not as long as '${text}'`);
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at)) bytes.write(other, at);
}
