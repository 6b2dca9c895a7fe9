// A product under load that is killed and started again on the same state: what is known of it across its lives.
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createdApiKeySchema } from '../../../protocol/admin/admin-key.ts';
import { userSchema } from '../../../protocol/admin/admin-user.ts';
import { usageReportSchema, type UsageReport } from '../../../protocol/admin/usage.ts';
import { adminTokenOf, startProduct, type Product } from '../product.ts';
import { Administrator } from './admin-acts.ts';
import { adminApi, type AdminApi } from './admin-api.ts';
import { CallLedger, type LoadKey } from './call-ledger.ts';
import { JournalCopy } from './journal-copy.ts';
import type { CrashPlan, Moment } from './crash-plan.ts';
import { killPart, killProduct } from './kill-part.ts';
import { callOnAndOn } from './load-clients.ts';
import { Pulse } from './pulse.ts';
import type { SeededRandom } from './seeded-random.ts';

const FLAGS = ['--model', 'models/tiny-llama.gguf'];
/** Between two looks at usage. Milliseconds. */
const WATCH_MS = 100;
const ADMINISTRATORS = 3;
/** Clients that call with any key but the one of parallel calls, and those that call with it only. */
const CLIENTS = { any: 3, parallel: 5 };

export type CrashLimits = { requests_per_day: number; tokens_per_day: number; parallel: number };

export class CrashRun implements AsyncDisposable {
  readonly ledger = new CallLedger();
  readonly administrators: Administrator[] = [];
  readonly keys: LoadKey[] = [];
  readonly api: AdminApi;
  readonly startedMs = Date.now();
  /** Of workerd, which holds the counters of limits. */
  gatewayCrashes = 0;
  userId = '';
  readonly #random: SeededRandom;
  readonly #folder: string;
  readonly #pulses = { calls: new Pulse(), all: new Pulse() };
  readonly #journal: JournalCopy;
  #product: Product;

  private constructor(random: SeededRandom, folder: string, product: Product) {
    this.#random = random;
    this.#folder = folder;
    this.#product = product;
    this.#journal = new JournalCopy(join(product.state, 'node'), join(folder, 'journal'));
    this.api = adminApi(() => this.gateway, adminTokenOf(product));
  }

  /** `random`: for when and what to call; not for the plan, which must not depend on how many calls there were. */
  static async start(random: SeededRandom, limits: CrashLimits): Promise<CrashRun> {
    const folder = await mkdtemp(join(tmpdir(), 'hearthkey-crash-'));
    const run = new CrashRun(random, folder, await startProduct({ state: join(folder, 'state'), flags: FLAGS }));
    run.userId = await run.#createUser('load');
    for (const limit of ['none', 'requests_per_day', 'tokens_per_day', 'parallel'] as const) {
      run.keys.push(await run.#createKey(limit, limits));
    }
    for (let index = 0; index < ADMINISTRATORS; index++) {
      run.administrators.push(new Administrator(await run.#createUser(`administered ${index}`)));
    }
    return run;
  }

  get gateway(): string {
    return this.#product.gateway;
  }

  get chains(): string[] {
    return ['registry', this.userId, ...this.administrators.map(({ userId }) => userId)];
  }

  key(limit: LoadKey['limit']): LoadKey {
    const key = this.keys.find((candidate) => candidate.limit === limit);
    if (key === undefined) throw new Error(`no key with the limit ${limit}`);
    return key;
  }

  records(): ReturnType<JournalCopy['read']> {
    return this.#journal.read();
  }

  /** Of one user from its account, of all (null) from the roll-ups. */
  usage(userId: string | null): Promise<UsageReport> {
    return this.api.ask(usageReportSchema, usagePath(userId));
  }

  /** Puts the product under load, kills a part at one moment and all of it at another, and starts it again. */
  async crash({ part, end, moments }: CrashPlan): Promise<void> {
    const stop = new AbortController();
    const load = this.#load(stop.signal);
    const broken = Promise.all(load);
    const unexpected = once(this.#product.process, 'exit', { signal: stop.signal }).then(() => {
      throw new Error(`the product ended by itself:\n${this.#product.log()}`);
    });
    unexpected.catch(() => undefined);
    const until = async ({ successes, of, ms }: Moment): Promise<void> => {
      await Promise.race([this.#pulses[of].after(successes), broken, unexpected]);
      await delay(ms);
    };
    try {
      await until(moments[0]);
      await killPart(this.#product, part);
      if (part === 'state' || part === 'calls') this.gatewayCrashes += 1;
      await until(moments[1]);
    } finally {
      stop.abort();
    }
    await killProduct(this.#product, end);
    this.gatewayCrashes += 1;
    await broken;
    this.#product = await startProduct({ state: this.#product.state, flags: FLAGS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#journal[Symbol.dispose]();
    await this.#product[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #load(stop: AbortSignal): Promise<void>[] {
    const { calls, all } = this.#pulses;
    const common = { random: this.#random, stop };
    const load = { ...common, gateway: () => this.gateway, ledger: this.ledger, pulses: [calls, all] };
    const administration = { ...common, api: this.api, pulse: all };
    const others = this.keys.filter(({ limit }) => limit !== 'parallel');
    return [
      ...Array.from({ length: CLIENTS.any }, () => callOnAndOn(load, others)),
      ...Array.from({ length: CLIENTS.parallel }, () => callOnAndOn(load, [this.key('parallel')])),
      ...this.administrators.map((administrator) => administrator.workOnAndOn(administration)),
      this.#watchUsage(stop),
    ];
  }

  /** Each look has calls settled by the node's journal that their gateway is settling at the same time. */
  async #watchUsage(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.api.act('GET', usagePath(this.userId));
      await delay(WATCH_MS);
    }
  }

  async #createUser(name: string): Promise<string> {
    const result = await this.api.act('POST', '/admin/users', { name });
    if (result.how !== 'done') throw new Error(`no user '${name}' could be made`);
    return userSchema.parse(result.answer).id;
  }

  async #createKey(limit: LoadKey['limit'], amounts: CrashLimits): Promise<LoadKey> {
    const limits = {
      none: null,
      requests_per_day: { requests_per_day: amounts.requests_per_day },
      tokens_per_day: { tokens_per_day: amounts.tokens_per_day },
      parallel: { parallel_requests: amounts.parallel },
    }[limit];
    const result = await this.api.act('POST', '/admin/keys', { user_id: this.userId, name: limit, limits });
    if (result.how !== 'done') throw new Error(`no key '${limit}' could be made`);
    const { id, key } = createdApiKeySchema.parse(result.answer);
    return { id, secret: key, limit };
  }
}

function usagePath(userId: string | null): string {
  return `/admin/usage?group_by=key${userId === null ? '' : `&user_id=${userId}`}`;
}
