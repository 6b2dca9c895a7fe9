// The embedded models are the documented bytes, and what the node relies on is inside them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readGgufFileInfo } from 'node-llama-cpp';
import { describe, expect, test } from 'vitest';
import { embeddedModelsSchema } from '../../protocol/catalogue/embedded-models.ts';

const folder = new URL('../../models/', import.meta.url);
const manifest = embeddedModelsSchema.parse(JSON.parse(readFileSync(new URL('embedded.json', folder), 'utf8')));
const readme = readFileSync(new URL('README.md', folder), 'utf8');

test('the LLaMA model answers when a request names none', () => {
  expect(manifest.default).toBe('tiny-llama');
});

describe.each(manifest.models)('$id', (model) => {
  const file = new URL(model.file, folder);

  test('is exactly the bytes that the manifest and the README document', () => {
    const bytes = readFileSync(file);
    expect(bytes.length).toBe(model.sizeBytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(model.sha256);
    expect(readme).toContain(model.sha256);
    expect(readme).toContain(model.sizeBytes.toLocaleString('en-US'));
  });

  test('has the architecture, context, tokenizer and chat template that the node needs', async () => {
    const { metadata, architectureMetadata } = await readGgufFileInfo(fileURLToPath(file));
    expect(metadata.general.architecture).toBe(model.architecture);
    expect(architectureMetadata.context_length).toBe(model.contextLength);
    expect(metadata.tokenizer.ggml.model).toBe('gpt2');
    expect(metadata.tokenizer.chat_template).toContain('add_generation_prompt');
  });

  test('has the documented number of parameters', async () => {
    const { fullTensorInfo } = await readGgufFileInfo(fileURLToPath(file));
    const sizes = (fullTensorInfo ?? []).map(({ dimensions }) =>
      dimensions.reduce<number>((product, size) => product * Number(size), 1),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(model.parameters);
  });
});
