// What is stored is found by who stored it and by nobody else, and never twice.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commonPrefix } from '../../../inference-node/engine-child/common-prefix.ts';
import { PrefixIndex, type StoredPrefix } from '../../../inference-node/engine-child/prefix-index.ts';
import type { Token } from '../../../inference-node/llama-cpp/loaded-model.ts';

let files = 0;
function stored(text: string, { account = 'a', model = 'm', bytes = 10 } = {}): StoredPrefix {
  return { account, model, tokens: tokensOf(text), bytes, digest: null, file: `${files++}` };
}

function tokensOf(text: string): Token[] {
  return Array.from(text, (letter) => letter.charCodeAt(0) as Token);
}

describe('a stored prefix', () => {
  test('is found by the longest common beginning, of the same account and model only', () => {
    const index = new PrefixIndex();
    const [short, long] = [stored('abcX'), stored('abcdeY')];
    for (const prefix of [short, long, stored('abcdef', { account: 'b' }), stored('abcdef', { model: 'n' })]) {
      index.add(prefix);
    }
    expect(index.best({ account: 'a', model: 'm' }, tokensOf('abcdef'))).toEqual({ prefix: long, length: 5 });
    expect(index.best({ account: 'a', model: 'm' }, tokensOf('xyz'))).toBeNull();
    expect(index.best({ account: 'c', model: 'm' }, tokensOf('abcdef'))).toBeNull();
  });

  test('goes when a longer one has all of it', () => {
    const index = new PrefixIndex();
    const [first, other] = [stored('abc'), stored('abc', { account: 'b' })];
    expect([...index.add(first), ...index.add(other)]).toEqual([]);
    expect(index.add(stored('abcd'))).toEqual([first]);
    expect(index.size).toBe(2);
    expect(index.bytes).toBe(20);
  });
});

test('whatever is added, used and removed: never another account’s, the best there is, and exact bytes', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 6 });
  const account = fc.constantFrom('a', 'b');
  const step = fc.oneof(
    fc.record({ type: fc.constant('add' as const), text, account, bytes: fc.nat(50) }),
    fc.record({ type: fc.constant('find' as const), text, account }),
    fc.record({ type: fc.constant('drop' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const index = new PrefixIndex();
      const used: StoredPrefix[] = [];
      for (const one of steps) {
        if (one.type === 'add') {
          const prefix = stored(one.text, one);
          for (const gone of index.add(prefix)) used.splice(used.indexOf(gone), 1);
          used.push(prefix);
        } else if (one.type === 'drop') {
          expect(index.oldest).toBe(used[0] ?? null);
          if (used[0] !== undefined) index.remove(used[0]);
          used.shift();
        } else {
          const prompt = tokensOf(one.text);
          const best = index.best({ account: one.account, model: 'm' }, prompt);
          const own = used.filter((prefix) => prefix.account === one.account);
          const longest = Math.max(0, ...own.map(({ tokens }) => commonPrefix(tokens, prompt)));
          expect(best?.length ?? 0).toBe(longest);
          if (best === null) continue;
          expect(best.prefix.account).toBe(one.account);
          index.touch(best.prefix);
          used.splice(used.indexOf(best.prefix), 1);
          used.push(best.prefix);
        }
        expect([...index]).toEqual(used);
        expect(index.bytes).toBe(used.reduce((sum, { bytes }) => sum + bytes, 0));
      }
    }),
  );
});
