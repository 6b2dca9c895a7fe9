// Whether each inference node answers a signed call, what it serves, and whether the usage that it holds gets through.
import { passed, type Check } from '../../../protocol/admin/check.ts';
import type { ApiError } from '../../../protocol/errors/api-error.ts';
import type { NodeStatus } from '../../../protocol/node/node-api.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { lookAtNodes } from '../nodes/look-at-nodes.ts';
import type { NodeTarget } from '../nodes/node-target.ts';
import type { NodeView } from '../nodes/node-view.ts';

/** Records are fetched every few seconds; this is a fault that lasts. */
const OLD_RECORD_MS = 600_000;
/** As a check may be. */
const MAX_DETAIL_LENGTH = 1_024;
/** In a node's words of where it computes. */
const ON_CPU = 'on the CPU';
const SWITCHED_OFF = 'GPUs are switched off';

export async function checkNodes(call: GatewayCall): Promise<Check[]> {
  return (await lookAtNodes(call, 'now', 'all')).flatMap(checkNode);
}

function checkNode({ target, seen }: NodeView): Check[] {
  if (seen.ok) return [judge(seen.status, target), ...checkDevices(seen.status), ...checkUsage(seen.status)];
  const { error } = seen;
  const detail = `${target.nodeId}: ${error.reason ?? error.message}`;
  return [{ name: 'node', outcome: 'failed', detail, remedy: remedyFor(error, target) }];
}

function judge({ nodeId, version, engine, draining, models }: NodeStatus, target: NodeTarget): Check {
  const who = `${nodeId} (version ${version})`;
  if (target.draining)
    return {
      ...waiting(`${who} is drained`),
      remedy: `\`hearthkey nodes drain ${nodeId} --undo\` gives it calls again.`,
    };
  if (draining) return { ...waiting(`${who} is shutting down`), remedy: 'Start it again.' };
  if (engine !== 'ready')
    return { ...waiting(`${who} answers, its engine is ${engine}`), remedy: "See the node's log." };
  if (models.length === 0) return { ...waiting(`${who} serves no model`), remedy: 'Start it with --model FILE.' };
  const takes = target.kind === 'openai' ? 'answers' : 'takes signed calls';
  return passed(
    'node',
    `${who} ${takes} and serves ${models.map(({ id }) => id).join(', ')}`.slice(0, MAX_DETAIL_LENGTH),
  );
}

function waiting(detail: string): Check {
  return { name: 'node', outcome: 'warning', detail, remedy: null };
}

/** Where a node says that it computes: what runs on the CPU is slow, and whoever has a GPU wants to know why it is not used. */
function checkDevices({ nodeId, models }: NodeStatus): Check[] {
  const told = models.flatMap(({ id, device = '' }) => (device === '' ? [] : [{ id, device }]));
  if (told.length === 0) return [];
  const places = [...Map.groupBy(told, ({ device }) => device)].map(
    ([device, own]) => `${own.map(({ id }) => id).join(', ')} ${device}`,
  );
  const detail = `${nodeId} computes ${places.join('; ')}`.slice(0, MAX_DETAIL_LENGTH);
  if (told.every(({ device }) => !device.includes(ON_CPU) || device.includes(SWITCHED_OFF)))
    return [passed('gpu', detail)];
  const remedy =
    'If there is a GPU: docs/gpu.md says which drivers it takes, and --gpu forces one. If there is none: --gpu off.';
  return [{ name: 'gpu', outcome: 'warning', detail, remedy }];
}

function checkUsage({ nodeId, journal }: NodeStatus): Check[] {
  if (journal === undefined) return [];
  const { unacknowledged, oldestEndedAt } = journal;
  const ageMs = oldestEndedAt === null ? 0 : Date.now() - oldestEndedAt;
  if (ageMs <= OLD_RECORD_MS) return [passed('usage', `the records of ${nodeId} are counted`)];
  const detail = `${unacknowledged} records of calls wait at ${nodeId}, the oldest for ${Math.round(ageMs / 60_000)} min`;
  const remedy =
    'They are fetched beside calls; if they stay, see the log for `sweep`. After 48 h the node drops them.';
  return [{ name: 'usage', outcome: 'warning', detail, remedy }];
}

function remedyFor({ code }: ApiError, target: NodeTarget): string {
  if (target.kind === 'openai' && code === 'node_error') {
    return (
      `See that an OpenAI-compatible server answers GET ${target.origin}/v1/models; ` +
      `\`hearthkey nodes update ${target.nodeId} --bearer-file FILE\` gives the gateway another bearer.`
    );
  }
  if (code === 'node_error') {
    return (
      "Something answers there that does not trust this gateway: compare NODE_ID and the node's gateway keys, see that no other " +
      'server has the address, and look at `node clock`.'
    );
  }
  return target.kind === 'link'
    ? `Start it there: hearthkey node --gateway URL --token-file FILE; \`hearthkey nodes add ${target.nodeId}\` makes a token.`
    : `Start it, and see that ${target.origin} reaches it from where the gateway runs (on the same machine: --allow-network loopback).`;
}
