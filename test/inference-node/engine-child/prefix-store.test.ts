// The store is bounded, the owner's alone, gone at the end unless it is to be kept, and gives out no file but its own.
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KeptPrefixes } from '../../../inference-node/engine-child/kept-prefixes.ts';
import { PrefixFolder } from '../../../inference-node/engine-child/prefix-folder.ts';
import { PrefixStore } from '../../../inference-node/engine-child/prefix-store.ts';
import type { Token } from '../../../inference-node/llama-cpp/loaded-model.ts';
import { temporaryFolder } from '../server/node-under-test.ts';

const OWNER = { account: 'a', model: 'm' };
const STATE_BYTES = 100;

function tokensOf(text: string): Token[] {
  return Array.from(text, (letter) => letter.charCodeAt(0) as Token);
}

async function storeIn(path: string, { maxBytes = 1000, keyFile = null as string | null } = {}) {
  const problems: string[] = [];
  const folder = await PrefixFolder.open(path);
  const kept = keyFile === null ? null : await KeptPrefixes.open(folder, keyFile);
  const store = await PrefixStore.open({ folder, maxBytes, kept, onProblem: (problem) => problems.push(problem) });
  const put = (text: string, content = text.padEnd(STATE_BYTES)): Promise<void> =>
    store.put(OWNER, tokensOf(text), 0, (file) => {
      writeFileSync(file, content);
      return Promise.resolve(content.length);
    });
  /** What was stored of this text; null: nothing could be read. */
  const use = async (text: string): Promise<string | null> => {
    const found = store.find(OWNER, tokensOf(text));
    let read: string | null = null;
    if (found === null) return read;
    await store.use(found.prefix, (file) => {
      read = readFileSync(file, 'utf8').trim();
      return Promise.resolve();
    });
    return read;
  };
  const files = (): string[] => readdirSync(path).toSorted();
  return { store, problems, put, use, files, path };
}

function newFolder(): string {
  return join(temporaryFolder(), 'prefixes');
}

/** The only state in a folder. */
function onlyState(path: string): string {
  const [file, ...others] = readdirSync(path).filter((name) => name.endsWith('.kv'));
  if (file === undefined || others.length > 0) throw new Error('not one state');
  return join(path, file);
}

describe('what is stored', () => {
  test('comes back, and nobody else can read it', async () => {
    const { put, use, path } = await storeIn(newFolder());
    await put('one');
    expect(await use('one and more')).toBe('one');
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(onlyState(path)).mode & 0o777).toBe(0o600);
  });

  test('never takes more than its bytes: what was used the longest ago goes', async () => {
    const { put, use, files } = await storeIn(newFolder(), { maxBytes: 3 * STATE_BYTES });
    for (const text of ['x1', 'y2', 'z3']) await put(text);
    await use('x1');
    await put('w4');
    expect(files()).toHaveLength(3);
    expect([await use('x1'), await use('y2'), await use('z3'), await use('w4')]).toEqual(['x1', null, 'z3', 'w4']);
    await put('large', '.'.repeat(301));
    expect(files()).toHaveLength(3);
    expect(await use('large')).toBeNull();
  });

  test('is gone at the end', async () => {
    const { store, put, files } = await storeIn(newFolder());
    await put('one');
    await store.close();
    expect(files()).toEqual([]);
    await put('two');
    expect(files()).toEqual([]);
  });

  test('of a process that died is gone at the next start', async () => {
    const path = newFolder();
    await (await storeIn(path)).put('one');
    const { use, files } = await storeIn(path);
    expect(files()).toEqual([]);
    expect(await use('one')).toBeNull();
  });
});

