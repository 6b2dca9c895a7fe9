// A node that takes its gateway's keys from the gateway's URL follows when they are replaced, and believes nobody else's.
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { GatewayKeys } from '../../../inference-node/call-auth/gateway-keys.ts';
import {
  GatewayKeysUrl,
  KEYS_COOLDOWN_MS,
  KEYS_REFRESH_MS,
} from '../../../inference-node/call-auth/gateway-keys-url.ts';
import { ReplayGuard } from '../../../inference-node/call-auth/replay-guard.ts';
import { createCallVerifier } from '../../../inference-node/call-auth/verify-call.ts';
import { killServer, listenOnLoopback } from '../../loopback-node/loopback-server.ts';
import { GatewaySigner } from '../server/gateway-signer.ts';

const STATUS = '/_node/status';

let old: GatewaySigner;
let next: GatewaySigner;
let foreign: GatewaySigner;
let answer: (response: ServerResponse) => void;
let fetches: number;
let clock: number;
let problems: string[];

beforeEach(async () => {
  const [first, second, third] = await Promise.all(['old', 'next', 'foreign'].map((kid) => GatewaySigner.create(kid)));
  [old, next, foreign] = [first!, second!, third!];
  [fetches, clock, problems] = [0, 0, []];
});

/** What the gateway says from now on. */
function publish(...signers: GatewaySigner[]): void {
  publishJson({ keys: signers.map(({ jwk }) => jwk) });
}

function publishJson(value: unknown): void {
  answer = (response) => response.end(JSON.stringify(value));
}

async function startGateway(): Promise<string> {
  const server = createServer((_request, response) => {
    fetches++;
    answer(response);
  });
  onTestFinished(() => killServer(server));
  return `${await listenOnLoopback(server)}/.well-known/jwks.json`;
}

/** The node's check, started while the gateway published the old key; says whether a call of a signer is answered. */
async function startNode(): Promise<(signer: GatewaySigner) => Promise<boolean>> {
  publish(old);
  const source = new GatewayKeysUrl(await startGateway(), () => clock);
  const first = await source.ask();
  if (!first.ok) throw new Error(first.problem);
  const onProblem = (problem: string) => problems.push(problem);
  const keys = new GatewayKeys({ keySet: first.keySet, source, onProblem, now: () => clock });
  const verify = createCallVerifier({ keys, nodeId: 'home', bootId: 'boot', replayGuard: new ReplayGuard() });
  fetches = 0;
  return async (signer) => {
    const token = await signer.token(signer.claims({ path: STATUS }));
    const call = { method: 'GET', target: STATUS, authorization: `Bearer ${token}`, contentType: '' };
    return (await verify({ ...call, readBody: () => Promise.resolve(new Uint8Array()) })).verified;
  };
}

/** As good as ten minutes with calls: what is looked for behind a call is there for the next. */
async function refresh(answers: (signer: GatewaySigner) => Promise<boolean>, signer: GatewaySigner): Promise<void> {
  const before = fetches;
  clock += KEYS_REFRESH_MS;
  await answers(signer);
  while (fetches === before) await new Promise(setImmediate);
  clock += KEYS_COOLDOWN_MS;
  await answers(foreign);
}

describe('the gateway’s key', () => {
  test('is replaced under running calls, none of which is refused, and the old one ends', async () => {
    const answers = await startNode();
    let signer = old;
    let running = true;
    const callers = Array.from({ length: 8 }, async () => {
      const verdicts = new Set<boolean>();
      while (running) verdicts.add(await answers(signer));
      return [...verdicts];
    });
    const someCalls = async () => {
      for (let calls = 0; calls < 20; calls++) expect(await answers(signer)).toBe(true);
    };
    await someCalls();
    publish(old, next);
    await someCalls();
    signer = next;
    publish(next, old);
    await someCalls();
    running = false;
    expect(await Promise.all(callers)).toEqual(Array.from({ length: 8 }, () => [true]));
    expect(fetches).toBe(1);
    publish(next);
    await refresh(answers, next);
    expect([await answers(old), await answers(next), problems]).toEqual([false, true, []]);
  });

  test('is asked for once, however many calls name one that there is not', async () => {
    const answers = await startNode();
    const flood = await Promise.all(Array.from({ length: 300 }, () => answers(foreign)));
    expect([new Set(flood), fetches]).toEqual([new Set([false]), 1]);
    for (let calls = 0; calls < 20; calls++) {
      clock += (KEYS_COOLDOWN_MS - 1_000) / 20;
      await answers(foreign);
    }
    expect(fetches).toBe(1);
    clock += 10_000;
    await answers(foreign);
    expect(fetches).toBe(2);
  });
});

