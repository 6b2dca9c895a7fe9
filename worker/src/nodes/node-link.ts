// The link of one node: holds the WebSocket that the node dialled, and hands the gateway's calls over it. All in memory: when the
// object restarts, the socket drops and the node comes back. A node is a stranger here: every answer is parsed and bounded.
import { DurableObject } from 'cloudflare:workers';
import { LINK_BEAT_MS, LINK_CLOSE, LINK_SILENCE_MS } from '../../../protocol/node/node-link.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { logEvent } from '../objects/log-event.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { tellDirectory } from './ask-node-directory.ts';
import { LINK_FAILURE_HEADER, LINK_TOKEN_DIGEST_HEADER } from './link-headers.ts';
import { LinkLoad } from './link-load.ts';
import { openLinkSession, type LinkSession } from './link-session.ts';
import { makeLinkedCall } from './linked-call.ts';

/** How many beats between two looks whether the token still works: about half a minute. */
const BEATS_PER_LOOK = 8;
/** After a call its account is told, and then the node, over the link: twice as long as that waits for other calls. Milliseconds. */
const RETIREMENT_MS = 500;

type Link = {
  session: LinkSession;
  digest: string;
  load: LinkLoad;
  beats: number;
  timer: ReturnType<typeof setInterval>;
  /** Closes a link whose gateway stops. */
  retirement: ReturnType<typeof setTimeout> | null;
  closed: boolean;
};

export class NodeLink extends DurableObject<GatewayEnv> {
  #link: Link | null = null;
  #lastCallId = 0;
  #retired = false;

  /** An upgrade opens the link (its token was checked); everything else is a call for the node. */
  override async fetch(request: Request): Promise<Response> {
    const digest = request.headers.get(LINK_TOKEN_DIGEST_HEADER);
    return digest === null ? this.#call(request) : this.#open(digest);
  }

  /** Looks at once whether the link's token still works, and closes the link if not. */
  async checkToken(): Promise<void> {
    const link = this.#link;
    if (link === null) return;
    const owner = await askRegistry(this.env, (registry) => registry.authenticateNode(link.digest));
    if (owner === null) this.#close(link, LINK_CLOSE.tokenEnded, 'the token has ended');
  }

  /** The gateway is about to stop: the link closes when no call has been on it for a moment, and no new one opens. */
  retire(): void {
    this.#retired = true;
    if (this.#link !== null) this.#closeWhenQuiet(this.#link);
  }

  #closeWhenQuiet(link: Link): void {
    if (!this.#retired || link.load.calls > 0) return;
    clearTimeout(link.retirement);
    link.retirement = setTimeout(() => {
      if (link.load.calls === 0) this.#close(link, LINK_CLOSE.stopping, 'the gateway stops');
    }, RETIREMENT_MS);
  }

  #open(digest: string): Response {
    if (this.#retired) return failure('the gateway stops');
    if (this.#link !== null) this.#close(this.#link, LINK_CLOSE.replaced, 'another process has the link');
    const { 0: client, 1: socket } = new WebSocketPair();
    socket.accept();
    const session = openLinkSession(socket, () => {
      this.#close(link, LINK_CLOSE.broken, 'the link broke');
    });
    const timer = setInterval(() => {
      this.#beat(link);
    }, LINK_BEAT_MS);
    const link: Link = { session, digest, load: new LinkLoad(), beats: 0, timer, retirement: null, closed: false };
    this.#link = link;
    this.#tellDirectory();
    // The token may have ended between its check and now.
    this.checkToken().catch(() => undefined);
    return new Response(null, { status: 101, webSocket: client });
  }

  #beat(link: Link): void {
    if (Date.now() - link.session.lastHeardAt() > LINK_SILENCE_MS) {
      this.#close(link, LINK_CLOSE.broken, 'the node is silent');
      return;
    }
    link.session.node.beat().catch(() => undefined);
    link.beats += 1;
    // A Registry that cannot be reached says nothing about the token.
    if (link.beats % BEATS_PER_LOOK === 0) this.checkToken().catch(() => undefined);
  }

  #close(link: Link, code: number, reason: string): void {
    if (link.closed) return;
    link.closed = true;
    if (this.#link === link) this.#link = null;
    clearInterval(link.timer);
    clearTimeout(link.retirement);
    link.session.close(code, reason);
    logEvent('node_link_closed', { reason });
    this.#tellDirectory();
  }

  /** That it has opened or closed. The directory then asks the node itself, so that it does not matter which it hears of first. */
  #tellDirectory(): void {
    const { name: nodeId } = this.ctx.id;
    if (nodeId === undefined) return;
    const waitUntil = (work: Promise<unknown>): void => {
      this.ctx.waitUntil(work);
    };
    tellDirectory({ env: this.env, waitUntil }, (directory) => directory.noteLink(nodeId));
  }

  async #call(request: Request): Promise<Response> {
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    const link = this.#link;
    if (link === null) return failure('the node has no link');
    const letGo = link.load.begin(body?.length ?? 0);
    if (letGo === null) return failure('the link carries too much');
    const onEnd = (): void => {
      letGo();
      this.#closeWhenQuiet(link);
    };
    const onViolation = (): void => {
      this.#close(link, LINK_CLOSE.broken, 'not of this protocol');
    };
    const id = ++this.#lastCallId;
    try {
      return await makeLinkedCall({ node: link.session.node, id, request, body, onEnd, onViolation });
    } catch {
      // What a node says went wrong is a stranger's text.
      return failure(link.closed ? 'the link broke' : 'the node refused the call');
    }
  }
}

/** No answer of the node's: nothing came, or nothing that can be used. */
function failure(reason: string): Response {
  return new Response(null, { status: 503, headers: { [LINK_FAILURE_HEADER]: reason } });
}
