// What the gateway says of its own parts is what is so: a node that is away, that is not trusted, that is not ready.
import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, it } from 'vitest';
import { checkListSchema, type Check } from '../../../protocol/admin/check.ts';
import { callsOfFreePlan } from '../../../worker/src/checks/check-free-plan.ts';
import { NODE_PROTOCOL_VERSION } from '../../../protocol/node/protocol-version.ts';
import { callAdmin } from '../admin-api.ts';
import { registryObject } from '../registry/registry-requests.ts';
import { TEST_ADMIN_TOKEN } from '../test-bindings.ts';
import { testGateway, testNode, type TestNode } from '../test-gateway.ts';

const AS_ADMIN = { headers: { authorization: `Bearer ${TEST_ADMIN_TOKEN}` } };

let node: TestNode;
beforeAll(async () => {
  node = await testNode();
});

async function checksOf(settings: Partial<Record<string, unknown>>): Promise<Record<string, Check>> {
  const answer = await testGateway({ NODE_ORIGIN: node.origin, ...settings }).send('/admin/checks', AS_ADMIN);
  const { data } = checkListSchema.parse(await answer.json());
  return Object.fromEntries(data.map((check) => [check.name, check]));
}

describe('the checks', () => {
  it('find nothing where all is well', async ({ expect }) => {
    const checks = await checksOf({});
    expect(Object.values(checks).map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok']);
    expect(Object.keys(checks)).toEqual(['kv', 'objects', 'node', 'usage', 'node clock', 'free plan']);
    expect(checks['node']?.detail).toContain('echo');
  });

  it('tell at the edge, and nowhere else, what the free plan bears, and warn before it is used up', async ({
    expect,
  }) => {
    expect([callsOfFreePlan(true, 300), callsOfFreePlan(false, 300), callsOfFreePlan(true, 10)]).toEqual([
      3_603, 10_000, 10_000,
    ]);
    await runInDurableObject(registryObject(), (_object, { storage }) => {
      storage.sql.exec(`DELETE FROM usage`);
    });
    const quiet = await checksOf({});
    expect(quiet['free plan']).toMatchObject({
      outcome: 'ok',
      detail: expect.stringMatching(/^0 calls since .* about 10000 a day of 300 tokens each$/) as unknown,
    });
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600;
    await runInDurableObject(registryObject(), (_object, { storage }) => {
      storage.sql.exec(
        `INSERT INTO usage (hour, key_id, model, calls, prompt_tokens, cached_tokens, completion_tokens, estimated_calls, first_tokens, first_token_ms, errors)
         VALUES (?, 'AAAAAAAAAAAAAAAA', 'm', 8000, 0, 0, 80000, 0, 0, 0, '{}')`,
        hour,
      );
    });
    const busy = await checksOf({});
    expect(busy['free plan']).toMatchObject({
      outcome: 'warning',
      detail: expect.stringContaining('8000 calls') as unknown,
    });
    expect(await checksOf({ CLIENT_ADDRESS_TRUST: 'none' })).not.toHaveProperty('free plan');
  });

  it('tell a node that is away, and where it was looked for', async ({ expect }) => {
    const { kv, node: away } = await checksOf({ NODE_ORIGIN: 'http://127.0.0.1:9' });
    expect(kv?.outcome).toBe('ok');
    expect(away).toMatchObject({ outcome: 'failed' });
    expect(away?.remedy).toContain('http://127.0.0.1:9');
  });

  it('tell a node that has no link, and how it gets one', async ({ expect }) => {
    const { node: unlinked } = await checksOf({ NODE_ORIGIN: 'link:attic' });
    expect(unlinked).toMatchObject({ outcome: 'failed' });
    expect(unlinked?.remedy).toContain('hearthkey nodes add attic');
  });

  it('tell a node that does not trust this gateway', async ({ expect }) => {
    const { node: other } = await checksOf({ NODE_ID: 'other' });
    expect(other).toMatchObject({ outcome: 'failed' });
    expect(other?.remedy).toContain('NODE_ID');
  });

  it.for([
    [20, 'warning', /(?:19|20|21) s ahead/],
    [-45, 'failed', /4[456] s behind/],
  ] as const)(
    'tell a clock that is %d s off at a node with an address',
    async ([seconds, outcome, words], { expect }) => {
      const other = await testNode();
      await other.setState({ clockAheadSeconds: seconds });
      const { 'node clock': clock } = await checksOf({ NODE_ORIGIN: other.origin });
      expect(clock).toMatchObject({ outcome, remedy: expect.stringContaining('beyond 30 s') as unknown });
      // A second may pass between the two clocks being read.
      expect(clock?.detail).toMatch(words);
    },
  );

  it('take a node that is a release ahead, and tell one that is too far ahead, and who is to be updated', async ({
    expect,
  }) => {
    const other = await testNode();
    const newer = NODE_PROTOCOL_VERSION + 1;
    await other.setState({ protocol: { protocolVersion: newer, oldestProtocolVersion: NODE_PROTOCOL_VERSION } });
    expect((await checksOf({ NODE_ORIGIN: other.origin }))['node']).toMatchObject({ outcome: 'ok' });
    const far = await testNode();
    await far.setState({ protocol: { protocolVersion: newer, oldestProtocolVersion: newer } });
    expect((await checksOf({ NODE_ORIGIN: far.origin }))['node']).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('update the gateway') as unknown,
    });
  });

  it.for([
    ['on CUDA (NVIDIA H100)', 'ok'],
    ['on the CPU (no GPU that llama.cpp can use was found)', 'warning'],
    ['on CUDA (NVIDIA T4) with 12 of its 33 layers, the rest on the CPU', 'warning'],
    ['on the CPU (GPUs are switched off)', 'ok'],
  ] as const)('tell of a node that computes %s: %s', async ([device, outcome], { expect }) => {
    const other = await testNode();
    await other.setState({ models: ['echo'], device });
    const { gpu } = await checksOf({ NODE_ORIGIN: other.origin });
    expect(gpu).toMatchObject({ outcome, detail: expect.stringContaining(`computes echo ${device}`) as unknown });
    expect(gpu?.remedy ?? null).toEqual(outcome === 'ok' ? null : (expect.stringContaining('docs/gpu.md') as unknown));
  });

  it('warn of a node that cannot answer yet', async ({ expect }) => {
    const starting = await testNode();
    await starting.setState({ engine: 'starting' });
    const { node: waiting } = await checksOf({ NODE_ORIGIN: starting.origin });
    expect(waiting).toMatchObject({ outcome: 'warning', detail: expect.stringContaining('starting') as unknown });
  });
});

it('are for whoever has an admin token', async ({ expect }) => {
  expect((await callAdmin('GET', '/admin/checks')).status).toBe(200);
  expect((await testGateway({}).send('/admin/checks')).status).toBe(401);
});
