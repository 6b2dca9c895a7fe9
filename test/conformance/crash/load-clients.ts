// Clients that call all the time, each one call after the other, until they are told to stop.
import { setTimeout as delay } from 'node:timers/promises';
import type { CallLedger, LoadKey } from './call-ledger.ts';
import { makeCall } from './make-call.ts';
import type { Pulse } from './pulse.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Between a call that came to nothing and the next one, as a client waits that is refused. Milliseconds. */
const RETRY_MS = 25;
const QUESTIONS = ['Tell me of the sea', 'How are you today?', 'What does a gateway do?', 'Write on and on about keys'];

export type Load = {
  /** Where the product listens now. */
  gateway: () => string;
  random: SeededRandom;
  ledger: CallLedger;
  pulses: readonly Pulse[];
  stop: AbortSignal;
};

/** Calls with one of these keys at a time. */
export async function callOnAndOn(
  { gateway, random, ledger, pulses, stop }: Load,
  keys: readonly LoadKey[],
): Promise<void> {
  while (!stop.aborted) {
    const key = random.pick(keys);
    const end = await makeCall(gateway(), key.secret, random.pick(QUESTIONS), random.below(2) === 0);
    ledger.add(key.id, end);
    if (end.how === 'whole') for (const pulse of pulses) pulse.beat();
    else await delay(RETRY_MS);
  }
}
