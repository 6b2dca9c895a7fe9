// The far end of a link, played by hand: the frames as they are, so that a test can say what no honest node would.
import { exports } from 'cloudflare:workers';
import { newAdminNodeSchema } from '../../../protocol/admin/admin-node.ts';
import { NODE_PROTOCOL_VERSION } from '../../../protocol/node/protocol-version.ts';
import type { NodeStatus } from '../../../protocol/node/node-api.ts';
import { LINK_PATH } from '../../../protocol/node/node-link.ts';
import { callAdmin } from '../admin-api.ts';
import { GATEWAY } from '../test-gateway.ts';

export type Question = { id: number; method: string; args: unknown[] };

/** What a node has to say to a question: a value, or null: nothing. */
export type Reply = (question: Question, node: RawNode) => unknown;

/** Gives a node a token. */
export async function newNodeToken(id: string): Promise<string> {
  return newAdminNodeSchema.parse(await (await callAdmin('POST', '/admin/nodes', { id })).json()).token;
}

export function dial(token: string, upgrade = true): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...(upgrade ? { upgrade: 'websocket' } : {}) };
  return exports.default.fetch(new Request(GATEWAY + LINK_PATH, { headers }));
}

export class RawNode {
  readonly #socket: WebSocket;
  #questions = 0;
  readonly asked: Question[] = [];
  /** Resolves with the code when the gateway has closed the link. */
  readonly closed: Promise<number>;

  constructor(socket: WebSocket, reply: Reply) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code }) => {
        resolve(code);
      });
    });
    socket.accept();
    socket.addEventListener('message', ({ data }) => {
      for (const line of String(data).split('\n')) this.#hear(JSON.parse(line) as unknown[], reply);
    });
  }

  send(frame: string | ArrayBuffer): void {
    this.#socket.send(frame);
  }

  answer(id: number, value: unknown): void {
    this.send(JSON.stringify(['resolve', id, value]));
  }

  #hear([kind, value]: unknown[], reply: Reply): void {
    if (kind !== 'push') return;
    const [, , [method = ''], args] = value as [string, number, string[], unknown[]];
    const question = { id: ++this.#questions, method, args };
    this.asked.push(question);
    const answer = method === 'beat' || method === 'cancel' ? { nothing: null } : reply(question, this);
    if (answer !== null && answer !== undefined) this.answer(question.id, method === 'beat' ? null : answer);
  }
}

/** Dials in with a fresh token of its own. */
export async function openRawLink(id: string, reply: Reply, token?: string): Promise<RawNode> {
  const { webSocket } = await dial(token ?? (await newNodeToken(id)));
  if (webSocket === null) throw new Error('the gateway gave no socket');
  return new RawNode(webSocket, reply);
}

/** What a node of this id, with one model, answers to every call: its status. */
export function statusReply(nodeId: string): Reply {
  const model = { created: 0, architecture: 'llama', contextLength: 512, defaultMaxTokens: 64, sizeBytes: 1 };
  const load = { sequences: 4, running: 0, waiting: 0 };
  const status: NodeStatus = {
    protocolVersion: NODE_PROTOCOL_VERSION,
    nodeId,
    bootId: nodeId,
    version: 'raw',
    draining: false,
    engine: 'ready',
    models: [{ id: 'linked-model', ...model, ...load }],
  };
  const piece = { bytes: bytes(JSON.stringify(status)), done: true };
  return () => ({ status: 200, headers: { 'content-type': 'application/json' }, piece });
}

/** Bytes as they stand in a frame. */
export function bytes(text: string | Uint8Array): unknown[] {
  const raw = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return ['bytes', btoa(Array.from(raw, (byte) => String.fromCharCode(byte)).join(''))];
}
