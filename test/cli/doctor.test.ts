// Guarantee: `hearthkey doctor` says what is so, how to mend it, and by its exit code whether anything is to be mended.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkClock, checkListSchema } from '../../protocol/admin/check.ts';
import { startProduct } from '../conformance/product.ts';
import { hearthkey } from './hearthkey.ts';

it('finds nothing at a product that serves, and what is wrong once something is', async () => {
  await using product = await startProduct();
  const doctor = (...args: string[]) => hearthkey(['doctor', '--state', product.state, ...args]);
  const well = await doctor('--json');
  expect(well).toMatchObject({ exitCode: 0, stderr: '' });
  const { data } = checkListSchema.parse(JSON.parse(well.stdout));
  expect(data.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  const names = data.map(({ name }) => name);
  for (const name of ['node.js', 'state folder', 'gateway', 'kv', 'objects', 'node', 'gpu', 'usage', 'node clock']) {
    expect(names).toContain(name);
  }
  await chmod(product.state, 0o755);
  const open = await doctor();
  expect(open).toMatchObject({ exitCode: 1, stderr: '' });
  expect(open.stdout).toMatch(/^FAILED {3}state folder .*open to others\n +→ chmod 700 /m);
});

it('says that no gateway runs, in the words of the other commands', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearthkey-doctor-'));
  try {
    const { exitCode, stdout } = await hearthkey(['doctor', '--state', folder]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^FAILED +gateway +No gateway runs on /m);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.each([
  [0.9, 'ok'],
  [-3, 'ok'],
  [-20, 'warning'],
  [31, 'failed'],
  [-31, 'failed'],
])('a clock that is %d s off is %s', (seconds, outcome) => {
  expect(checkClock('clock', seconds, 'the clock').outcome).toBe(outcome);
});
