// State folders of gateways with many keys: each number is made once in a run, and copied for every gateway that wants it.
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../../protocol/credentials/digest.ts';
import { readGatewaySecrets } from '../../../cli/state-folder/gateway-secrets.ts';
import { stateFolderPaths } from '../../../cli/state-folder/state-folder.ts';
import { AdminRequests } from '../admin-requests.ts';
import { GatewayProgram } from '../gateway-program.ts';
import { StateWriter, type Model } from './state-writer.ts';

const KEYS_PER_USER = 50;
/** Occur nowhere else. */
const MODEL_NAMES = { userName: 'the user that all are copied from', keyName: 'the key that all are copied from' };

export class KeyStates {
  readonly #folder: string;
  readonly #nodePort: string;
  readonly #made = new Map<number, Promise<string>>();

  /** `folder`: for the states. */
  constructor(folder: string, nodePort: string) {
    this.#folder = folder;
    this.#nodePort = nodePort;
  }

  /** Puts the state of a gateway with so many keys at `path`. */
  async copyTo(path: string, keys: number): Promise<void> {
    const made = this.#made.get(keys) ?? this.#make(keys);
    this.#made.set(keys, made);
    await cp(await made, path, { recursive: true });
  }

  async #make(keys: number): Promise<string> {
    const begin = performance.now();
    const own = join(this.#folder, `state-of-${keys}-keys`);
    await mkdir(own);
    const state = stateFolderPaths(join(own, 'state'));
    const model = await this.#makeModel(own, state.folder);
    const secrets = await readGatewaySecrets(state);
    if (secrets === null) throw new Error('the gateway has made no secrets');
    const sample = await fill(new StateWriter(state.storage, model, secrets.keyCheckSecret), keys);
    const seconds = (performance.now() - begin) / 1000;
    process.stderr.write(`${keys} keys written in ${seconds.toFixed(0)} s\n`);
    await this.#check(own, state.folder, sample);
    return state.folder;
  }

  async #makeModel(folder: string, state: string): Promise<Model> {
    await using gateway = await GatewayProgram.start({ folder, state, node: { port: this.#nodePort } });
    const admin = new AdminRequests(gateway.admin);
    const userId = await admin.createUser(MODEL_NAMES.userName);
    const secret = await admin.createKey(userId, MODEL_NAMES.keyName);
    const keyId = secret.slice('hk_'.length, 'hk_'.length + 16);
    await admin.untilIndexed();
    return { ...MODEL_NAMES, userId, keyId, digest: await sha256(secret) };
  }

  /** What was written must be what the gateway would have written, else another thing is measured. */
  async #check(folder: string, state: string, sample: string): Promise<void> {
    await using gateway = await GatewayProgram.start({ folder, state, node: { port: this.#nodePort } });
    const answer = await fetch(`${gateway.origin}/v1/key`, { headers: { authorization: `Bearer ${sample}` } });
    if (answer.status !== 200) throw new Error(`a key that was written is answered with ${answer.status}`);
    await new AdminRequests(gateway.admin).untilIndexed();
  }
}

/** Resolves to the secret of one of the keys. */
async function fill(state: StateWriter, keys: number): Promise<string> {
  using writer = state;
  let secret = '';
  for (let made = 0; made < keys; made += KEYS_PER_USER) {
    const count = Math.min(KEYS_PER_USER, keys - made);
    const names = Array.from({ length: count }, (_, index) => `key ${made + index}`);
    secret = await writer.addUser(`user of key ${made} and more`, names);
  }
  return secret;
}
