// Every call that the engine accepted has exactly one journal record, written before its last byte; what was not accepted has none.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { journalPageSchema, nodeStatusSchema } from '../../../protocol/node/node-api.ts';
import { ACCOUNT, KEY_ID } from './gateway-signer.ts';
import { EventReader, startFakeNode } from './node-under-test.ts';

test('the record is there when the last byte is', async () => {
  const { engine, chat, records } = await startFakeNode();
  engine.script = ['a', 'b', 'c'];
  await new EventReader(await chat({ stream: true })).rest();
  expect(await records()).toMatchObject([
    {
      attempt: 1,
      account: ACCOUNT,
      keyId: KEY_ID,
      model: 'fake-model',
      promptTokens: 7,
      cachedTokens: 2,
      completionTokens: 3,
      outcome: 'stop',
      queueMs: 0.5,
      firstTokenMs: 1.5,
    },
  ]);
});

test('the priority is what the gateway signed, and normal when it named none', async () => {
  const { engine, call, records } = await startFakeNode();
  engine.script = ['x'];
  const body = JSON.stringify({ model: 'fake-model', messages: [{ role: 'user', content: 'hi' }] });
  for (const claims of [{}, { pri: 'low' }, { pri: 'high' }])
    await call({ path: '/v1/chat/completions', body, claims });
  expect((await call({ path: '/v1/chat/completions', body, claims: { pri: 'first' } })).status).toBe(401);
  expect(engine.started.map(({ request }) => request.priority)).toEqual(['normal', 'low', 'high']);
  expect(await records()).toHaveLength(3);
});

test('a call that was not accepted has no record', async () => {
  const { engine, chat, records } = await startFakeNode();
  engine.refusal = new ApiError('queue_full');
  await chat({});
  await chat({ stream: true });
  expect(await records()).toEqual([]);
});

test('the same call and attempt is not run twice, though it was signed twice; a further attempt is', async () => {
  const { engine, call, records } = await startFakeNode();
  engine.script = ['x'];
  const body = JSON.stringify({ model: 'fake-model', messages: [{ role: 'user', content: 'hi' }] });
  const send = (att: number) =>
    call({ path: '/v1/chat/completions', body, claims: { call: 'call_000000000000000A', att } });
  expect((await send(1)).status).toBe(200);
  expect((await send(1)).status).toBe(409);
  expect((await send(2)).status).toBe(200);
  expect((await records()).map(({ attempt }) => attempt)).toEqual([1, 2]);
});

test('records are fetched by call id, and gone once acknowledged', async () => {
  const { engine, call, chat, records } = await startFakeNode();
  engine.script = ['x'];
  await chat({});
  await chat({});
  const [first, second] = await records();
  const path = `/_node/journal?call_id=${first?.callId ?? ''}&call_id=call_zzzzzzzzzzzzzzzz`;
  expect(journalPageSchema.parse(await (await call({ path })).json()).records).toEqual([first]);
  const acknowledge = async () =>
    (
      await call({ path: '/_node/journal/ack', body: JSON.stringify({ callIds: [first?.callId] }) })
    ).json() as Promise<unknown>;
  expect(await acknowledge()).toEqual({ acknowledged: 1 });
  expect(await acknowledge()).toEqual({ acknowledged: 0 });
  expect(await records()).toEqual([second]);
});

test('the status tells how many records wait to be acknowledged, and since when', async () => {
  const { engine, call, chat, records } = await startFakeNode();
  const backlog = async () => nodeStatusSchema.parse(await (await call({ path: '/_node/status' })).json()).journal;
  expect(await backlog()).toEqual({ unacknowledged: 0, oldestEndedAt: null });
  engine.script = ['x'];
  await chat({});
  await chat({});
  const [first, second] = await records();
  expect(await backlog()).toEqual({ unacknowledged: 2, oldestEndedAt: first?.endedAt });
  await call({ path: '/_node/journal/ack', body: JSON.stringify({ callIds: [first?.callId] }) });
  expect(await backlog()).toEqual({ unacknowledged: 1, oldestEndedAt: second?.endedAt });
});

test.each(['/_node/journal?call_id=x', `/_node/journal?${'call_id=call_0000000000000000&'.repeat(50)}call_id=`])(
  'GET %s is a caller’s mistake',
  async (path) => {
    const { call } = await startFakeNode();
    expect((await call({ path })).status).toBe(400);
  },
);

test('however calls end, each accepted one has one record with its outcome', async () => {
  const { engine, chat, call, records } = await startFakeNode();
  type Ending = 'stop' | 'length' | 'cancelled' | 'failed';
  const run = async (ending: Ending, stream: boolean, texts: number) => {
    const caller = new AbortController();
    const starting = engine.nextGeneration();
    const answered = chat({ stream }, { signal: caller.signal })
      .then((answer) => answer.text())
      .catch(() => undefined);
    const generation = await starting;
    generation.accept();
    for (let index = 0; index < texts; index++) generation.say('t');
    if (ending === 'stop' || ending === 'length') generation.finish(ending);
    else if (ending === 'failed') generation.fail(new ApiError('generation_failed'));
    else caller.abort();
    if (ending === 'cancelled') await generation.aborted;
    await answered;
    const [record, ...more] = await records();
    expect(more).toEqual([]);
    expect(record).toMatchObject({ outcome: ending, completionTokens: texts });
    await call({ path: '/_node/journal/ack', body: JSON.stringify({ callIds: [record?.callId] }) });
  };
  const ending = fc.constantFrom<Ending>('stop', 'length', 'cancelled', 'failed');
  await fc.assert(fc.asyncProperty(ending, fc.boolean(), fc.nat(5), run), { numRuns: 40 });
});
