// A question to a node whose whole answer, not only its headers, has to be there in time.
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { endAfter } from './end-after.ts';

/** Settles as `ask` does, which must stop when its `ender` is aborted; throws `node_timeout` after `timeoutMs` milliseconds. */
export async function askInTime<Answer>(
  timeoutMs: number,
  ask: (ender: AbortController) => Promise<Answer>,
): Promise<Answer> {
  const ender = new AbortController();
  try {
    return await endAfter(ender, timeoutMs, ask(ender));
  } catch (error) {
    // Nothing else ends it here, so what failed after that was late, whatever it says.
    if (!ender.signal.aborted) throw error;
    throw new ApiError('node_timeout', { reason: `no answer within ${timeoutMs} ms` });
  }
}
