// Requirement: whatever becomes of a node, its network or its gateway, every call is answered or ends with a proper error, no lease leaks,
// no call is miscounted, and the next one works. Over a link and over an address; CUT_SECONDS adds a longer cut.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killGateway } from './gateway-processes.ts';
import { StrictClient, type SeenEnd } from './strict-client.ts';
import { NODE_NAMES, TwoNodeSite } from './two-node-site.ts';

/** A link lives through it, in seconds. */
const SHORT_CUT = 5;
/** No link does; 0: not tried. */
const LONG_CUT = Number(process.env['CUT_SECONDS'] ?? 0);
/** Both ways, for each piece: a status takes more than half a second, and less than the 1.5 s that a node has for it. Milliseconds. */
const SLOW_MS = 300;
/** Reading it takes the slow model a second or two. */
const LONG_PROMPT = [{ role: 'user', content: 'word '.repeat(250) }];
const LOST = { how: 'error', status: 200, code: 'generation_failed' };
const OFFLINE = { how: 'error', status: 503, code: 'node_offline' };

let site: TwoNodeSite;

beforeAll(async () => {
  site = await TwoNodeSite.start();
});
afterAll(() => site[Symbol.asyncDispose]());

function newClient(): Promise<StrictClient> {
  return StrictClient.create(site.product.gateway, site.admin);
}

/** The first one needs the lease of the call before, and the second one that of the first. */
async function expectNextCallsWork(client: StrictClient, model = 'tiny-llama'): Promise<void> {
  for (let call = 0; call < 2; call++)
    expect(await client.ask(model, { max_tokens: 4 })).toMatchObject({ how: 'whole' });
}

/** What a cut stream has cost is known when its node can be asked again. */
async function untilCounted(client: StrictClient, end: SeenEnd): Promise<void> {
  const pieces = end.how === 'error' ? end.pieces : 1;
  while ((await client.used()).completion_tokens < pieces);
}

describe('a network that is cut', () => {
  it(`for ${SHORT_CUT} s delays what is under way, and no more`, async () => {
    const [client, other] = [await newClient(), await newClient()];
    const stream = await client.open('slow-gpu', { max_tokens: 700 });
    site.networks.gpu.cut();
    const waiting = other.ask('slow-gpu', { max_tokens: 4 });
    const back = delay(SHORT_CUT * 1_000).then(() => {
      site.networks.gpu.mend();
    });
    await expectNextCallsWork(await newClient());
    await back;
    expect(await stream.rest()).toEqual({ how: 'whole', completionTokens: 700 });
    expect(await waiting).toEqual({ how: 'whole', completionTokens: 4 });
    expect(await client.used()).toMatchObject({ calls: 1, completion_tokens: 700, errors: {}, estimated_calls: 0 });
    for (const each of [client, other]) await expectNextCallsWork(each, 'slow-gpu');
  });

  it.runIf(LONG_CUT > 0)(
    `for ${LONG_CUT} s ends what is under way meanwhile, and nothing is lost`,
    async () => {
      const [client, other] = [await newClient(), await newClient()];
      const stream = await client.open('slow-gpu', { max_tokens: 3_000 });
      site.networks.gpu.cut();
      const waiting = other.ask('slow-gpu', { max_tokens: 4 });
      const back = delay(LONG_CUT * 1_000);
      const end = await stream.rest();
      expect(end).toMatchObject(LOST);
      expect((await waiting).how).not.toBe('whole');
      await expectNextCallsWork(client);
      expect(await client.ask('slow-gpu')).toMatchObject(OFFLINE);
      await back;
      site.networks.gpu.mend();
      await site.untilReady();
      for (const each of [client, other]) await expectNextCallsWork(each, 'slow-gpu');
      await untilCounted(client, end);
      // The one that no node was chosen for is no call.
      expect(await client.used()).toMatchObject({ calls: 5, estimated_calls: 0 });
      expect(await other.used()).toMatchObject({ calls: 3, estimated_calls: 0 });
    },
    (LONG_CUT + 120) * 1_000,
  );
});