describe('while the gateway is away, the keys that are known go on working', () => {
  test.each<[string, typeof answer]>([
    ['it breaks the connection', (response) => response.destroy()],
    ['it has an error', (response) => response.writeHead(502).end('{"keys":[]}')],
    ['it answers without end', (response) => response.end('x'.repeat(1_000_000))],
    ['it sends elsewhere', (response) => response.writeHead(302, { location: '/keys' }).end()],
  ])('%s', async (_what, fault) => {
    const answers = await startNode();
    answer = fault;
    expect([await answers(next), await answers(old)]).toEqual([false, true]);
    await refresh(answers, old);
    expect(await answers(old)).toBe(true);
    expect(problems.length).toBeGreaterThan(0);
    publish(old, next);
    clock += KEYS_COOLDOWN_MS;
    expect([await answers(next), await answers(old)]).toEqual([true, true]);
  });

  test('it is silent: a call whose key is known does not wait for it', async () => {
    const answers = await startNode();
    let release: () => void = () => undefined;
    answer = (response) => {
      release = () => response.end(JSON.stringify({ keys: [old.jwk, next.jwk] }));
    };
    const waiting = answers(next);
    while (fetches === 0) await new Promise(setImmediate);
    clock += KEYS_REFRESH_MS;
    expect(await answers(old)).toBe(true);
    release();
    expect(await waiting).toBe(true);
  });
});

describe('a key set of an attacker’s making is not taken', () => {
  const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  test.each<[string, () => unknown]>([
    ['the kid twice, one of them foreign', () => ({ keys: [old.jwk, { ...foreign.jwk, kid: 'old' }] })],
    ['a key without a kid beside others', () => ({ keys: [old.jwk, { ...foreign.jwk, kid: undefined }] })],
    ['a symmetric key', () => ({ keys: [old.jwk, { kty: 'oct', kid: 'foreign', alg: 'HS256', k: 'c2VjcmV0' }] })],
    ['an RSA key', () => ({ keys: [old.jwk, { ...rsa(), kid: 'foreign' }] })],
    ['a private key', () => ({ keys: [old.jwk, { ...foreign.jwk, d: 'A'.repeat(43) }] })],
    ['a key of another curve', () => ({ keys: [old.jwk, { ...foreign.jwk, crv: 'X25519' }] })],
    [
      'more keys than a rotation needs',
      () => ({ keys: Array.from({ length: 9 }, (_, n) => ({ ...old.jwk, kid: `${n}` })) }),
    ],
    ['no keys', () => ({ keys: [] })],
    ['another thing', () => ['keys']],
  ])('%s', async (_what, keySet) => {
    const answers = await startNode();
    publishJson(keySet());
    expect([await answers(foreign), await answers(old), fetches]).toEqual([false, true, 1]);
    expect(problems).toEqual([expect.stringContaining('not with public Ed25519 keys')]);
  });

  test('and a token cannot name a place of its own', async () => {
    const answers = await startNode();
    publish(old);
    const token = async () => {
      const { SignJWT } = await import('jose');
      const header = { alg: 'EdDSA', kid: 'foreign', jku: 'http://127.0.0.1:9/keys', jwk: foreign.jwk };
      return new SignJWT(foreign.claims({ path: STATUS })).setProtectedHeader(header).sign(foreign.privateKey);
    };
    const stranger = Object.create(foreign, { token: { value: token } }) as GatewaySigner;
    expect([await answers(stranger), fetches]).toEqual([false, 1]);
  });
});
