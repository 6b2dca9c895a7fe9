// A suggestion is the roomiest that fits, never one that does not, and can be pasted into a models file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readModelsFile } from '../../../inference-node/config/models-file.ts';
import { suggestSettings } from '../../../inference-node/model-files/suggest-settings.ts';

/** What fits when all sequences together may have this many tokens. */
function suggest(tokens: number, trainContext: number | null, path = '/m/My Model.gguf') {
  const fits = (contextSize: number, sequences: number) => Promise.resolve(contextSize * sequences <= tokens);
  return suggestSettings({ path, trainContext, fits });
}

test.each([
  [1_000_000, 131_072, 32_768, 4],
  [1_000_000, 2048, 2048, 4],
  [40_000, 131_072, 8192, 4],
  // Two calls with room are better than four with none.
  [8192, 131_072, 4096, 2],
  [4096, 131_072, 4096, 1],
  [2048, 131_072, 2048, 1],
  [1_000_000, null, 4096, 4],
])(
  'with memory for %i tokens and a model trained for %s: %i tokens, %i calls',
  async (tokens, train, context, calls) => {
    expect(await suggest(tokens, train)).toMatchObject({ contextSize: context, sequences: calls });
  },
);

test('where nothing fits nothing is suggested', async () => {
  expect(await suggest(500, 131_072)).toBeNull();
});

test('its lines are a models file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearthkey-suggestion-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const suggestion = await suggest(1_000_000, 2048, '/m/My "odd" = Model.gguf');
  const path = join(folder, 'models.toml');
  writeFileSync(path, suggestion?.toml ?? '');
  expect(readModelsFile(path)).toMatchObject({
    ok: true,
    file: {
      models: [
        {
          id: 'my-odd-model',
          file: '/m/My "odd" = Model.gguf',
          settings: { contextSize: 2048, sequences: 4 },
        },
      ],
    },
  });
});