describe('two nodes, one behind a slow network', () => {
  it('answer every call, most of them at the faster one, count each, and keep no place', async () => {
    const before = NODE_NAMES.map((name) => site.answered(name));
    const clients = await Promise.all(Array.from({ length: 12 }, newClient));
    site.networks.lan.slow(SLOW_MS);
    try {
      await Promise.all(
        clients.map(async (client, index) => {
          for (let call = 0; call < 4; call++) {
            const body = { messages: [{ role: 'user', content: `${index} ${call}` }], max_tokens: 4 };
            const end = call % 2 === 0 ? client.ask('slow', body) : client.open('slow', body).then((one) => one.rest());
            expect(await end).toEqual({ how: 'whole', completionTokens: 4 });
          }
        }),
      );
    } finally {
      site.networks.lan.mend();
    }
    for (const client of clients) {
      const counted = { calls: 4, completion_tokens: 16, errors: {}, estimated_calls: 0 };
      expect(await client.used()).toMatchObject(counted);
    }
    const [gpu = 0, lan = 0] = NODE_NAMES.map((name, index) => site.answered(name) - (before[index] ?? 0));
    expect(gpu).toBeGreaterThan(lan);
  });
});

describe('nodes that come and go', () => {
  it('cost no call anything as long as one is there; alone, a call fails with 503 and when to come again', async () => {
    let [flapping, answered] = [true, 0];
    const withOther = await Promise.all(Array.from({ length: 3 }, newClient));
    const alone = await Promise.all(
      NODE_NAMES.map(async (name) => ({ model: `slow-${name}`, client: await newClient() })),
    );
    const untilAnswered = async (calls: number): Promise<void> => {
      const enough = answered + calls;
      while (answered < enough) await Promise.race([delay(10), ...loops]);
    };
    const loops = [
      ...withOther.map(async (client, index) => {
        for (let call = 0; flapping; call++) {
          const messages = [{ role: 'user', content: `${index} ${call}` }];
          expect(await client.ask('tiny-llama', { max_tokens: 4, messages })).toMatchObject({ how: 'whole' });
          answered += 1;
        }
      }),
      ...alone.map(async ({ client, model }) => {
        while (flapping) {
          const end = await client.ask(model, { max_tokens: 2 });
          if (end.how !== 'whole') expect(end).toMatchObject(OFFLINE);
        }
      }),
    ];
    try {
      for (const name of [...NODE_NAMES, ...NODE_NAMES]) {
        site.networks[name].down();
        await untilAnswered(12);
        site.networks[name].mend();
        await site.untilReady();
        // A call that was begun before has nowhere else to go.
        await untilAnswered(2 * withOther.length);
      }
    } finally {
      flapping = false;
      for (const name of NODE_NAMES) site.networks[name].mend();
    }
    await Promise.all(loops);
    for (const { client, model } of alone) await expectNextCallsWork(client, model);
    for (const client of withOther) expect((await client.used()).errors).toEqual({});
  });
});

describe('nodes that are frozen in the middle of a stream', () => {
  it('are given up: the stream ends with an error, other calls get 503, and are answered when the nodes live again', async () => {
    const open = NODE_NAMES.map(async (name) => {
      const client = await newClient();
      return { name, client, stream: await client.open(`slow-${name}`, { max_tokens: 3_000 }) };
    });
    const streams = await Promise.all(open);
    await Promise.all(NODE_NAMES.map((name) => site.signal(name, 'SIGSTOP')));
    const ends = await Promise.all(streams.map(({ stream }) => stream.rest()));
    const refused = await streams[0]?.client.ask('tiny-llama');
    await Promise.all(NODE_NAMES.map((name) => site.signal(name, 'SIGCONT')));
    for (const end of ends) expect(end).toMatchObject({ how: 'error', status: 200 });
    expect(refused).toMatchObject(OFFLINE);
    await site.untilReady();
    for (const [index, { name, client }] of streams.entries()) {
      await expectNextCallsWork(client, `slow-${name}`);
      await untilCounted(client, ends[index] ?? { how: 'broken' });
    }
  });
});

