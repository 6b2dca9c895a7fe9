// The calls that came over one link. Each goes through the node's own HTTP server, over a connection in memory, so that every check
// and bound there holds as for a call from the network. The gateway is a stranger too: what it says is parsed.
import { isCanonicalTarget } from '../call-auth/canonical-target.ts';
import { NODE_PATH } from '../../protocol/node/node-api.ts';
import {
  linkCallIdSchema,
  linkCallSchema,
  linkPartSchema,
  MAX_LINK_CALLS,
  type LinkAnswer,
  type LinkPiece,
} from '../../protocol/node/node-link.ts';
import { LinkedCall } from './linked-call.ts';
import type { LocalConnector } from './local-connector.ts';

export type LinkedCallsOptions = {
  connect: LocalConnector;
  maxBodyBytes: number;
};

/** Arguments are as they came. */
export class LinkedCalls {
  readonly #options: LinkedCallsOptions;
  readonly #calls = new Map<number, LinkedCall>();
  #whenOneEnds: () => void = () => undefined;

  constructor(options: LinkedCallsOptions) {
    this.#options = options;
  }

  async call(raw: unknown): Promise<LinkAnswer> {
    const call = linkCallSchema.parse(raw);
    const { id, path, body } = call;
    if (!isNodePath(path)) throw new Error('no such route on the link');
    if (this.#calls.has(id) || this.#calls.size >= MAX_LINK_CALLS) throw new Error('no room for this call');
    if (body !== null && body.length > this.#options.maxBodyBytes) throw new Error('the body is too large');
    const linked = new LinkedCall(this.#options.connect, call, () => {
      this.#calls.delete(id);
      this.#whenOneEnds();
    });
    this.#calls.set(id, linked);
    return linked.answer();
  }

  /** A call that has ended wants no more of its body. */
  async write(raw: unknown): Promise<null> {
    const { id, part } = linkPartSchema.parse(raw);
    await this.#calls.get(id)?.write(part);
    return null;
  }

  async read(raw: unknown): Promise<LinkPiece> {
    const call = this.#calls.get(linkCallIdSchema.parse(raw));
    if (call === undefined) throw new Error('no such call');
    return call.read();
  }

  cancel(raw: unknown): void {
    this.#calls.get(linkCallIdSchema.parse(raw))?.end();
  }

  /** Resolves when every answer has been read to its end. */
  async idle(): Promise<void> {
    while (this.#calls.size > 0) {
      await new Promise<void>((resolve) => {
        this.#whenOneEnds = resolve;
      });
    }
  }

  /** The link is gone: nobody can read any of them. */
  endAll(): void {
    for (const call of this.#calls.values()) call.end();
  }
}

/** Only what a gateway has to ask: health and metrics are for whoever runs the node. */
function isNodePath(path: string): boolean {
  // `/v1/models/../../metrics` begins like a path of ours.
  if (!isCanonicalTarget(path)) return false;
  const [pathname = ''] = path.split('?', 1);
  return NODE_PATHS.has(pathname) || pathname.startsWith(`${NODE_PATH.models}/`);
}

const NODE_PATHS: ReadonlySet<string> = new Set(Object.values(NODE_PATH));
