// A models file is read whole or refused with its place; nothing in it is guessed at.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readModelsFile } from '../../../inference-node/config/models-file.ts';
import { readNodeConfig } from '../../../inference-node/config/node-config.ts';

const KEY = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const folder = mkdtempSync(join(tmpdir(), 'hearthkey-models-file-'));
const path = join(folder, 'models.toml');
const MODEL = '[[models]]\nid = "a"\npath = "a.gguf"\n';

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function read(text: string) {
  writeFileSync(path, text);
  return readModelsFile(path);
}

function nodeConfig(text: string, ...flags: string[]) {
  writeFileSync(path, text);
  return readNodeConfig(
    ['--config', path, ...flags],
    { HEARTHKEY_GATEWAY_JWKS: JSON.stringify({ keys: [KEY] }) },
    () => [],
  );
}

test('every key sets its setting; paths are relative to the file', () => {
  writeFileSync(join(folder, 'chat.jinja'), 'TEMPLATE');
  const text = `gpu = "off"\nthreads = 3\nmemory_limit = "1.5GiB"\nidle_unload = "10m"\nload_wait = "30s"\nprefix_store = "2GiB"\nprefix_store_folder = "kv"\nprefix_store_keep = true\n${MODEL}aliases = ["gpt-4o-mini"]\ncontext_size = 512\nsequences = 2
gpu_layers = 7\nkv_cache_type = "q8_0"\nflash_attention = "on"\nchat_template = "chat.jinja"\ndefault_max_tokens = 9\nload = "on_demand"\nembedding_dimensions = [256, 512]\nshared_prompts = ["chat.jinja"]\n`;
  expect(read(text)).toStrictEqual({
    ok: true,
    file: {
      gpu: 'off',
      threads: 3,
      memory_limit: 1.5 * 2 ** 30,
      idle_unload: 600_000,
      load_wait: 30_000,
      prefixStore: { maxBytes: 2 * 2 ** 30, folder: join(folder, 'kv'), keep: true },
      models: [
        {
          id: 'a',
          file: join(folder, 'a.gguf'),
          settings: {
            aliases: ['gpt-4o-mini'],
            contextSize: 512,
            sequences: 2,
            gpuLayers: 7,
            kvCacheType: 'q8_0',
            flashAttention: 'on',
            chatTemplate: 'TEMPLATE',
            defaultMaxTokens: 9,
            load: 'on_demand',
            embeddingDimensions: [256, 512],
            sharedPrompts: ['TEMPLATE'],
          },
        },
      ],
    },
  });
});

test('flags win over the file, and the file over the defaults', () => {
  const text = `gpu = "off"\nthreads = 3\n${MODEL}`;
  expect(nodeConfig(text, '--threads', '2')).toMatchObject({
    config: { threads: 2, gpu: 'off', models: [{ id: 'a' }] },
  });
});

test('of memory_limit, too', () => {
  const text = `memory_limit = "8GB"\nidle_unload = "1h"\n${MODEL}`;
  expect(nodeConfig(text)).toMatchObject({ config: { memory: { memoryLimit: 8e9, idleUnloadMs: 3_600_000 } } });
  expect(nodeConfig(text, '--memory-limit', 'none')).toMatchObject({ config: { memory: { memoryLimit: 'none' } } });
  expect(nodeConfig(MODEL)).toMatchObject({ config: { memory: {} } });
});

test('a prefix store lies with the state, or in a folder of its own where one is named', () => {
  expect(nodeConfig(MODEL)).toMatchObject({ config: { prefixStore: null } });
  const flags = ['--state', '/s'];
  expect(nodeConfig(`prefix_store = "1MiB"\n${MODEL}`, ...flags)).toMatchObject({
    config: { prefixStore: { folder: '/s/prefixes', maxBytes: 2 ** 20, keepWithKey: null } },
  });
  const elsewhere = `prefix_store = "1MiB"\nprefix_store_folder = "/dev/shm"\nprefix_store_keep = true\n${MODEL}`;
  expect(nodeConfig(elsewhere, ...flags)).toMatchObject({
    config: {
      prefixStore: {
        folder: expect.stringMatching(/^\/dev\/shm\/hearthkey-prefixes-[0-9a-f]{12}$/) as unknown,
        keepWithKey: '/s/prefixes.key',
      },
    },
  });
});

test('models from two places are refused', () => {
  expect(nodeConfig(MODEL, '--model', 'b.gguf')).toMatchObject({
    kind: 'failure',
    message: '--model and --config both name models; give one of them. See --help.',
  });
});

describe('a mistake is told with file and place', () => {
  const second = '[[models]]\nid = "b"\npath = "b.gguf"\n';
  test.each([
    [
      'an unknown key',
      `${MODEL}contextsize = 1`,
      ", [[models]] number 1: unknown key 'contextsize' (did you mean 'context_size'?)",
    ],
    ['an unknown table', `${MODEL}[nodes]`, ": unknown key 'nodes' (did you mean 'models'?)"],
    ['no model', 'threads = 1', ": 'models' is invalid: must be [[models]] tables"],
    ['a number out of range', `${MODEL}sequences = 0`, ", [[models]] number 1: 'sequences' is invalid"],
    ['no TOML', `${MODEL}= 1`, ', line 4: '],
    ['an id twice', `${MODEL}${MODEL}`, ": two models have the id 'a'"],
    ['an alias that is an id', `${MODEL}aliases = ["b"]\n${second}`, ": the alias 'b' of 'a' is the id of a model"],
    [
      'an alias twice',
      `${MODEL}aliases = ["x"]\n${second}aliases = ["x"]`,
      ": the alias 'x' is given twice: to 'a' and to 'b'",
    ],
    [
      'an alias twice for one model',
      `${MODEL}aliases = ["x", "x"]`,
      ": the alias 'x' is given twice: to 'a' and to 'a'",
    ],
    ['a store without a size', `prefix_store_keep = true\n${MODEL}`, ": 'prefix_store_keep' is invalid: there is no"],
    [
      'a quantised cache without flash attention',
      `${MODEL}kv_cache_type = "q8_0"\nflash_attention = "off"`,
      ", [[models]] number 1: 'kv_cache_type' is invalid: a KV cache other than f16 needs flash attention",
    ],
  ])('%s', (_, text, problem) => {
    const result = read(text);
    expect(result.ok ? '' : result.problem).toContain(path + problem);
    expect(nodeConfig(text)).toMatchObject({ kind: 'failure' });
  });

  test('a template that is not there', () => {
    const result = read(`${MODEL}chat_template = "none.jinja"`);
    expect(result.ok ? '' : result.problem).toContain(join(folder, 'none.jinja'));
  });
});
