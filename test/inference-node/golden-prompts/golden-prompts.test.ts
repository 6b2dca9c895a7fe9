// Guarantee: a model reads a conversation in the very form that it was trained on, whichever family it is of.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CONVERSATIONS } from './conversations.ts';
import { chatFormatOf, type ChatFormat } from '../../../inference-node/engine-child/chat-format.ts';
import { readChatTools } from '../../../inference-node/server/chat-tools.ts';
import { chatCompletionRequestSchema } from '../../../protocol/inference/chat-completion.ts';

/** Some templates tell the date. */
const TODAY = new Date('2026-03-14T12:00:00Z');
const TEMPLATES = join(import.meta.dirname, 'templates');
const PROMPTS = join(import.meta.dirname, 'prompts');

beforeAll(() => {
  vi.useFakeTimers({ now: TODAY, toFake: ['Date'] });
});
afterAll(() => {
  vi.useRealTimers();
});

/** Ids of calls that the node replaced are the same every time. */
function render(format: ChatFormat, body: object): string {
  const request = chatCompletionRequestSchema.parse({ model: 'any', ...body });
  const { prompt } = readChatTools(request, format.toolFormat);
  if (!('messages' in prompt)) throw new Error('no chat');
  return format.render(prompt.messages, prompt.tools ?? null).text;
}

function renderAll(format: ChatFormat): string {
  const prompts = Object.entries(CONVERSATIONS).map(([name, body]) => `━━━ ${name}\n${render(format, body)}\n`);
  return [`tools: ${format.toolFormat}\n`, ...prompts].join('');
}

const files = readdirSync(TEMPLATES);

test.each(files)('%s', async (file) => {
  const chatTemplate = readFileSync(join(TEMPLATES, file), 'utf8');
  const format = chatFormatOf({ architecture: 'any', chatTemplate, bosText: '<BOS>', eosText: '<EOS>' });
  await expect(renderAll(format)).toMatchFileSnapshot(join(PROMPTS, `${basename(file, '.jinja')}.txt`));
});

test('Hermes, with a template of its own for tools', async () => {
  const [chatTemplate, toolTemplate] = ['chatml', 'hermes-2-and-3-tool-use'].map((name) =>
    readFileSync(join(TEMPLATES, `${name}.jinja`), 'utf8'),
  );
  if (chatTemplate === undefined || toolTemplate === undefined) throw new Error('no templates');
  const source = { architecture: 'any', bosText: '<BOS>', eosText: '<EOS>' };
  const format = chatFormatOf({ ...source, chatTemplate, toolTemplate });
  await expect(renderAll(format)).toMatchFileSnapshot(join(PROMPTS, 'chatml with hermes-2-and-3-tool-use.txt'));
});

test.each(['phi2', 'any other'])('%s, without a template', async (architecture) => {
  const format = chatFormatOf({ architecture, chatTemplate: null, bosText: '<BOS>', eosText: '<EOS>' });
  await expect(renderAll(format)).toMatchFileSnapshot(join(PROMPTS, `${architecture} without template.txt`));
});
