// At the edge: how many calls a day Cloudflare's free plan bears, if they are like those of today. What a call takes was counted: a
// stream, one at a time, which is the dearest; calls that come together share rows and requests.
import { passed, type Check } from '../../../protocol/admin/check.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { nodeTargets } from '../nodes/node-targets.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { beginOfDay, nowSeconds } from '../usage/calendar.ts';

/** A day's worth for one account (https://developers.cloudflare.com/durable-objects/platform/pricing): resets at 00:00 UTC. */
const FREE_OBJECT_REQUESTS = 100_000;
const FREE_ROWS_WRITTEN = 100_000;

/** The outbox, the usage of its hour, the settled call, and what the Registry is told. */
const ROWS_WRITTEN_PER_CALL = 10;

type ObjectRequests = { perDay: number; perCall: number; perToken: number };
/** Admission, settlement, what follows from them by alarm, the directory's snapshot and its list of nodes; a renewal every 3 s, at 30 tokens a second. */
const OF_ADDRESS: ObjectRequests = { perDay: 0, perCall: 5, perToken: 1 / 90 };
/**
 * Beside these: the call itself, the journal, its acknowledgement and a look at the status; a frame for each token, which counts
 * a twentieth, as do the link's signs of life, one in 4 s.
 */
const OF_LINK: ObjectRequests = { perDay: 1_500, perCall: 9, perToken: 1 / 90 + 1 / 20 };

/** Each keeps its object in memory: 10,800 of the 13,000 GB-s a day. */
const LINKS_OF_FREE_PLAN = 1;
/** Of an answer, where today had none. */
const USUAL_TOKENS = 300;
/** From this share of the day's worth on it is worth a warning. */
const NEARLY = 0.8;

/** Calls a day, by whichever of the plan's bounds is reached first. */
export function callsOfFreePlan(link: boolean, tokensPerCall: number): number {
  const { perDay, perCall, perToken } = link ? OF_LINK : OF_ADDRESS;
  const byRequests = (FREE_OBJECT_REQUESTS - perDay) / (perCall + perToken * tokensPerCall);
  return Math.floor(Math.min(byRequests, FREE_ROWS_WRITTEN / ROWS_WRITTEN_PER_CALL));
}

export async function checkFreePlan(call: GatewayCall): Promise<Check[]> {
  const { env, config } = call;
  // Elsewhere nobody writes the header that is then trusted.
  if (config.clientAddressTrust !== 'cloudflare') return [];
  const links = (await nodeTargets(call)).filter(({ kind }) => kind === 'link').length;
  const from = beginOfDay(nowSeconds());
  const report = await askRegistry(env, (registry) => registry.readUsage({ from, format: 'json' }));
  if (!report.ok) return [];
  const [today = { calls: 0, completion_tokens: 0 }] = report.value.data;
  const { calls } = today;
  const tokens = calls === 0 ? USUAL_TOKENS : Math.round(today.completion_tokens / calls);
  const bears = callsOfFreePlan(links > 0, tokens);
  const detail = `${calls} calls since 00:00 UTC; Cloudflare's free plan bears about ${bears} a day of ${tokens} tokens each`;
  if (links > LINKS_OF_FREE_PLAN) {
    return [
      warn(`${detail}, and one node that dials in: ${links} do`, 'Give the others an address, or take the paid plan.'),
    ];
  }
  if (calls < bears * NEARLY) return [passed('free plan', detail)];
  const remedy =
    'On the paid plan nothing is to be done. On the free one calls fail from then on until 00:00 UTC: see docs/deploy.md, or limit what keys may do a day.';
  return [warn(detail, remedy)];
}

function warn(detail: string, remedy: string): Check {
  return { name: 'free plan', outcome: 'warning', detail, remedy };
}
