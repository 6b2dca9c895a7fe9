// Guarantee: an origin's bearer can be read with the gateway's key-check secret, current or previous, and not without, nor for another
// node.
import { expect, it } from 'vitest';
import { openBearer, sealBearer } from '../../../worker/src/openai-origin/bearer-seal.ts';

const OLD = { keyCheckSecret: 'the former key-check secret of this test, long', previousKeyCheckSecret: null };
const NEW = { keyCheckSecret: 'the present key-check secret of this test, long', previousKeyCheckSecret: null };
const BOTH = { ...NEW, previousKeyCheckSecret: OLD.keyCheckSecret };
const BEARER = 'sk-äöü-very-secret';

it('opens what it sealed, which shows nothing and is new each time', async () => {
  const sealed = await sealBearer(NEW, 'gpu', BEARER);
  expect(await openBearer(NEW, 'gpu', sealed)).toEqual({ bearer: BEARER, renewed: null });
  expect(sealed).toMatch(/^[\w-]{16}\.[\w-]+$/);
  expect(await sealBearer(NEW, 'gpu', BEARER)).not.toBe(sealed);
});

it('opens what the previous secret sealed, and renews it', async () => {
  const opened = await openBearer(BOTH, 'gpu', await sealBearer(OLD, 'gpu', BEARER));
  expect(opened?.bearer).toBe(BEARER);
  expect(await openBearer(NEW, 'gpu', opened?.renewed ?? '')).toEqual({ bearer: BEARER, renewed: null });
});

it('opens nothing for another node, with another secret, or that was changed', async () => {
  const sealed = await sealBearer(NEW, 'gpu', BEARER);
  const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
  expect(await openBearer(NEW, 'gpu2', sealed)).toBeNull();
  expect(await openBearer(OLD, 'gpu', sealed)).toBeNull();
  for (const text of [changed, '', '.', 'x', `${sealed}!`]) expect(await openBearer(BOTH, 'gpu', text)).toBeNull();
});
