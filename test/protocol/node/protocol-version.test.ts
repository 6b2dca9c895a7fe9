// Two releases that are next to each other understand each other, whichever of the two is ahead; two that are not know who is too old.
import { expect, it } from 'vitest';
import { whoIsTooOld } from '../../../protocol/node/protocol-version.ts';

const ours = { newest: 5, oldest: 4 };

it.each([
  ['the same', { newest: 5, oldest: 4 }, null],
  ['one behind', { newest: 4, oldest: 3 }, null],
  ['one ahead', { newest: 6, oldest: 5 }, null],
  ['one ahead that speaks all of ours', { newest: 6, oldest: 1 }, null],
  ['one that names no oldest, of our oldest', { newest: 4, oldest: undefined }, null],
  ['two behind', { newest: 3, oldest: 2 }, 'they'],
  ['two ahead', { newest: 7, oldest: 6 }, 'we'],
  ['one ahead that names no oldest', { newest: 6, oldest: undefined }, 'we'],
] as const)('%s', (_what, theirs, tooOld) => {
  expect(whoIsTooOld(theirs, ours)).toBe(tooOld);
});
