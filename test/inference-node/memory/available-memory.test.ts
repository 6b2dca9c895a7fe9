// What is said to be available is never more than the tightest limit above this process leaves.
import { platform } from 'node:os';
import { describe, expect, test } from 'vitest';
import { availableMemory } from '../../../inference-node/memory/available-memory.ts';

const MACHINE = { '/proc/meminfo': 'MemTotal:       100 kB\nMemAvailable:   64 kB\n' };

function available(files: Record<string, string>): number {
  return availableMemory((path) => files[path] ?? null);
}

test.runIf(platform() === 'linux')('this machine has some, and not more than it has at all', () => {
  expect(availableMemory()).toBeGreaterThan(0);
});

describe.runIf(platform() === 'linux')('on Linux', () => {
  test('without limits it is what the kernel calls available', () => {
    expect(available(MACHINE)).toBe(64 * 1024);
    expect(available({ ...MACHINE, '/proc/self/cgroup': '0::/app\n', '/sys/fs/cgroup/app/memory.max': 'max\n' })).toBe(
      64 * 1024,
    );
  });

  test('a limit counts less what is used, but files in its cache count as free', () => {
    const limited = {
      ...MACHINE,
      '/proc/self/cgroup': '0::/app\n',
      '/sys/fs/cgroup/app/memory.max': '50000\n',
      '/sys/fs/cgroup/app/memory.current': '40000\n',
      '/sys/fs/cgroup/app/memory.stat': 'anon 9000\nactive_file 10000\ninactive_file 20000\n',
    };
    expect(available(limited)).toBe(40_000);
  });

  test('the tightest of the limits above counts; in a container they are at the root', () => {
    const nested = {
      ...MACHINE,
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/memory.max': '50000\n',
      '/sys/fs/cgroup/a/b/memory.current': '0\n',
      '/sys/fs/cgroup/a/memory.max': '30000\n',
      '/sys/fs/cgroup/a/memory.current': '10000\n',
    };
    expect(available(nested)).toBe(20_000);
    const container = {
      ...MACHINE,
      '/proc/self/cgroup': '0::/docker/abc\n',
      '/sys/fs/cgroup/memory.max': '7000\n',
      '/sys/fs/cgroup/memory.current': '9000\n',
    };
    expect(available(container)).toBe(0);
  });

  test('limits of version 1 count as well', () => {
    const old = {
      ...MACHINE,
      '/proc/self/cgroup': '5:cpu,cpuacct:/app\n4:memory:/app\n',
      '/sys/fs/cgroup/memory/app/memory.limit_in_bytes': '40000\n',
      '/sys/fs/cgroup/memory/app/memory.usage_in_bytes': '30000\n',
      '/sys/fs/cgroup/memory/app/memory.stat': 'total_inactive_file 5000\n',
    };
    expect(available(old)).toBe(15_000);
  });
});
