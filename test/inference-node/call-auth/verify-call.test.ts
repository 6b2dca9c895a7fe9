// Which keys sign, which node and time are meant: what the HTTP tests (server/forged-calls.test.ts) cannot bend.
import { expect, test } from 'vitest';
import { GatewayKeys } from '../../../inference-node/call-auth/gateway-keys.ts';
import { ReplayGuard } from '../../../inference-node/call-auth/replay-guard.ts';
import { createCallVerifier, type IncomingCall } from '../../../inference-node/call-auth/verify-call.ts';
import { GatewaySigner, parseKeySet } from '../server/gateway-signer.ts';

const STATUS = '/_node/status';

async function statusCall(signer: GatewaySigner, claims: Record<string, unknown> = {}): Promise<IncomingCall> {
  const token = await signer.token(signer.claims({ path: STATUS, claims }));
  return {
    method: 'GET',
    target: STATUS,
    authorization: `Bearer ${token}`,
    contentType: '',
    readBody: () => Promise.resolve(new Uint8Array()),
  };
}

function verifier(signers: GatewaySigner[], options: { now?: () => number; replayGuard?: ReplayGuard } = {}) {
  const keys = new GatewayKeys({ keySet: parseKeySet(signers.map(({ jwk }) => jwk)), source: null });
  return createCallVerifier({ keys, nodeId: 'home', bootId: 'boot', replayGuard: new ReplayGuard(), ...options });
}

test('while two gateway keys overlap, both sign; a third does not', async () => {
  const [old, current, foreign] = await Promise.all(
    ['old', 'current', 'foreign'].map((kid) => GatewaySigner.create(kid)),
  );
  const verify = verifier([old!, current!]);
  expect(await verify(await statusCall(old!))).toMatchObject({ verified: true });
  expect(await verify(await statusCall(current!))).toMatchObject({ verified: true });
  expect(await verify(await statusCall(foreign!))).toMatchObject({ verified: false, reason: 'bad_token' });
});

test('a clock that is off by 30 s either way is tolerated, one that is off by more is not', async () => {
  const signer = await GatewaySigner.create();
  for (const [skewSeconds, verified] of [
    [-29, true],
    [59, true],
    [-32, false],
    [61, false],
  ] as const) {
    const verify = verifier([signer], { now: () => Date.now() + skewSeconds * 1000 });
    expect(await verify(await statusCall(signer)), `${skewSeconds} s`).toMatchObject({ verified });
  }
});

test('when the guard is full, calls are refused', async () => {
  const signer = await GatewaySigner.create();
  const verify = verifier([signer], { replayGuard: new ReplayGuard(1) });
  expect(await verify(await statusCall(signer))).toMatchObject({ verified: true });
  expect(await verify(await statusCall(signer))).toMatchObject({ verified: false, reason: 'guard_full' });
});

test('a refused call does not use up its id, and its body is not read before the signature holds', async () => {
  const signer = await GatewaySigner.create();
  const verify = verifier([signer]);
  const call = await statusCall(signer);
  let read = 0;
  const readBody = () => Promise.resolve(new Uint8Array(++read));
  expect(await verify({ ...call, authorization: `${call.authorization ?? ''}x`, readBody })).toMatchObject({
    reason: 'bad_token',
  });
  expect(read).toBe(0);
  expect(await verify({ ...call, readBody })).toMatchObject({ reason: 'other_body' });
  expect(await verify(call)).toMatchObject({ verified: true });
  expect(await verify(call)).toMatchObject({ reason: 'replayed' });
});
