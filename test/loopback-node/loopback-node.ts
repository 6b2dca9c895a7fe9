// A stand-in for an inference node, on a real socket: it checks every call with the real node's own verifier, and then does
// what the asked-for "model" is named after. What happened to each call can be waited for, so that no test has to sleep.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { NODE_HEADER } from '../../protocol/headers.ts';
import { MAX_JOURNAL_BATCH, NODE_PATH, type JournalRecord } from '../../protocol/node/node-api.ts';
import { NODE_PROTOCOL_VERSION } from '../../protocol/node/protocol-version.ts';
import type { NodeCallClaims } from '../../protocol/node/node-call-token.ts';
import { GatewayKeys } from '../../inference-node/call-auth/gateway-keys.ts';
import { ReplayGuard } from '../../inference-node/call-auth/replay-guard.ts';
import { createCallVerifier } from '../../inference-node/call-auth/verify-call.ts';
import type { GatewayKeySet } from '../../inference-node/config/gateway-key-set.ts';
import { EventLog } from './event-log.ts';
import { killServer, listenOnLoopback } from './loopback-server.ts';
import { answerScripted, SCRIPTED_MODELS, type ScriptedCall } from './scripted-answers.ts';

export type LoopbackState = {
  draining: boolean;
  engine: 'starting' | 'ready' | 'restarting';
  models: string[];
  /** Where it says that it computes them. */
  device: string;
  /** How far its clock is ahead, as the dates of its answers tell. */
  clockAheadSeconds: number;
  /** What it speaks, as its status says it. */
  protocol: { protocolVersion: number; oldestProtocolVersion?: number };
  /** Calls of each model under way, as its status says; of 4. */
  running: number;
  /** Of each model, as its status says; null: it does not say. */
  tokensPerSecond: number | null;
  /** Does what this model does, whichever is asked for; null: what is asked for. */
  instead: string | null;
  /** Keeps what its journal says of single calls to itself until it is told to release it. */
  journalHeld: boolean;
  /** Takes connections and answers nothing at all, as a process that is stopped. */
  frozen: boolean;
};

export class LoopbackNode {
  readonly log = new EventLog();
  readonly #held: ((how: 'answer' | 'break') => void)[] = [];
  /** By call id, in order of the calls' ends; acknowledged ones are gone. */
  readonly journal = new Map<string, JournalRecord>();
  readonly state: LoopbackState = {
    draining: false,
    engine: 'ready',
    models: [...SCRIPTED_MODELS],
    device: '',
    clockAheadSeconds: 0,
    protocol: { protocolVersion: NODE_PROTOCOL_VERSION },
    running: 0,
    tokensPerSecond: null,
    instead: null,
    journalHeld: false,
    frozen: false,
  };
  bootId: string = randomUUID();
  readonly #nodeId: string;
  readonly #keySet: GatewayKeySet;
  readonly #server: Server;
  #verify: ReturnType<typeof createCallVerifier>;

