// One call that came over the link, on its way through the node's own HTTP server. The answer waits, unread, until the gateway asks
// for it; a gateway that stops asking has left.
import type { ClientRequest, IncomingMessage } from 'node:http';
import {
  LINK_ANSWER_HEADERS,
  LINK_READ_AHEAD,
  MAX_LINK_PIECE_BYTES,
  type LinkAnswer,
  type LinkCall,
  type LinkPiece,
} from '../../protocol/node/node-link.ts';
import type { LocalConnector } from './local-connector.ts';
import { nextBytes } from './next-bytes.ts';

/** How long a gateway may take nothing of what there is for it, in milliseconds; as long as a connection of the node may. */
const STALLED_READER_MS = 30_000;

export class LinkedCall {
  readonly #request: ClientRequest;
  readonly #answer = Promise.withResolvers<IncomingMessage>();
  readonly #onEnd: () => void;
  #unwritten: number;
  /** The last read: each waits for the one before. */
  #lastRead: Promise<unknown> = Promise.resolve();
  #reads = 0;
  #done = false;
  #stalled: NodeJS.Timeout | undefined;

  /** `onEnd` is told when the call is over; nothing can be asked of it then. */
  constructor(connect: LocalConnector, { method, path, headers, body }: LinkCall, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#unwritten = body?.length ?? 0;
    this.#request = connect({ method, path, headers: withoutEmpty(headers), contentLength: body?.length ?? null });
    this.#request.once('response', this.#answer.resolve);
    // Whoever waits for the answer hears of it.
    this.#answer.promise.catch(() => undefined);
    this.#request.on('error', (error) => {
      this.#answer.reject(error);
      this.end();
    });
    if (body === null) this.#request.end();
    else void this.write(body.part);
  }

  async answer(): Promise<LinkAnswer> {
    const answer = await this.#answer.promise;
    const isShort = Number(answer.headers['content-length'] ?? Infinity) <= MAX_LINK_PIECE_BYTES;
    const piece = isShort ? await this.#readWhole(answer) : null;
    if (piece === null) this.#watchReader();
    return { status: answer.statusCode ?? 500, headers: pickHeaders(answer), piece };
  }

  /** Resolves when the server has taken the part, or wants no more of the body. Throws for more than was announced. */
  async write(part: Uint8Array): Promise<void> {
    if (part.length > this.#unwritten) {
      this.end();
      throw new Error('the body is longer than was announced');
    }
    this.#unwritten -= part.length;
    if (this.#unwritten === 0) this.#request.end(part);
    else await new Promise<unknown>((resolve) => this.#request.write(part, resolve));
  }

  async read(): Promise<LinkPiece> {
    if (this.#reads >= LINK_READ_AHEAD) throw new Error('too many reads at once');
    this.#reads += 1;
    clearTimeout(this.#stalled);
    const piece = this.#lastRead.then(() => this.#readNext());
    this.#lastRead = piece.catch(() => undefined);
    try {
      return await piece;
    } catch (error) {
      this.end();
      throw error;
    } finally {
      this.#reads -= 1;
      if (this.#reads === 0 && !this.#done) this.#watchReader();
    }
  }

  /** Ends it, in whatever state it is. */
  end(): void {
    this.#finish();
    this.#request.destroy();
  }

  async #readNext(): Promise<LinkPiece> {
    if (this.#done) return { bytes: new Uint8Array(), done: true };
    const answer = await this.#answer.promise;
    const bytes = await nextBytes(answer, MAX_LINK_PIECE_BYTES);
    const done = bytes === null || (answer.complete && answer.readableLength === 0);
    if (done) this.#finish();
    return { bytes: bytes ?? new Uint8Array(), done };
  }

  async #readWhole(answer: IncomingMessage): Promise<LinkPiece> {
    const parts: Uint8Array[] = [];
    for (let part = await nextBytes(answer, MAX_LINK_PIECE_BYTES); part !== null;) {
      parts.push(part);
      part = await nextBytes(answer, MAX_LINK_PIECE_BYTES);
    }
    this.#finish();
    return { bytes: Buffer.concat(parts), done: true };
  }

  #watchReader(): void {
    this.#stalled = setTimeout(() => {
      this.end();
    }, STALLED_READER_MS).unref();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#stalled);
    this.#onEnd();
  }
}

/** A header that the call has not is not sent empty. */
function withoutEmpty(headers: LinkCall['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

function pickHeaders({ headers }: IncomingMessage): LinkAnswer['headers'] {
  const picked: LinkAnswer['headers'] = {};
  for (const name of LINK_ANSWER_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string') picked[name] = value;
  }
  return picked;
}
