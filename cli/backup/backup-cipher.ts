// The encrypted part of a backup file: chunks of AES-256-GCM, each with its number and whether it is the last one in its nonce, so that
// chunks that are changed, missing, in another order or cut off do not open (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár 2015,
// https://eprint.iacr.org/2015/189). Nothing of a chunk is given out before its tag was checked.
import { createCipheriv, createDecipheriv } from 'node:crypto';

const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
/** A nonce has 12 bytes: these at random, 4 for the chunk's number, 1 for the last chunk. */
export const NONCE_PREFIX_BYTES = 7;
const NUMBER_BYTES = 4;
const CIPHER = 'aes-256-gcm';

export type CipherParts = {
  key: Buffer;
  noncePrefix: Buffer;
  /** What else each tag vouches for: the header. */
  context: Buffer;
};

/** A chunk that does not open. */
export class BrokenChunk extends Error {
  override readonly name = 'BrokenChunk';
}

/** Encrypts a stream. */
export async function* sealChunks(source: AsyncIterable<Buffer>, parts: CipherParts): AsyncGenerator<Buffer> {
  let number = 0;
  for await (const { chunk, isLast } of cut(source, CHUNK_BYTES)) {
    const cipher = createCipheriv(CIPHER, parts.key, nonceOf(parts, number, isLast)).setAAD(parts.context);
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
    number += 1;
  }
}

/** Decrypts a stream. Throws a `BrokenChunk` where it is not what was encrypted. */
export async function* openChunks(source: AsyncIterable<Buffer>, parts: CipherParts): AsyncGenerator<Buffer> {
  let number = 0;
  for await (const { chunk, isLast } of cut(source, CHUNK_BYTES + TAG_BYTES)) {
    yield openChunk(chunk, nonceOf(parts, number, isLast), parts);
    number += 1;
  }
}

function openChunk(chunk: Buffer, nonce: Buffer, { key, context }: CipherParts): Buffer {
  if (chunk.length < TAG_BYTES) throw new BrokenChunk();
  const end = chunk.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, nonce).setAAD(context).setAuthTag(chunk.subarray(end));
  try {
    return Buffer.concat([decipher.update(chunk.subarray(0, end)), decipher.final()]);
  } catch {
    throw new BrokenChunk();
  }
}

function nonceOf({ noncePrefix }: CipherParts, number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_PREFIX_BYTES + NUMBER_BYTES + 1);
  noncePrefix.copy(nonce);
  nonce.writeUInt32BE(number, NONCE_PREFIX_BYTES);
  nonce.writeUInt8(isLast ? 1 : 0, NONCE_PREFIX_BYTES + NUMBER_BYTES);
  return nonce;
}

/** Cuts a stream into pieces of `size` bytes and a last one with the rest, which is empty only when all is. */
async function* cut(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<{ chunk: Buffer; isLast: boolean }> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of source) {
    pieces.push(piece);
    length += piece.length;
    // A full one is held back until it is known that more follows.
    if (length <= size) continue;
    let rest = Buffer.concat(pieces);
    while (rest.length > size) {
      yield { chunk: rest.subarray(0, size), isLast: false };
      rest = rest.subarray(size);
    }
    pieces = [rest];
    length = rest.length;
  }
  yield { chunk: Buffer.concat(pieces), isLast: true };
}