describe('a node that is killed', () => {
  it('while it reads a prompt fails its calls at once, when no other node serves the model', async () => {
    const [client, other] = [await newClient(), await newClient()];
    const body = { messages: LONG_PROMPT, max_tokens: 4 };
    const whole = other.ask('slow-gpu', body);
    const opening = client.open('slow-gpu', body);
    await site.untilBusy('slow-gpu', 2);
    await site.signal('gpu', 'SIGKILL');
    expect(await (await opening).rest()).toMatchObject({ how: 'error', code: 'node_offline' });
    expect(await whole).toMatchObject(OFFLINE);
    for (const each of [client, other]) await expectNextCallsWork(each);
    await site.startNode('gpu');
    await site.untilReady();
    await expectNextCallsWork(client, 'slow-gpu');
  });

  it('while it reads a prompt leaves its calls to the other', async () => {
    const client = await newClient();
    const other = await client.sibling();
    const opening = client.open('slow', { messages: LONG_PROMPT, max_tokens: 4 });
    const whole = other.ask('slow', { messages: LONG_PROMPT, max_tokens: 4 });
    const name = await site.untilBusy('slow', 2);
    await site.signal(name, 'SIGKILL');
    expect(await (await opening).rest()).toEqual({ how: 'whole', completionTokens: 4 });
    expect(await whole).toEqual({ how: 'whole', completionTokens: 4 });
    for (const each of [client, other]) {
      expect(await each.used()).toMatchObject({ calls: 1, completion_tokens: 4, estimated_calls: 0 });
    }
    await site.startNode(name);
    await site.untilReady();
  });

  it('while it has nothing to do costs no call anything that the other can answer', async () => {
    const client = await newClient();
    await site.signal('lan', 'SIGKILL');
    for (let call = 0; call < 6; call++) {
      const messages = [{ role: 'user', content: String(call) }];
      expect(await client.ask('tiny-llama', { max_tokens: 4, messages })).toMatchObject({ how: 'whole' });
    }
    expect(await client.ask('slow-lan')).toMatchObject(OFFLINE);
    await site.startNode('lan');
    await site.untilReady();
    await expectNextCallsWork(client, 'slow-lan');
  });
});

describe('a node that is told to stop', () => {
  it('lets its stream end, and whole', async () => {
    const client = await newClient();
    const stream = await client.open('slow-lan', { max_tokens: 100 });
    await site.signal('lan', 'SIGTERM');
    expect(await stream.rest()).toEqual({ how: 'whole', completionTokens: 100 });
    await site.startNode('lan');
    await site.untilReady();
    expect(await client.used()).toMatchObject({ calls: 1, completion_tokens: 100, errors: {} });
  });
});

describe('a gateway', () => {
  it('that is killed while nodes answer comes back, gets its nodes back, and counts what it had not counted', async () => {
    const clients = await Promise.all(
      NODE_NAMES.map(async (name) => {
        const client = await newClient();
        return { client, model: `slow-${name}`, stream: await client.open(`slow-${name}`, { max_tokens: 3_000 }) };
      }),
    );
    await killGateway(site.product);
    for (const { stream } of clients) expect(await stream.rest()).toEqual({ how: 'broken' });
    await untilAdministered();
    await site.untilReady();
    for (const { client, model } of clients) {
      while ((await client.used()).completion_tokens < 1);
      await expectNextCallsWork(client, model);
      expect((await client.used()).calls).toBe(3);
    }
  });

  it('that is told to stop lets answers end, then closes the links, and does not wait for them', async () => {
    const client = await newClient();
    const stream = await client.open('slow-gpu', { max_tokens: 100 });
    const from = site.node('gpu').lines.length;
    const stopped = site.product.stop();
    expect(await stream.rest()).toEqual({ how: 'whole', completionTokens: 100 });
    const lost = await site.node('gpu').says('link_lost', from);
    // "Going away": one that it was cut from would be 1006 or 4008.
    expect(JSON.parse(site.node('gpu').lines[lost] ?? '')).toMatchObject({ code: 1001 });
    expect(await stopped).toBe(0);
  });
});

/** Until the gateway listens again. */
async function untilAdministered(): Promise<void> {
  for (;;) {
    const answer = await site.admin('GET', '/admin/nodes').catch(() => null);
    if (answer !== null) return;
  }
}
