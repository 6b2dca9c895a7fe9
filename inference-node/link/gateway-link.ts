// The node's link to its gateway: dials out, serves calls, notices when the link is dead, and dials again.
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { LINK_BEAT_MS, LINK_CLOSE, LINK_PATH, LINK_SILENCE_MS } from '../../protocol/node/node-link.ts';
import type { LinkTarget } from '../config/link-target.ts';
import type { Logger } from '../server/logger.ts';
import { askForHello } from './link-hello.ts';
import { LinkBackoff } from './link-backoff.ts';
import type { LinkKeys } from './link-keys.ts';
import { openLinkSession, type LinkSession } from './link-session.ts';
import { LinkedCalls, type LinkedCallsOptions } from './linked-calls.ts';

export type GatewayLinkOptions = LinkedCallsOptions & {
  target: LinkTarget;
  /** As the gateway said it before. */
  nodeId: string;
  keys: LinkKeys;
  /** How long pieces of answers wait for each other at most, in milliseconds. */
  windowMs: number;
  log: Logger;
  /** The link has ended and no try later would go better: the sentence says why. */
  onFinalFailure: (problem: string) => void;
};

export class GatewayLink {
  readonly #options: GatewayLinkOptions;
  readonly #backoff = new LinkBackoff();
  #held: { calls: LinkedCalls; end: () => void } | null = null;
  #stopped = false;

  /** Dials at once. */
  constructor(options: GatewayLinkOptions) {
    this.#options = options;
    void this.#keepUp();
  }

  /** Closes it for good, when answers that are there have been read, or after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#stopped = true;
    this.#backoff.stop();
    const timer = new AbortController();
    await Promise.race([this.#held?.calls.idle(), delay(graceMs, undefined, timer).catch(() => undefined)]);
    timer.abort();
    // The last piece is on its way to the frame.
    await nextTurn();
    this.#held?.end();
  }

  /** Asked, not read: it changes while something is awaited. */
  #isStopped(): boolean {
    return this.#stopped;
  }

  async #keepUp(): Promise<void> {
    const { log, target, onFinalFailure } = this.#options;
    while (!this.#isStopped()) {
      const code = await this.#hold();
      if (this.#isStopped()) return;
      log('warn', 'link_lost', { gateway: target.gateway, code });
      const problem = code === LINK_CLOSE.replaced ? REPLACED : await this.#greetAgain();
      if (problem !== null && !this.#isStopped()) {
        onFinalFailure(problem);
        return;
      }
    }
  }

  /** Asks before it dials, so that what a refusal says reaches the operator. Resolves to a problem that will not go away. */
  async #greetAgain(): Promise<string | null> {
    const { log, target, nodeId, keys } = this.#options;
    while (!this.#isStopped()) {
      await this.#backoff.wait();
      const result = await askForHello(target);
      if (result.ok) {
        keys.note(result.hello.keySet);
        return result.hello.nodeId === nodeId ? null : 'the token has become that of another node';
      }
      if (result.final) return result.problem;
      log('warn', 'link_refused', { problem: result.problem });
    }
    return null;
  }

  /** Dials, and resolves with the close code when the link is over. */
  async #hold(): Promise<number> {
    const { target, windowMs, log } = this.#options;
    const calls = new LinkedCalls(this.#options);
    const over = Promise.withResolvers<number>();
    const socket = dial(target);
    let session: LinkSession | null = null;
    const end = (): void => {
      endSession(session);
      socket.close();
    };
    this.#held = { calls, end };
    const dialledAt = Date.now();
    const watch = setInterval(() => {
      if (Date.now() - (session?.lastHeardAt() ?? dialledAt) <= LINK_SILENCE_MS) return;
      // A half-open socket would take its time to close.
      over.resolve(LINK_CLOSE.broken);
    }, LINK_BEAT_MS);
    socket.addEventListener('open', () => {
      session = openLinkSession(socket, calls, windowMs);
      log('info', 'link_open', { gateway: target.gateway });
    });
    socket.addEventListener('close', ({ code }) => {
      over.resolve(code);
    });
    socket.addEventListener('error', () => {
      over.resolve(LINK_CLOSE.broken);
    });
    const code = await over.promise;
    clearInterval(watch);
    // One that is cut as soon as it is there is no success.
    if (Date.now() - dialledAt > LINK_SILENCE_MS) this.#backoff.reset();
    end();
    calls.endAll();
    this.#held = null;
    return code;
  }
}

const REPLACED =
  'another process has taken over the link with the same token; stop one of the two, or give each node its own token';

/** The compiler does not see that a listener has set it. */
function endSession(session: LinkSession | null): void {
  session?.end();
}

function dial({ gateway, token }: LinkTarget): WebSocket {
  const url = new URL(LINK_PATH, gateway);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  // Node's own takes headers where the browser's, by whose type tests see this file, has protocols.
  const options: unknown = { headers: { authorization: `Bearer ${token}` } };
  return new WebSocket(url, options as string[]);
}
