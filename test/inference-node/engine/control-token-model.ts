// A copy of the tiny model in which words are tokens of other texts, control tokens mostly: as models have them that were trained to
// call tools.
import { readFile, writeFile } from 'node:fs/promises';
import { TINY_LLAMA } from './tiny-engine.ts';

const CONTROL = 3;
const BYTES_PER_TYPE = 4;
/** After a key of an array: its type, the type of its items, and how many there are. */
const ARRAY_HEADER_BYTES = 4 + 4 + 8;

const STRING = 8;
/** Of tensors, where the file says nothing else. */
const ALIGNMENT = 32;
/** Magic, version, number of tensors, number of entries. */
const HEADER_BYTES = 4 + 4 + 8 + 8;
const ENTRIES_AT = HEADER_BYTES - 8;

/** `isText`: it is not made a control token. */
export type RenamedToken = { id: number; from: string; to: string; isText?: true };

/** Writes it to `path`. Both texts of a token have the same length in bytes. `toolTemplate`: a second one, for chats with tools. */
export async function writeWithControlTokens(
  path: string,
  renamed: readonly RenamedToken[],
  toolTemplate: string | null = null,
): Promise<void> {
  const file = await readFile(TINY_LLAMA);
  const types = file.indexOf('tokenizer.ggml.token_type') + 'tokenizer.ggml.token_type'.length + ARRAY_HEADER_BYTES;
  for (const { id, from, to, isText } of renamed) {
    const [old, fresh] = [ggufText(from), ggufText(to)];
    const at = file.indexOf(old);
    if (at === -1 || old.length !== fresh.length) throw new Error(`${from} cannot become ${to}`);
    fresh.copy(file, at);
    if (isText !== true) file.writeInt32LE(CONTROL, types + id * BYTES_PER_TYPE);
  }
  await writeFile(path, toolTemplate === null ? file : withToolTemplate(file, toolTemplate));
}

/** The tensors behind the header stay aligned: what is put in is padded by white space. */
function withToolTemplate(file: Buffer, template: string): Buffer {
  const key = ggufText('tokenizer.chat_template.tool_use');
  const type = Buffer.from([STRING, 0, 0, 0]);
  const bare = key.length + type.length + ggufText(template).length;
  const padding = Math.ceil(bare / ALIGNMENT) * ALIGNMENT - bare;
  const header = Buffer.from(file.subarray(0, HEADER_BYTES));
  header.writeBigUInt64LE(header.readBigUInt64LE(ENTRIES_AT) + 1n, ENTRIES_AT);
  return Buffer.concat([header, key, type, ggufText(template + ' '.repeat(padding)), file.subarray(HEADER_BYTES)]);
}

function ggufText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}
