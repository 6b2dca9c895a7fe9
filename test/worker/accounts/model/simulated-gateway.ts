// One gateway of the model test: the isolate's side as it is, with a life of its own. Its way to the account and to its node can
// be watched, can lose answers, and ends with the gateway.
import { env } from 'cloudflare:workers';
import type { JournalRecord } from '../../../../protocol/node/node-api.ts';
import { NODE_PATH } from '../../../../protocol/node/node-api.ts';
import { NODE_PROTOCOL_VERSION } from '../../../../protocol/node/protocol-version.ts';
import type {
  AccountAdmission,
  AdmitResult,
  Permit,
  SettlementBatch,
} from '../../../../protocol/objects/account-admission.ts';
import type { Settler } from '../../../../worker/src/accounts/settlement-queue.ts';
import { gatewayConfig } from '../../../../worker/src/config/gateway-config.ts';
import type { GatewayEnv } from '../../../../worker/src/gateway-env.ts';

const TWO_DAYS_MS = 48 * 3_600_000;

export type GrantedPermit = Pick<Permit, 'requests' | 'tokens'> & {
  keyId: string;
  model: string | null;
  chargedAt: number;
};

/** What the node knows: the journal of a node that both gateways call. */
export class SimulatedNode {
  readonly #journal = new Map<string, JournalRecord>();
  /** Whether it can be reached to be told what to forget. */
  takesAcknowledgements = true;

  keep(record: JournalRecord): void {
    this.#journal.set(record.callId, record);
  }

  /** The records that nobody has acknowledged, as long as a node keeps them. */
  records(): JournalRecord[] {
    for (const [id, { endedAt }] of this.#journal) if (Date.now() - endedAt > TWO_DAYS_MS) this.#journal.delete(id);
    return [...this.#journal.values()];
  }

  answer(path: string, body: string): Response {
    if (path === NODE_PATH.status) return Response.json(this.#status());
    if (path.startsWith(NODE_PATH.journalAck)) {
      if (!this.takesAcknowledgements) return new Response('away', { status: 503 });
      const { callIds } = JSON.parse(body) as { callIds: string[] };
      for (const id of callIds) this.#journal.delete(id);
      return Response.json({ acknowledged: callIds.length });
    }
    return Response.json({ records: this.records().slice(0, 256) });
  }

  #status() {
    const journal = { unacknowledged: this.#journal.size, oldestEndedAt: null };
    const state = { draining: false, engine: 'ready', models: [], journal };
    return { protocolVersion: NODE_PROTOCOL_VERSION, nodeId: 'home', bootId: 'boot', version: '0', ...state };
  }
}

export class SimulatedGateway {
  readonly settler: Settler;
  /** By id: what the account gave and has not got back. */
  readonly permits = new Map<string, GrantedPermit>();
  /** Calls that the account has admitted without anybody having heard of it. */
  readonly lostAdmissions: { callId: string; result: AdmitResult }[] = [];
  /** The next answer to this question is lost on its way: the account has done what was asked. */
  losesAnswerTo: 'admit' | 'settle' | null = null;
  inFlight = 0;
  readonly #onDelivered: (batch: SettlementBatch) => void;
  #isAlive = true;

  /** `onDelivered` hears of every batch that the account has taken. */
  constructor(node: SimulatedNode, onDelivered: (batch: SettlementBatch) => void) {
    this.#onDelivered = onDelivered;
    const bindings = {
      ...env,
      ACCOUNT: { getByName: (id: string) => this.#accountStub(id) },
      NODE: { fetch: (url: string, init: { body?: Uint8Array }) => this.#askNode(node, url, init.body) },
    } as unknown as GatewayEnv;
    const config = { ...gatewayConfig(env) };
    this.settler = {
      env: bindings,
      config,
      requestId: 'req_test',
      waitUntil: (work) => void work.catch(() => undefined),
    };
  }

  /** As after `kill -9`: nothing that it had to say will be heard. */
  kill(): void {
    this.#isAlive = false;
  }

  #accountStub(id: string): Pick<AccountAdmission, 'admit' | 'settle'> {
    const account = env.ACCOUNT.getByName(id);
    return {
      admit: (request) =>
        this.#deliver('admit', async () => {
          const result = await account.admit(request);
          if (result.admitted && result.permit !== null && request.model !== null) {
            const { id: permitId, requests, tokens } = result.permit;
            const { keyId, model } = request;
            this.permits.set(permitId, { requests, tokens, keyId, model, chargedAt: result.chargedAt });
          }
          if (this.losesAnswerTo === 'admit') this.lostAdmissions.push({ callId: request.callId, result });
          return result;
        }),
      settle: (batch) =>
        this.#deliver('settle', async () => {
          await account.settle(batch);
          this.#onDelivered(batch);
          for (const { permitId } of batch.returns) this.permits.delete(permitId);
        }),
    };
  }

  async #deliver<Value>(what: 'admit' | 'settle', work: () => Promise<Value>): Promise<Value> {
    if (!this.#isAlive) throw new Error('this gateway is dead');
    this.inFlight += 1;
    try {
      const value = await work();
      if (this.losesAnswerTo !== what) return value;
      this.losesAnswerTo = null;
      throw new Error('the answer was lost');
    } finally {
      this.inFlight -= 1;
    }
  }

  #askNode(node: SimulatedNode, url: string, body: Uint8Array | undefined): Promise<Response> {
    if (!this.#isAlive) return Promise.reject(new Error('this gateway is dead'));
    const { pathname, search } = new URL(url);
    return Promise.resolve(node.answer(pathname + search, new TextDecoder().decode(body)));
  }
}