describe('a failure', () => {
  test('to write is told, leaves nothing behind, and is not tried again at once', async () => {
    const { store, problems, put, use, files } = await storeIn(newFolder());
    await store.put(OWNER, tokensOf('one'), 0, (file) => {
      writeFileSync(file, 'half');
      return Promise.reject(new Error('no space left'));
    });
    expect(problems).toEqual(['the prefix store cannot keep a prefix (no space left); it is tried again in a minute']);
    expect(files()).toEqual([]);
    await put('two');
    expect(await use('two')).toBeNull();
  });

  test('to write all of a file is one, too', async () => {
    const { store, problems, files } = await storeIn(newFolder());
    await store.put(OWNER, tokensOf('one'), 0, (file) => {
      writeFileSync(file, 'half');
      return Promise.resolve(8);
    });
    expect(problems).toHaveLength(1);
    expect(files()).toEqual([]);
  });

  test.each<[string, (path: string) => void]>([
    ['gone', rmSync],
    [
      'shorter',
      (path) => {
        writeFileSync(path, 'one');
      },
    ],
    [
      'a link',
      (path) => {
        renameSync(path, `${path}.target`);
        symlinkSync(`${path}.target`, path);
      },
    ],
  ])('of a file that is %s is told, and it is not read', async (_, change) => {
    const { problems, put, use, path } = await storeIn(newFolder());
    await put('one');
    change(onlyState(path));
    expect(await use('one')).toBeNull();
    expect(problems).toEqual([expect.stringMatching(/its file is gone, or another one/)]);
    expect(await use('one')).toBeNull();
    expect(problems).toHaveLength(1);
  });
});

describe('what is kept over a restart', () => {
  async function kept(change: (path: string) => void = () => undefined) {
    const home = temporaryFolder();
    const options = { keyFile: join(home, 'key') };
    const path = join(home, 'prefixes');
    const first = await storeIn(path, options);
    await first.put('one');
    await first.store.close();
    change(path);
    return { ...(await storeIn(path, options)), options };
  }

  test('comes back, once and again, in the order of its use', async () => {
    const { store, put, use, path, options } = await kept();
    expect(await use('one')).toBe('one');
    await put('two');
    await use('one');
    await store.close();
    const small = await storeIn(path, { ...options, maxBytes: STATE_BYTES });
    expect([await small.use('one'), await small.use('two')]).toEqual(['one', null]);
    expect(statSync(options.keyFile).mode & 0o777).toBe(0o600);
    expect(small.problems).toEqual([]);
  });

  test('is not read when one byte of its file is another', async () => {
    const { problems, use } = await kept((path) => {
      const file = onlyState(path);
      writeFileSync(file, readFileSync(file, 'utf8').replace('one', 'onE'));
    });
    expect(await use('one')).toBeNull();
    expect(problems).toEqual([expect.stringMatching(/its file was changed/)]);
  });

  test.each([
    ['was changed', (text: string) => text.replace('"account":"a"', '"account":"b"')],
    ['is cut', (text: string) => text.slice(0, 60)],
    ['is empty', () => ''],
  ])('is nothing when the list of it %s', async (_, change) => {
    const { use, files } = await kept((path) => {
      const list = join(path, 'kept.json');
      writeFileSync(list, change(readFileSync(list, 'utf8')));
    });
    expect(await use('one')).toBeNull();
    expect(files()).toEqual([]);
  });

  test('is nothing after a death: the list holds for one start', async () => {
    const { path, options } = await kept();
    const { use, files } = await storeIn(path, options);
    expect(await use('one')).toBeNull();
    expect(files()).toEqual([]);
  });

  test('is nothing under another key', async () => {
    const { use } = await kept((path) => {
      writeFileSync(join(path, '../key'), 'x'.repeat(32));
    });
    expect(await use('one')).toBeNull();
  });
});

describe('a folder that others could write to', () => {
  test('is refused', async () => {
    const path = newFolder();
    mkdirSync(path);
    chmodSync(path, 0o770);
    await expect(PrefixFolder.open(path)).rejects.toThrow(/belongs to this user alone/);
  });

  test('is refused behind a link, too', async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, 'target'), { mode: 0o700 });
    symlinkSync(join(home, 'target'), join(home, 'prefixes'));
    await expect(PrefixFolder.open(join(home, 'prefixes'))).rejects.toThrow(/belongs to this user alone/);
  });
});
