// Which tests run where: the folder decides the runtime.
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { TEST_BINDINGS } from './test/worker/test-bindings.ts';

/** Loading a model and starting workerd on two busy cores: generous, so that a pass never depends on speed. */
const SLOW_TEST_TIMEOUT_MS = 120_000;

export default defineConfig({
  test: {
    // What a passing test logs is of no use.
    silent: 'passed-only',
    // Much of the time a test waits for a process to start: two files side by side, on two cores too.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'protocol',
          include: ['test/protocol/**/*.test.ts'],
          environment: 'node',
          testTimeout: SLOW_TEST_TIMEOUT_MS,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'protocol-workerd',
          include: ['test/protocol/**/*.test.ts'],
          isolate: false,
          testTimeout: SLOW_TEST_TIMEOUT_MS,
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { ...TEST_BINDINGS, NODE_ORIGIN: inject('loopbackOrigin') } },
          })),
        ],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          globalSetup: './test/loopback-node/global-setup.ts',
          setupFiles: './test/worker/fresh-storage.ts',
          isolate: false,
          testTimeout: SLOW_TEST_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'node',
          include: ['test/{inference-node,cli,models,bench,house}/**/*.test.ts'],
          environment: 'node',
          testTimeout: SLOW_TEST_TIMEOUT_MS,
          hookTimeout: SLOW_TEST_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          environment: 'node',
          testTimeout: SLOW_TEST_TIMEOUT_MS,
          hookTimeout: SLOW_TEST_TIMEOUT_MS,
        },
      },
    ],
  },
});
