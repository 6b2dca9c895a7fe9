// What the benchmarks claim rests on these: fair turns, honest medians, and CPU time of all that a peer runs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { alternate } from '../../bench/harness/alternate.ts';
import { treeCpuMicroseconds } from '../../bench/harness/cpu-time.ts';
import { formatTable } from '../../bench/harness/format-table.ts';
import { median, percentile } from '../../bench/harness/statistics.ts';

describe('alternate', () => {
  it('lets each go first as often as last', async () => {
    const order: string[] = [];
    const values = await alternate(['a', 'b', 'c'], 2, (name, round) => {
      order.push(name);
      return Promise.resolve(`${name}${round}`);
    });
    expect(order.join('')).toBe('abccba');
    expect(values.get('b')).toEqual(['b0', 'b1']);
  });

  it('never measures two at once', async () => {
    let running = 0;
    await alternate(['a', 'b'], 2, async () => {
      expect(++running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    });
  });
});

describe('percentile', () => {
  it('is a value that was measured', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1])).toBe(1);
    expect(percentile([3, 2, 1], 100)).toBe(3);
    expect(percentile([1, 2, 3, 4], 99)).toBe(4);
  });

  it('has no answer for nothing', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('treeCpuMicroseconds', () => {
  it.runIf(process.platform === 'linux')('counts the work of grandchildren', async () => {
    const work =
      'const end = process.cpuUsage().user + 200000; while (process.cpuUsage().user < end); console.log("done");';
    const hold = 'setInterval(() => {}, 1000);';
    const grandchild = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(work + hold)}], { stdio: 'inherit' });`;
    const child = spawn(process.execPath, ['-e', grandchild + hold], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    await once(child.stdout, 'data');
    expect(treeCpuMicroseconds(child.pid ?? 0)).toBeGreaterThan(200_000);
    // The whole group: the grandchild would outlive its parent.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await once(child, 'exit');
  });
});

describe('formatTable', () => {
  it('is Markdown with columns under each other', () => {
    expect(
      formatTable(
        ['peer', 'ms'],
        [
          ['nginx', '1'],
          ['a', '10.25'],
        ],
      ),
    ).toBe(['| peer  |    ms |', '| ----- | ----: |', '| nginx |     1 |', '| a     | 10.25 |'].join('\n'));
  });
});
