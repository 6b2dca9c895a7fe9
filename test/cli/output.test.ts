// Guarantee: what people read is aligned, harmless to their terminal, and shows a secret only in the run that made it.
import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../cli/output/format-bytes.ts';
import { formatFields } from '../../cli/output/format-fields.ts';
import { formatTable } from '../../cli/output/format-table.ts';
import { announceAsJson, announceToPeople, type Announcement } from '../../cli/up/announcement.ts';

const announcement: Announcement = {
  gateway: 'http://127.0.0.1:8787',
  node: 'http://127.0.0.1:9999',
  link: undefined,
  adminToken: null,
  key: { kind: 'existing', keys: [], more: false },
  models: [
    {
      id: 'a',
      architecture: 'llama',
      sizeBytes: 2_159_232,
      loadMs: 100,
      contextLength: 2048,
      sequences: 4,
      device: 'on the CPU (GPUs are switched off)',
    },
    {
      id: 'longer',
      architecture: 'phi2',
      sizeBytes: 1_910_464,
      loadMs: 50,
      contextLength: 2048,
      sequences: 4,
      device: 'on the CPU (GPUs are switched off)',
    },
  ],
  adminTokenFile: '/state/admin-token',
};

describe('a table', () => {
  it('aligns its columns and ends no line with spaces', () => {
    expect(
      formatTable(
        ['A', 'LONG'],
        [
          ['x', 'y'],
          ['longer', ''],
        ],
      ),
    ).toBe('A       LONG\nx       y\nlonger\n');
  });

  it('has numbers at the right', () => {
    expect(
      formatTable(
        ['A', 'N'],
        [
          ['x', '7'],
          ['y', '10'],
        ],
        { numbers: ['N'] },
      ),
    ).toBe('A   N\nx   7\ny  10\n');
  });

  it('passes no control character to the terminal', () => {
    expect(formatTable(['N'], [['a\u001B[2Jb\u202Ec\n']])).toBe('N\na\uFFFD[2Jb\uFFFDc\uFFFD\n');
  });
});

describe('the announcement', () => {
  it('holds one line of JSON with the five fields', () => {
    const line = announceAsJson({ ...announcement, key: { kind: 'created', secret: 'hk_secret' } });
    expect(line).not.toContain('\n');
    expect(Object.keys(JSON.parse(line) as object)).toEqual(['gateway', 'node', 'adminToken', 'apiKey', 'models']);
    expect(line).toContain('"apiKey":"hk_secret"');
    expect(announceAsJson(announcement)).toContain('"apiKey":null');
  });

  it('shows people the key in a curl that can be pasted, and marks the default model', () => {
    const text = announceToPeople({ ...announcement, key: { kind: 'created', secret: 'hk_secret' } });
    expect(text).toContain('-H "Authorization: Bearer hk_secret"');
    expect(text).toContain('a       2.2 MB, loaded in 0.1 s, on the CPU (GPUs are switched off) (default)');
  });

  it('names existing keys and leaves the secret to a variable', () => {
    const text = announceToPeople(announcement);
    expect(text).toContain('Bearer $HEARTHKEY_API_KEY');
    expect(text).toContain('hearthkey keys create');
  });
});

describe('a vertical list', () => {
  it('names each thing once and says when there is nothing', () => {
    expect(
      formatFields([
        ['name', 'a\u001Bb'],
        ['models', ['x', 'y']],
        ['notes', []],
      ]),
    ).toBe('name    a\uFFFDb\nmodels  x\n        y\nnotes   -\n');
  });
});

describe('sizes', () => {
  it('are shown as people write them', () => {
    expect([0, 999, 1000, 807_694_464].map(formatBytes)).toEqual(['0 B', '999 B', '1.0 kB', '807.7 MB']);
  });
});
