// Requirement: no secret, prompt or completion in any log, and no secret in the clear on disk but the admin token's own file.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adminTokenOf, keyOf, startProduct } from './product.ts';

const PROMPT = 'What does the word pomegranate mean?';

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('after calls, good and bad', () => {
  it('neither logs nor state hold an API key, a prompt or a completion; the admin token stands in its own file only', async () => {
    await using product = await startProduct();
    const key = keyOf(product);
    const call = (authorization: string, body: object): Promise<Response> =>
      fetch(`${product.gateway}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({
          model: 'tiny-llama',
          messages: [{ role: 'user', content: PROMPT }],
          temperature: 0,
          ...body,
        }),
      });
    const answer = (await (await call(`Bearer ${key}`, {})).json()) as { choices: { message: { content: string } }[] };
    const completion = answer.choices[0]?.message.content ?? '';
    expect(completion.length).toBeGreaterThan(10);
    await (await call(`Bearer ${key}`, { stream: true })).text();
    await (await call(`Bearer ${key.slice(0, -1)}`, {})).text();
    await (await call(`Bearer ${key}`, { tools: 'x' })).text();
    expect(await product.stop()).toBe(0);

    for (const secret of [key, key.slice(20), PROMPT, completion, adminTokenOf(product)])
      expect(product.log()).not.toContain(secret);
    const withToken = [];
    for (const file of await filesBelow(product.state)) {
      const content = await readFile(file);
      for (const secret of [key, key.slice(20), PROMPT, completion]) expect(content.includes(secret)).toBe(false);
      if (content.includes(adminTokenOf(product))) withToken.push(file);
      expect((await stat(file)).mode & 0o077).toBe(0);
    }
    expect(withToken).toHaveLength(1);
  });
});

describe('a second start on the same state', () => {
  it('prints no secret again, and every key works on', async () => {
    await using first = await startProduct();
    await first.stop();
    await using second = await startProduct({ state: first.state });
    expect(second).toMatchObject({ apiKey: null, adminToken: null });
    expect(second.lines).toHaveLength(1);
    const models = await fetch(`${second.gateway}/v1/models`, { headers: { authorization: `Bearer ${keyOf(first)}` } });
    expect(models.status).toBe(200);
  });
});
