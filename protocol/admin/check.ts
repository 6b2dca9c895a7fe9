// `GET /admin/checks`: what the gateway finds when it tries its own parts, for `hearthkey doctor`.
import * as z from 'zod';
import { NODE_CALL_CLOCK_TOLERANCE_SECONDS } from '../node/node-call-token.ts';

export const checkSchema = z
  .object({
    name: z
      .string()
      .max(64)
      .meta({ description: 'What was tried: `kv`, `objects`, `node`, `gpu`, `usage`, `node clock`, `free plan`.' }),
    outcome: z.enum(['ok', 'warning', 'failed']),
    detail: z.string().max(1024),
    remedy: z.string().max(1024).nullable().meta({ description: 'How to mend it; null where nothing is to be.' }),
  })
  .meta({ id: 'Check' });

export type Check = z.infer<typeof checkSchema>;

export const checkListSchema = z
  .object({ object: z.literal('list'), data: z.array(checkSchema).max(64) })
  .meta({ id: 'CheckList' });

/** A check that found nothing. */
export function passed(name: string, detail: string): Check {
  return { name, outcome: 'ok', detail, remedy: null };
}

/** Less is the way there and back, and whole seconds in HTTP. */
const CLOCK_NOISE_SECONDS = 3;

/** Judges how far a clock is from another, in seconds. */
export function checkClock(name: string, skewSeconds: number, whose: string): Check {
  const off = Math.abs(skewSeconds);
  if (off <= CLOCK_NOISE_SECONDS) return passed(name, `${whose} agrees`);
  const outcome = off > NODE_CALL_CLOCK_TOLERANCE_SECONDS ? 'failed' : 'warning';
  const detail = `${whose} is ${Math.round(off)} s ${skewSeconds > 0 ? 'ahead' : 'behind'}`;
  const remedy = `Let both machines keep time (NTP): beyond ${NODE_CALL_CLOCK_TOLERANCE_SECONDS} s a node refuses every call.`;
  return { name, outcome, detail, remedy };
}
