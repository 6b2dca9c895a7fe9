// At the edge: how many calls a day Cloudflare's free plan bears, and how many today had. What a call takes was measured: a short
// stream, one at a time, which is the dearest; calls that come together share rows and questions.
import { passed, type Check } from '../../../protocol/admin/check.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { beginOfDay } from '../usage/calendar.ts';

/** A day's worth for one account (https://developers.cloudflare.com/durable-objects/platform/pricing): resets at 00:00 UTC. */
const FREE_OBJECT_REQUESTS = 100_000;
const FREE_ROWS_WRITTEN = 100_000;

/** The outbox, the usage of its hour, the settled call, and what the Registry is told. */
const ROWS_WRITTEN_PER_CALL = 10;
/** Admission, settlement, and what follows from them by alarm. */
const OBJECT_REQUESTS_PER_CALL = 3.5;
/** Beside these over a link: the call itself, the journal and its acknowledgement, a look at the status; frames count a twentieth. */
const LINK_REQUESTS_PER_CALL = 5;
/** A link's signs of life, one in 4 s, a twentieth each; and what the objects do by themselves. */
const LINK_REQUESTS_PER_DAY = 1_500;
/** From this share of the day's worth on it is worth a warning. */
const NEARLY = 0.8;

/** Calls a day, by whichever of the plan's bounds is reached first. */
export function callsOfFreePlan(link: boolean): number {
  const requests = FREE_OBJECT_REQUESTS - (link ? LINK_REQUESTS_PER_DAY : 0);
  const perCall = OBJECT_REQUESTS_PER_CALL + (link ? LINK_REQUESTS_PER_CALL : 0);
  return Math.floor(Math.min(requests / perCall, FREE_ROWS_WRITTEN / ROWS_WRITTEN_PER_CALL));
}

export async function checkFreePlan({ env, config }: GatewayCall): Promise<Check[]> {
  // Nobody else writes the header that is then trusted.
  if (config.clientAddressTrust !== 'cloudflare') return [];
  const now = Math.floor(Date.now() / 1000);
  const from = beginOfDay(now);
  const report = await askRegistry(env, (registry) => registry.readUsage({ from, format: 'json' }));
  if (!report.ok) return [];
  const calls = report.value.data.reduce((sum, row) => sum + row.calls, 0);
  const bears = callsOfFreePlan(config.nodeOrigin === null);
  const detail = `${calls} calls since 00:00 UTC; Cloudflare's free plan bears about ${bears} a day`;
  if (calls < bears * NEARLY) return [passed('free plan', detail)];
  const remedy =
    'On the paid plan nothing is to be done. On the free one calls fail from then on until 00:00 UTC: see docs/deploy.md, or limit what keys may do a day.';
  return [{ name: 'free plan', outcome: 'warning', detail, remedy }];
}
