// The catalogue of downloadable models: well-formed, honest, and in the form that the downloader takes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveModelFile } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelIdSchema } from '../../protocol/inference/model-id.ts';
import { modelCatalogueSchema } from '../../protocol/catalogue/model-catalogue.ts';

const raw: unknown = JSON.parse(readFileSync(new URL('../../models/catalogue.json', import.meta.url), 'utf8'));
const catalogue = modelCatalogueSchema.parse(raw);

test('names Phi-2, both small Llamas and one favourite', () => {
  expect(catalogue.models.map(({ name }) => name)).toEqual([
    'phi-2',
    'llama-3.2-1b-instruct',
    'llama-3.2-3b-instruct',
    'qwen3-4b-instruct',
  ]);
});

describe.each(catalogue.models)('$name', (model) => {
  let emptyFolder = '';

  beforeAll(() => {
    emptyFolder = mkdtempSync(join(tmpdir(), 'hearthkey-catalogue-'));
  });

  afterAll(() => {
    rmSync(emptyFolder, { recursive: true });
  });

  test('has a source that the downloader reads as a remote file, not as a path', async () => {
    // with downloads off it gets as far as the name that the download would have
    const resolving = resolveModelFile(model.source, { directory: emptyFolder, download: false, cli: false });
    await expect(resolving).rejects.toThrow(`_${model.file}" and download is disabled`);
  });

  test('is pinned to a commit, so that size and hash stay true', () => {
    expect(model.source).toMatch(/#[0-9a-f]{40}$/);
    expect(model.source.split('#')[0]).toMatch(new RegExp(`/${model.file.replaceAll('.', '\\.')}$`));
  });

  test('can be served under its name', () => {
    expect(modelIdSchema.safeParse(model.name).success).toBe(true);
  });
});

describe('the schema refuses', () => {
  const [first] = catalogue.models;

  test.each([
    ['two models of one name', { models: [first, first] }],
    ['a source that is a path', { models: [{ ...first, source: './phi-2.gguf' }] }],
    ['a source that climbs out of its folder', { models: [{ ...first, source: 'hf:../x/y.gguf' }] }],
    ['a file name with a folder', { models: [{ ...first, file: '../phi-2.gguf' }] }],
    ['a hash that is none', { models: [{ ...first, sha256: 'unknown' }] }],
    ['a size of nothing', { models: [{ ...first, sizeBytes: 0 }] }],
    ['an unknown field', { models: [{ ...first, checksum: '' }] }],
  ])('%s', (_, broken) => {
    expect(modelCatalogueSchema.safeParse(broken).success).toBe(false);
  });

  test('but not a size or a hash that is not known', () => {
    const unknown = { models: [{ ...first, sizeBytes: null, sha256: null }] };
    expect(modelCatalogueSchema.safeParse(unknown).success).toBe(true);
  });
});