  constructor(nodeId: string, keySet: GatewayKeySet) {
    this.#nodeId = nodeId;
    this.#keySet = keySet;
    this.#verify = this.#createVerifier();
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  /** Starts to listen on a free loopback port; resolves to the origin. */
  listen(): Promise<string> {
    return listenOnLoopback(this.#server);
  }

  /** As after `kill -9`: connections break, nothing listens any more. */
  kill(): Promise<void> {
    return killServer(this.#server);
  }

  /** A new process of the same node: calls signed for the old boot are refused. */
  reboot(): void {
    this.bootId = randomUUID();
    this.#verify = this.#createVerifier();
  }

  /** Lets every held answer go. */
  release(how: 'answer' | 'break'): void {
    for (const release of this.#held.splice(0)) release(how);
  }

  #createVerifier() {
    return createCallVerifier({
      keys: new GatewayKeys({ keySet: this.#keySet, source: null }),
      nodeId: this.#nodeId,
      bootId: this.bootId,
      replayGuard: new ReplayGuard(),
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('date', new Date(Date.now() + this.state.clockAheadSeconds * 1000).toUTCString());
    const target = request.url ?? '';
    const path = target.split('?')[0] ?? '';
    const body = await readAll(request);
    if (this.state.frozen) return;
    const result = await this.#verify({
      method: request.method ?? '',
      target,
      authorization: request.headers.authorization,
      contentType: request.headers['content-type'] ?? '',
      readBody: () => Promise.resolve(body),
    });
    if (!result.verified) {
      this.log.record({ type: 'refused', path, reason: result.reason });
      const code = result.reason === 'other_boot' ? 'node_boot_changed' : 'invalid_node_signature';
      sendJson(response, 401, { error: { message: 'refused', type: 'authentication_error', param: null, code } });
      return;
    }
    const { claims } = result.call;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const callId = claims.call;
    const named = callId === undefined ? {} : { callId };
    this.log.record({ type: 'call', path, claims, headers, body: body.toString(), ...named });
    response.on('close', () => {
      if (!response.writableFinished) this.log.record({ type: 'closed', path, body: body.toString(), ...named });
    });
    this.#route(target, claims, body.toString(), response);
  }

  #route(target: string, claims: NodeCallClaims, body: string, response: ServerResponse): void {
    const url = new URL(target, 'http://node');
    if (url.pathname === NODE_PATH.status) {
      sendJson(response, 200, this.#status());
    } else if (url.pathname === NODE_PATH.journal) {
      const ids = url.searchParams.getAll('call_id');
      const records = ids.length === 0 ? [...this.journal.values()] : ids.flatMap((id) => this.journal.get(id) ?? []);
      const answer = (): void => {
        sendJson(response, 200, { records: records.slice(0, MAX_JOURNAL_BATCH) });
      };
      if (this.state.journalHeld && ids.length > 0) this.#held.push(answer);
      else answer();
    } else if (url.pathname === NODE_PATH.journalAck) {
      const { callIds } = JSON.parse(body) as { callIds: string[] };
      const acknowledged = callIds.filter((callId) => this.journal.delete(callId)).length;
      for (const callId of callIds) this.log.record({ type: 'acknowledged', path: url.pathname, callId });
      sendJson(response, 200, { acknowledged });
    } else {
      answerScripted({
        claims,
        body: JSON.parse(body) as ScriptedCall['body'],
        script: this.state.instead,
        response,
        journal: this.journal,
        hold: (release) => this.#held.push(release),
      });
    }
  }

  #status() {
    const { draining, engine, models, device, running, tokensPerSecond, protocol } = this.state;
    const oldestEndedAt = [...this.journal.values()][0]?.endedAt ?? null;
    return {
      ...protocol,
      nodeId: this.#nodeId,
      bootId: this.bootId,
      version: 'loopback',
      draining,
      engine,
      models: models.map((id) => ({
        id,
        aliases: [`alias-of-${id}`],
        created: 1_795_000_000,
        architecture: 'llama',
        contextLength: 512,
        defaultMaxTokens: 64,
        sequences: 4,
        running,
        waiting: 0,
        sizeBytes: 1,
        device,
        ...(tokensPerSecond === null ? {} : { tokensPerSecond }),
      })),
      journal: { unacknowledged: this.journal.size, oldestEndedAt },
    };
  }
}

/** Sends a whole JSON answer. */
export function sendJson(response: ServerResponse, status: number, value: unknown, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** The headers that say what a whole answer cost, as its record does. */
export function costHeaders(record: JournalRecord): Record<string, string> {
  const { promptTokens, cachedTokens, completionTokens, firstTokenMs } = record;
  return {
    [NODE_HEADER.promptTokens]: String(promptTokens),
    [NODE_HEADER.cachedTokens]: String(cachedTokens),
    [NODE_HEADER.completionTokens]: String(completionTokens),
    ...(firstTokenMs === null ? {} : { [NODE_HEADER.firstTokenMs]: String(firstTokenMs) }),
  };
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
