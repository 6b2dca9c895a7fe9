// Gives a gateway many keys of many users, through its admin API.
import type { AdminRequests } from './admin-requests.ts';

const KEYS_PER_USER = 50;
/** Requests under way at once: more would only wait for the one Registry. */
const CONCURRENCY = 16;

/** Makes `count` keys, and says on stderr how fast. */
export async function fillWithKeys(name: string, admin: AdminRequests, count: number): Promise<void> {
  const begin = performance.now();
  let made = 0;
  const makeUsers = async (): Promise<void> => {
    while (made < count) {
      const keys = Math.min(KEYS_PER_USER, count - made);
      made += keys;
      const user = await admin.createUser(`user up to key ${made}`);
      for (let key = 0; key < keys; key++) await admin.createKey(user, `key ${made - key}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, makeUsers));
  const seconds = (performance.now() - begin) / 1000;
  process.stderr.write(`${name}: ${count} keys in ${seconds.toFixed(0)} s, ${(count / seconds).toFixed(0)} a second\n`);
}
