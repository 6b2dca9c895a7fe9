// The gateway's signing key can be replaced while the node runs: old and new overlap as the file says, without a restart.
import { writeFileSync, rmSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { GatewayKeys } from '../../../inference-node/call-auth/gateway-keys.ts';
import { ReplayGuard } from '../../../inference-node/call-auth/replay-guard.ts';
import { createCallVerifier } from '../../../inference-node/call-auth/verify-call.ts';
import { GatewayKeysFile } from '../../../inference-node/config/gateway-keys-file.ts';
import { GatewaySigner, parseKeySet } from '../server/gateway-signer.ts';
import { temporaryFolder } from '../server/node-under-test.ts';

const STATUS = '/_node/status';
/** What the node promises: it looks no more often. */
const LOOK_INTERVAL_MS = 5_000;

let old: GatewaySigner;
let next: GatewaySigner;
let foreign: GatewaySigner;
let file: string;
let clock: number;
let looks: number;
let changes: string[];
let problems: string[];

beforeEach(async () => {
  [old, next, foreign] = await Promise.all([
    GatewaySigner.create('old'),
    GatewaySigner.create('next'),
    GatewaySigner.create('foreign'),
  ]);
  file = join(temporaryFolder(), 'gateway-keys.json');
  clock = 0;
  looks = 0;
  changes = [];
  problems = [];
});

/** As the CLI does it: whole or not at all. */
function publish(...signers: GatewaySigner[]): void {
  writeFileSync(`${file}.new`, JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }));
  renameSync(`${file}.new`, file);
}

/** The node's check, started while the file held the old key; says whether a call of a signer is answered. */
function startNode(): (signer: GatewaySigner) => Promise<boolean> {
  publish(old);
  const source = new GatewayKeysFile(file);
  const keys = new GatewayKeys({
    keySet: parseKeySet([old.jwk]),
    source: {
      readIfChanged() {
        looks++;
        return source.readIfChanged();
      },
    },
    onChange: (kids) => changes.push(kids.join(' ')),
    onProblem: (problem) => problems.push(problem),
    now: () => clock,
  });
  const verify = createCallVerifier({ keys, nodeId: 'home', bootId: 'boot', replayGuard: new ReplayGuard() });
  return async (signer) => {
    const token = await signer.token(signer.claims({ path: STATUS }));
    const call = { method: 'GET', target: STATUS, authorization: `Bearer ${token}`, contentType: '' };
    return (await verify({ ...call, readBody: () => Promise.resolve(new Uint8Array()) })).verified;
  };
}

describe('a running node', () => {
  test('answers the old key, then both, then the new one alone, as the file says', async () => {
    const answers = startNode();
    expect([await answers(old), await answers(next)]).toEqual([true, false]);
    publish(old, next);
    clock += LOOK_INTERVAL_MS;
    expect([await answers(old), await answers(next)]).toEqual([true, true]);
    publish(next);
    clock += LOOK_INTERVAL_MS;
    expect([await answers(old), await answers(next), await answers(foreign)]).toEqual([false, true, false]);
    expect(changes).toEqual(['old next', 'next']);
    expect(problems).toEqual([]);
  });

  test('takes a new key with the first call that names it, however lately it looked', async () => {
    const answers = startNode();
    clock += LOOK_INTERVAL_MS;
    expect(await answers(old)).toBe(true);
    publish(old, next);
    expect(await answers(next)).toBe(true);
  });

  test('of calls that come together each is answered by what the file holds', async () => {
    const answers = startNode();
    publish(old, next);
    const together = [next, old, next, foreign, next, old].map(answers);
    expect(await Promise.all(together)).toEqual([true, true, true, false, true, true]);
  });

  test('looks at its disk no more often than every 5 s, whoever calls with whatever key', async () => {
    const answers = startNode();
    for (let calls = 0; calls < 50; calls++) {
      await answers(foreign);
      await answers(old);
    }
    expect(looks).toBe(1);
    clock += LOOK_INTERVAL_MS - 1;
    await answers(foreign);
    expect(looks).toBe(1);
    clock += 1;
    for (let calls = 0; calls < 50; calls++) {
      await answers(old);
      await answers(foreign);
    }
    expect(looks).toBeLessThanOrEqual(3);
  });

  test.each([
    [
      'is broken',
      () => {
        writeFileSync(file, '{"keys":[');
      },
      'it is not JSON',
    ],
    [
      'holds no keys',
      () => {
        writeFileSync(file, '{"keys":[]}');
      },
      'keys: keys is empty',
    ],
    [
      'is gone',
      () => {
        rmSync(file);
      },
      'cannot be read (ENOENT)',
    ],
  ])('keeps its keys while the file %s, says so once, and takes what is mended', async (_name, damage, problem) => {
    const answers = startNode();
    damage();
    for (let times = 0; times < 3; times++) {
      clock += LOOK_INTERVAL_MS;
      expect([await answers(old), await answers(next)]).toEqual([true, false]);
    }
    expect(problems).toEqual([problem]);
    publish(old, next);
    clock += LOOK_INTERVAL_MS;
    expect([await answers(old), await answers(next)]).toEqual([true, true]);
  });

  test('says nothing when the file was written anew with the same keys', async () => {
    const answers = startNode();
    publish(old);
    clock += LOOK_INTERVAL_MS;
    expect(await answers(old)).toBe(true);
    expect(changes).toEqual([]);
  });
});

test('keys that were given for good stay, and no disk is looked at', async () => {
  const keys = new GatewayKeys({ keySet: parseKeySet([old.jwk]), source: null, now: () => clock });
  const find = (kid: string) => keys.find({ alg: 'EdDSA', kid }, { payload: '', signature: '' });
  clock += LOOK_INTERVAL_MS;
  await expect(find('old')).resolves.toBeDefined();
  await expect(find('next')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
});
