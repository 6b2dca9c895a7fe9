// A node on a free loopback port with a state folder of its own and a gateway that it trusts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Engine } from '../../../inference-node/engine/engine.ts';
import { startInferenceNode, type InferenceNode } from '../../../inference-node/server/inference-node.ts';
import { createLogger } from '../../../inference-node/server/logger.ts';
import { SseDataParser } from '../../../protocol/inference/server-sent-events.ts';
import { journalPageSchema, type JournalRecord } from '../../../protocol/node/node-api.ts';
import { FakeEngine } from './fake-engine.ts';
import { GatewaySigner, type SignedCall } from './gateway-signer.ts';

export const CHAT = '/v1/chat/completions';

export type NodeUnderTest<E extends Engine = FakeEngine> = {
  node: InferenceNode & { url: string };
  engine: E;
  gateway: GatewaySigner;
  /** The log's lines. */
  log: string[];
  stateDirectory: string;
  /** A signed call; `init` for headers and signal. */
  call: (call: SignedCall, init?: RequestInit) => Promise<Response>;
  chat: (body: object, init?: RequestInit) => Promise<Response>;
  records: () => Promise<JournalRecord[]>;
};

/** Where such nodes listen. */
export const ADDRESS = { kind: 'address', host: '127.0.0.1', port: 0, nodeId: 'home', keySource: null } as const;

type NodeUnderTestOptions = { maxBodyBytes?: number; stateDirectory?: string; callTimeoutMs?: number | null };

/** Starts a node with a fake engine; it is drained when the test ends. */
export async function startFakeNode(options: NodeUnderTestOptions = {}): Promise<NodeUnderTest> {
  return startNodeWith(new FakeEngine(), options);
}

export async function startNodeWith<E extends Engine>(
  engine: E,
  { maxBodyBytes = 65_536, stateDirectory = temporaryFolder(), callTimeoutMs = null }: NodeUnderTestOptions = {},
): Promise<NodeUnderTest<E>> {
  const gateway = await GatewaySigner.create();
  const log: string[] = [];
  const config = { maxBodyBytes, stateDirectory, callTimeoutMs };
  const started = await startInferenceNode({
    config,
    entry: { ...ADDRESS, gatewayKeys: gateway.keySet },
    engine,
    version: '0.0.0-test',
    log: createLogger('debug', (line) => log.push(line)),
  });
  const node = { ...started, url: started.url ?? '' };
  onTestFinished(() => node.drain(0));
  gateway.bootId = node.bootId;
  const call = async (signed: SignedCall, init: RequestInit = {}) => {
    const method = signed.method ?? (signed.body === undefined ? 'GET' : 'POST');
    const headers = { ...(await gateway.headers(signed)), ...(init.headers as Record<string, string> | undefined) };
    const body = signed.body === undefined ? {} : { body: signed.body };
    return fetch(node.url + signed.path, { ...init, method, headers, ...body });
  };
  const chat = (body: object, init?: RequestInit) =>
    call(
      {
        path: CHAT,
        body: JSON.stringify({ model: 'fake-model', messages: [{ role: 'user', content: 'hi' }], ...body }),
      },
      init,
    );
  const records = async () => journalPageSchema.parse(await (await call({ path: '/_node/journal' })).json()).records;
  return { node, engine, gateway, log, stateDirectory, call, chat, records };
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearthkey-node-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Reads a stream of events piece by piece. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #parser = new SseDataParser();
  readonly #decoder = new TextDecoder();
  /** Everything that was read, as it came. */
  raw = '';

  constructor(response: Response) {
    if (response.body === null) throw new Error('the answer has no body');
    this.#reader = response.body.getReader();
  }

  /** The events of the next chunk, or null at the end. */
  async next(): Promise<string[] | null> {
    const { done, value } = await this.#reader.read();
    if (done) return null;
    const text = this.#decoder.decode(value, { stream: true });
    this.raw += text;
    return this.#parser.push(text);
  }

  async rest(): Promise<string[]> {
    const all: string[] = [];
    for (let events = await this.next(); events !== null; events = await this.next()) all.push(...events);
    return all;
  }
}
