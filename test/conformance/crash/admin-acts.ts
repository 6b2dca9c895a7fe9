// Somebody who administers keys all the time: creates, changes, rotates, disables, enables, revokes. Everything that was
// acknowledged is kept, to be asked for after a crash; a key whose last act nobody answered is let go.
import { setTimeout as delay } from 'node:timers/promises';
import { createdApiKeySchema, type KeyStatus } from '../../../protocol/admin/admin-key.ts';
import type { AuditAction } from '../../../protocol/admin/audit.ts';
import type { AdminApi } from './admin-api.ts';
import type { Pulse } from './pulse.ts';
import type { SeededRandom } from './seeded-random.ts';

const GRACE_SECONDS = 3_600;
/** After an act that nobody answered. Milliseconds. */
const RETRY_MS = 25;
/** Of each administrator; more would only make the check after a crash longer. */
const MOST_KEYS = 12;
/** Former secrets of a key beyond it are refused (eight). */
const MOST_SECRETS = 6;

export type Secret = { text: string; state: 'current' | 'grace' | 'ended' };

/** A key as the last acknowledged act left it. */
export type AcknowledgedKey = {
  id: string;
  userId: string;
  name: string;
  status: KeyStatus;
  secrets: Secret[];
};

/** An act that the audit log must have (`done`), or may have. */
export type AuditedAct = { chain: string; action: AuditAction; target: string; done: boolean };

export type AdminLoad = { api: AdminApi; random: SeededRandom; pulse: Pulse; stop: AbortSignal };

export class Administrator {
  readonly keys: AcknowledgedKey[] = [];
  readonly acts: AuditedAct[] = [];
  /** Keys that were acknowledged once, and whose last act was not. */
  readonly doubtful: string[] = [];
  readonly userId: string;
  #made = 0;

  constructor(userId: string) {
    this.userId = userId;
  }

  /** One act after the other, until told to stop. */
  async workOnAndOn(load: AdminLoad): Promise<void> {
    while (!load.stop.aborted) await this.#actOnce(load);
  }

  async #actOnce(load: AdminLoad): Promise<void> {
    const { random } = load;
    const usable = this.keys.filter(({ status }) => status !== 'revoked');
    if (usable.length === 0 || (this.keys.length < MOST_KEYS && random.below(3) === 0)) {
      await this.#create(load);
      return;
    }
    const key = random.pick(usable);
    const acts = [this.#rename, this.#rename, this.#rotate, this.#rotate, this.#switch, this.#finish, this.#revoke];
    await random.pick(acts).call(this, key, load);
  }

  async #create({ api, pulse }: AdminLoad): Promise<void> {
    const name = `made ${(this.#made += 1)}`;
    const result = await api.act('POST', '/admin/keys', { user_id: this.userId, name });
    if (result.how !== 'done') {
      await delay(RETRY_MS);
      return;
    }
    const { id, key } = createdApiKeySchema.parse(result.answer);
    this.keys.push({ id, userId: this.userId, name, status: 'active', secrets: [{ text: key, state: 'current' }] });
    this.#note(id, 'key.create', true);
    pulse.beat();
  }

  async #rename(key: AcknowledgedKey, load: AdminLoad): Promise<void> {
    const name = `renamed ${load.random.below(1_000_000_000)}`;
    await this.#act(load, key, 'key.update', { method: 'PATCH', path: '', body: { name } }, () => {
      key.name = name;
    });
  }

  async #rotate(key: AcknowledgedKey, load: AdminLoad): Promise<void> {
    const grace = load.random.below(2) === 0 && key.secrets.length < MOST_SECRETS ? GRACE_SECONDS : 0;
    const body = { grace_seconds: grace };
    await this.#act(load, key, 'key.rotate', { method: 'POST', path: '/rotate', body }, (answer) => {
      const { key: text } = createdApiKeySchema.parse(answer);
      if (grace === 0) endFormer(key, 'all');
      else for (const secret of key.secrets) if (secret.state === 'current') secret.state = 'grace';
      key.secrets.push({ text, state: 'current' });
    });
  }

  async #finish(key: AcknowledgedKey, load: AdminLoad): Promise<void> {
    if (!key.secrets.some(({ state }) => state === 'grace')) return;
    await this.#act(load, key, 'key.finish_rotation', { method: 'POST', path: '/finish-rotation' }, () => {
      endFormer(key, 'grace');
    });
  }

  async #switch(key: AcknowledgedKey, load: AdminLoad): Promise<void> {
    const disable = key.status === 'active';
    const verb = disable ? 'disable' : 'enable';
    await this.#act(load, key, `key.${verb}`, { method: 'POST', path: `/${verb}` }, () => {
      key.status = disable ? 'disabled' : 'active';
    });
  }

  async #revoke(key: AcknowledgedKey, load: AdminLoad): Promise<void> {
    await this.#act(load, key, 'key.revoke', { method: 'POST', path: '/revoke' }, () => {
      key.status = 'revoked';
    });
  }

  async #act(
    { api, pulse }: AdminLoad,
    key: AcknowledgedKey,
    action: AuditAction,
    { method, path, body }: { method: 'POST' | 'PATCH'; path: string; body?: object },
    acknowledge: (answer: unknown) => void,
  ): Promise<void> {
    const result = await api.act(method, `/admin/keys/${key.id}${path}`, body);
    if (result.how !== 'unsent') this.#note(key.id, action, result.how === 'done');
    if (result.how === 'unknown') {
      this.keys.splice(this.keys.indexOf(key), 1);
      this.doubtful.push(key.id);
    }
    if (result.how !== 'done') {
      await delay(RETRY_MS);
      return;
    }
    acknowledge(result.answer);
    pulse.beat();
  }

  #note(target: string, action: AuditAction, done: boolean): void {
    this.acts.push({ chain: this.userId, action, target, done });
  }
}

function endFormer(key: AcknowledgedKey, which: 'all' | 'grace'): void {
  for (const secret of key.secrets) if (which === 'all' || secret.state === 'grace') secret.state = 'ended';
}
