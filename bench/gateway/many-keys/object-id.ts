// The id of a Durable Object by its name, as workerd computes it: the name of its file on disk
// (https://github.com/cloudflare/workerd, src/workerd/server/actor-id-impl.c++).
import { createHash, createHmac } from 'node:crypto';

const HALF_BYTES = 16;

/** `uniqueKey`: the name of the object's folder. */
export function objectId(uniqueKey: string, name: string): string {
  const key = createHash('sha256').update(uniqueKey).digest();
  const half = (data: string | Buffer): Buffer =>
    createHmac('sha256', key).update(data).digest().subarray(0, HALF_BYTES);
  const base = half(name);
  return Buffer.concat([base, half(base)]).toString('hex');
}
