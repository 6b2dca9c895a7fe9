// A prefix store that the models file names, in the node as it is run: what conversations on too few sequences get back of
// their beginnings, and for whom.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { chatCompletionSchema } from '../../../protocol/inference/chat-completion.ts';
import { temporaryFolder } from './node-under-test.ts';
import { NodeProcess } from './node-process.ts';

const FIRST = `${'You are a careful helper who answers in one sentence. '.repeat(8)}What is an API key?`;
const SECOND = `${'Never mind what others say; be quick. '.repeat(8)}How do I revoke a key?`;
const SOMEBODY_ELSE = 'acc00002';

/** A models file with one sequence; `settings` stand before the model. */
function modelsFile(...settings: string[]): string {
  const file = join(temporaryFolder(), 'models.toml');
  const model = [
    '[[models]]',
    'id = "tiny-llama"',
    `path = ${JSON.stringify(resolve('models/tiny-llama.gguf'))}`,
    'sequences = 1',
  ];
  writeFileSync(file, [...settings, ...model].join('\n'));
  return file;
}

async function turn(node: NodeProcess, content: string, account?: string) {
  const body = { model: 'tiny-llama', messages: [{ role: 'user', content }], temperature: 0, max_tokens: 24 };
  const claims = account === undefined ? {} : { sub: account };
  const answer = await node.call({ path: '/v1/chat/completions', body: JSON.stringify(body), claims });
  const { choices, usage } = chatCompletionSchema.parse(await answer.json());
  const cached = usage.prompt_tokens_details.cached_tokens;
  return { text: choices[0]?.message.content, cached, all: cached === usage.prompt_tokens - 1 };
}

async function restored(node: NodeProcess): Promise<number> {
  const metrics = await (await fetch(`${node.url}/metrics`)).text();
  return Number(/^hearthkey_engine_restored_tokens_total\{[^}]*\} (\d+)$/m.exec(metrics)?.[1]);
}

test('a conversation that lost its sequence gets its beginning back, and answers the same', async () => {
  const node = await NodeProcess.start({ args: ['--config', modelsFile('prefix_store = "64MiB"')] });
  const { text, cached } = await turn(node, FIRST);
  expect(cached).toBe(0);
  await turn(node, SECOND);
  expect(await restored(node)).toBe(0);
  const again = await turn(node, FIRST);
  expect(again).toMatchObject({ text, all: true });
  expect(await restored(node)).toBe(again.cached);
});

test('another account gets nothing of it', async () => {
  const node = await NodeProcess.start({ args: ['--config', modelsFile('prefix_store = "64MiB"')] });
  const { text } = await turn(node, FIRST);
  await turn(node, SECOND);
  expect(await turn(node, FIRST, SOMEBODY_ELSE)).toMatchObject({ text, cached: 0 });
  expect(await turn(node, FIRST)).toMatchObject({ text, all: true });
});

test('without a store it is computed again', async () => {
  const node = await NodeProcess.start({ args: ['--config', modelsFile()] });
  const { text } = await turn(node, FIRST);
  await turn(node, SECOND, SOMEBODY_ELSE);
  expect(await turn(node, FIRST)).toMatchObject({ text, cached: 0 });
});

test.each([
  ['prefix_store_keep = true', 'it comes back', { all: true }],
  ['prefix_store_keep = false', 'it is gone', { cached: 0 }],
])('after a restart of the node with %s %s', async (setting, _, expected) => {
  const args = ['--config', modelsFile('prefix_store = "64MiB"', setting)];
  const state = temporaryFolder();
  const node = await NodeProcess.start({ state, args });
  const { text } = await turn(node, FIRST);
  await turn(node, SECOND);
  node.child.kill('SIGTERM');
  expect(await node.exited).toEqual({ code: 0, signal: null });

  const next = await NodeProcess.start({ state, args, gateway: node.gateway });
  expect(await turn(next, FIRST, SOMEBODY_ELSE)).toMatchObject({ text, cached: 0 });
  expect(await turn(next, FIRST)).toMatchObject({ text, ...expected });
});
