// What an isolate makes of what other isolates' calls met at a node: it tries it last, and no longer than they do.
import { expect, it } from 'vitest';
import { NodeCooling } from '../../../worker/src/nodes/node-cooling.ts';

const NOW = 1_000_000;

it('learns that calls of others fail there, and that one was answered again', () => {
  const cooling = new NodeCooling();
  cooling.learn({ failures: 3, changedAgoMs: 100 }, NOW);
  expect(cooling.isCooling(NOW)).toBe(true);
  cooling.learn({ failures: 0, changedAgoMs: 50 }, NOW);
  expect(cooling.isCooling(NOW)).toBe(false);
});

it('takes nothing for news that is older than what it has met itself', () => {
  const cooling = new NodeCooling();
  cooling.noteFailed(NOW - 10, NOW);
  cooling.learn({ failures: 0, changedAgoMs: 50 }, NOW);
  expect(cooling.isCooling(NOW)).toBe(true);
  cooling.noteAnswered(NOW + 1);
  cooling.learn({ failures: 5, changedAgoMs: 50 }, NOW + 2);
  expect(cooling.isCooling(NOW + 2)).toBe(false);
});
