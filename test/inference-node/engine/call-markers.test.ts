// Guarantee: what stands around calls of tools reaches the client's answer where the model writes it as control tokens, which else have
// no text.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeWithControlTokens, type RenamedToken } from './control-token-model.ts';
import { ask, tinyEngine } from './tiny-engine.ts';
import { describeUnloaded } from '../../../inference-node/engine/describe-unloaded.ts';
import type { Engine } from '../../../inference-node/engine/engine.ts';
import { checkGgufFile } from '../../../inference-node/gguf/check-gguf-file.ts';
import { TOOL_FORMATS, type ToolFormatName } from '../../../inference-node/tool-formats/tool-formats.ts';

/** The more likely the first is, where several may come. */
const MARKERS: Record<'mistral' | 'tagged', readonly RenamedToken[]> = {
  mistral: [
    { id: 1979, from: 'Ġeverywhere', to: '[TOOL_CALLS]' },
    { id: 2042, from: 'Ġearlier', to: '[CALL_ID]' },
    { id: 2044, from: 'ĠHugo', to: '[ARGS]' },
  ],
  tagged: [
    { id: 1988, from: 'Ġmountains', to: '<tool_call>' },
    { id: 1705, from: 'Ġeverything', to: '</tool_call>' },
  ],
};
/** Tokens that go on beyond where a call begins, as no grammar of calls allows. */
const BEYOND: readonly RenamedToken[] = [
  { id: 836, from: 'Ġparameters', to: '{"name":"f"}', isText: true },
  { id: 838, from: 'Ġconnection', to: '<tool_call>x', isText: true },
  { id: 1386, from: 'Ġenvironment', to: '[TOOL_CALLS]x', isText: true },
];
const PLAIN = '{{ tools | tojson }}{% for m in messages %}{{ m.content }}{{ m.tool_calls | tojson }}{% endfor %}';
const TOOLS = [{ type: 'function' as const, function: { name: 'f', parameters: {} } }] as const;
const MOST_PREFERRED = 100;

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearthkey-markers-'));
  const path = join(folder, 'model.gguf');
  await writeWithControlTokens(path, [...MARKERS.mistral, ...MARKERS.tagged]);
  const twoTemplates = join(folder, 'two-templates.gguf');
  await writeWithControlTokens(twoTemplates, MARKERS.tagged, `${PLAIN}{# <tool_call> #}`);
  const beyond = join(folder, 'beyond.gguf');
  await writeWithControlTokens(beyond, BEYOND);
  engine = await tinyEngine([
    { id: 'mistral-name', path, chatTemplate: `${PLAIN}{# [TOOL_CALLS] [ARGS] #}` },
    { id: 'mistral-list', path, chatTemplate: `${PLAIN}{# [TOOL_CALLS] #}` },
    { id: 'tagged', path, chatTemplate: `${PLAIN}{# <tool_call> #}` },
    { id: 'two-templates', path: twoTemplates },
    { id: 'beyond', path: beyond, chatTemplate: PLAIN },
    { id: 'replaced', path: twoTemplates, chatTemplate: '{{ messages[0].content }}' },
  ]);
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

async function answerOf(
  markers: readonly RenamedToken[],
  format: ToolFormatName,
  choice: 'auto' | 'required',
  model: string = format,
): Promise<string> {
  const tools = TOOLS.map((tool) => ({
    ...tool,
    function: { ...tool.function, description: undefined, strict: undefined },
  }));
  const { text } = await ask(engine, {
    model,
    prompt: { messages: [{ role: 'user', content: 'Hi' }], tools } as never,
    grammar: TOOL_FORMATS[format].constrain({ tools, choice, isParallel: false }),
    sampling: { logitBias: markers.map(({ id }, index) => ({ token: id, bias: MOST_PREFERRED - 20 * index })) },
    maxTokens: 200,
  });
  return text;
}

test.each([
  ['mistral-name', MARKERS.mistral, /^\[TOOL_CALLS\]f\[CALL_ID\][A-Za-z0-9]{9}\[ARGS\]\{\s*\}$/],
  ['mistral-list', MARKERS.mistral, /^\[TOOL_CALLS\]\s*\[\s*\{\s*"name"/],
  ['tagged', MARKERS.tagged, /^<tool_call>\s*\{\s*"name".*\}\s*<\/tool_call>$/s],
] as const)('%s', async (format, markers, expected) => {
  expect(engine.traitsOf(format)?.toolFormat).toBe(format);
  expect(await answerOf(markers, format, 'required')).toMatch(expected);
  expect(await answerOf(markers, format, 'auto')).toMatch(expected);
});

test.each([
  ['llama', BEYOND[0], /^\{\s*"name":\s*"f",\s*"parameters":\s*\{\s*\}\s*\}$/],
  ['tagged', BEYOND[1], /^<tool_call>\s*\{\s*"name".*\}\s*<\/tool_call>$/s],
  ['mistral-list', BEYOND[2], /^\[TOOL_CALLS\]\s*\[\s*\{\s*"name"/],
  ['mistral-name', BEYOND[2], /^\[TOOL_CALLS\]f\[.*\{\s*\}$/],
] as const)(
  '%s: a token that goes on beyond the beginning of a call is taken back',
  async (format, token, expected) => {
    if (token === undefined) throw new Error('no such token');
    // Before the call nothing is as likely; in it, the grammar does not allow it.
    expect(await answerOf([token], format, 'auto', 'beyond')).toMatch(expected);
  },
);

test("a file's second template, for tools, says how they are called, unless the operator has given another template", async () => {
  expect(engine.traitsOf('two-templates')?.toolFormat).toBe('tagged');
  expect(engine.traitsOf('replaced')?.toolFormat).toBe('described');
  const check = await checkGgufFile(join(folder, 'two-templates.gguf'));
  if (!check.ok) throw new Error(check.reason);
  expect(describeUnloaded({ id: 'a', path: 'a', load: 'on_demand' }, check.facts, 1).toolFormat).toBe('tagged');
});
