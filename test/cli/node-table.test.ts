// Guarantee: the table of nodes says how fast each of the models writes that it names, where that is known.
import { expect, it } from 'vitest';
import { nodeTable } from '../../cli/commands/nodes/node-table.ts';
import type { AdminNode } from '../../protocol/admin/admin-node.ts';

const MODEL = { state: 'loaded', sequences: 4, running: 1, waiting: 0 } as const;

function row(speeds: readonly (number | null)[], models: AdminNode['models'] = null): string[] {
  const node: AdminNode = {
    object: 'node',
    id: 'home',
    kind: 'link',
    origin: null,
    models,
    weight: 1,
    draining: false,
    configured: true,
    created_at: null,
    last_used_at: null,
    former_ends_at: null,
    live: {
      state: 'ready',
      reason: null,
      version: '1',
      models: speeds.map((speed, index) => ({ ...MODEL, id: `m${index}`, tokens_per_second: speed })),
    },
  };
  return nodeTable([node]).split('\n')[1]?.split(/ {2,}/) ?? [];
}

it('in the order of the models, and not of those that calls may not have', () => {
  expect(row([41.53, null])).toEqual(['home', 'ready', 'dials in', 'm0, m1', '2', '0', '41.5, -', '1']);
  expect(row([41.53, 7], ['m1'])).toEqual(['home', 'ready', 'dials in', 'm1', '2', '0', '7.0', '1']);
  expect(row([null, null])).toContain('-');
});
