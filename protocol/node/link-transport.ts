// Carries Cap'n Web's messages over a WebSocket, on both sides: what is sent in one moment goes in one frame, a message a line; what may
// wait does so for others, when a frame has just gone, since a frame costs more than what is in it. Every frame and message that comes is held to the
// rules of its side before Cap'n Web reads it.
import { MAX_LINK_FRAME_LENGTH } from './node-link.ts';

const LINE = '\n';

export type LinkTransportOptions = {
  /** Writes one frame. */
  write: (frame: string) => void;
  /** Closes the socket: the session cannot go on. */
  close: () => void;
  /** Runs `flush` at the end of the moment. */
  defer: (flush: () => void) => void;
  /** Whether a message may wait for others. It then goes with the first that may not, or so long after the last frame, in milliseconds. */
  mayWait: (message: string) => boolean;
  windowMs: number;
  /** Runs `flush` after some milliseconds. */
  later: (flush: () => void, delayMs: number) => void;
  /** Whether a message may come now. One that may not ends the session. */
  mayReceive: (message: string) => boolean;
  /** Told every message before it is sent. */
  noteSent?: (message: string) => void;
};

/** Structurally Cap'n Web's `RpcTransport`. */
export class LinkTransport {
  readonly #options: LinkTransportOptions;
  #outgoing: string[] = [];
  #outgoingLength = 0;
  #flushDue: 'never' | 'later' | 'now' = 'never';
  #sentAt = 0;
  readonly #incoming: string[] = [];
  #reader: PromiseWithResolvers<string> | null = null;
  #failure: Error | null = null;
  /** When anything last came, in Unix milliseconds. */
  lastHeardAt = Date.now();

  constructor(options: LinkTransportOptions) {
    this.#options = options;
  }

  send(message: string): void {
    if (this.#failure !== null) return;
    if (message.length > MAX_LINK_FRAME_LENGTH) throw new Error('a message of the link is longer than a frame');
    this.#options.noteSent?.(message);
    if (this.#outgoingLength + message.length + LINE.length > MAX_LINK_FRAME_LENGTH) this.#flush();
    this.#outgoing.push(message);
    this.#outgoingLength += message.length + LINE.length;
    this.#planFlush(message);
  }

  receive(): Promise<string> {
    const message = this.#incoming.shift();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  abort(): void {
    this.end('the session ended');
    this.#options.close();
  }

  /** Sends what is waiting; nothing more can come or go. */
  end(problem: string): void {
    this.#flush();
    this.fail(problem);
  }

  /** Takes a frame that has come. */
  take(frame: unknown): void {
    if (this.#failure !== null) return;
    this.lastHeardAt = Date.now();
    const lines = typeof frame === 'string' && frame.length <= MAX_LINK_FRAME_LENGTH ? frame.split(LINE) : null;
    for (const line of lines ?? ['']) {
      if (!this.#options.mayReceive(line)) {
        this.fail('the peer sent what it may not');
        this.#options.close();
        return;
      }
      if (this.#reader === null) this.#incoming.push(line);
      else {
        this.#reader.resolve(line);
        this.#reader = null;
      }
    }
  }

  /** Nothing more can come or go. */
  fail(problem: string): void {
    if (this.#failure !== null) return;
    this.#failure = new Error(problem);
    this.#outgoing = [];
    this.#reader?.reject(this.#failure);
    this.#reader = null;
  }

  #planFlush(message: string): void {
    if (this.#flushDue === 'now') return;
    const flush = (): void => {
      this.#flush();
    };
    const { mayWait, windowMs, defer, later } = this.#options;
    const waitMs = this.#sentAt + windowMs - Date.now();
    if (waitMs <= 0 || !mayWait(message)) {
      this.#flushDue = 'now';
      defer(flush);
    } else if (this.#flushDue === 'never') {
      this.#flushDue = 'later';
      later(flush, waitMs);
    }
  }

  #flush(): void {
    this.#flushDue = 'never';
    if (this.#outgoing.length === 0) return;
    this.#sentAt = Date.now();
    const frame = this.#outgoing.join(LINE);
    this.#outgoing = [];
    this.#outgoingLength = 0;
    try {
      this.#options.write(frame);
    } catch {
      // Closed meanwhile; the socket's own event says so.
    }
  }
}
