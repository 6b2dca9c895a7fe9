// Whether the inference node answers a signed call, what it serves, and whether the usage that it holds gets through.
import { passed, type Check } from '../../../protocol/admin/check.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { NodeStatus } from '../../../protocol/node/node-api.ts';
import type { GatewayConfig } from '../config/gateway-config-schema.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { nodeStatus } from '../nodes/node-directory.ts';

/** Records are fetched every few seconds; this is a fault that lasts. */
const OLD_RECORD_MS = 600_000;

export async function checkNode(call: GatewayCall): Promise<Check[]> {
  const { config } = call;
  try {
    const status = await nodeStatus(call, 'now');
    return [judge(status), ...checkUsage(status)];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const detail = `${config.nodeId}: ${error.reason ?? error.message}`;
    return [{ name: 'node', outcome: 'failed', detail, remedy: remedyFor(error, config) }];
  }
}

function judge({ nodeId, version, engine, draining, models }: NodeStatus): Check {
  const who = `${nodeId} (version ${version})`;
  if (draining) return { ...waiting(`${who} is shutting down`), remedy: 'Start it again.' };
  if (engine !== 'ready')
    return { ...waiting(`${who} answers, its engine is ${engine}`), remedy: "See the node's log." };
  if (models.length === 0) return { ...waiting(`${who} serves no model`), remedy: 'Start it with --model FILE.' };
  return passed('node', `${who} takes signed calls and serves ${models.map(({ id }) => id).join(', ')}`.slice(0, 1024));
}

function waiting(detail: string): Check {
  return { name: 'node', outcome: 'warning', detail, remedy: null };
}

function checkUsage({ journal }: NodeStatus): Check[] {
  if (journal === undefined) return [];
  const { unacknowledged, oldestEndedAt } = journal;
  const ageMs = oldestEndedAt === null ? 0 : Date.now() - oldestEndedAt;
  if (ageMs <= OLD_RECORD_MS) return [passed('usage', "the node's records are counted")];
  const detail = `${unacknowledged} records of calls wait at the node, the oldest for ${Math.round(ageMs / 60_000)} min`;
  const remedy =
    'They are fetched beside calls; if they stay, see the log for `sweep`. After 48 h the node drops them.';
  return [{ name: 'usage', outcome: 'warning', detail, remedy }];
}

function remedyFor({ code }: ApiError, { nodeOrigin, nodeId }: GatewayConfig): string {
  if (code === 'node_error') {
    return (
      "Something answers there that does not trust this gateway: compare NODE_ID and the node's gateway keys, see that no other " +
      'server has the address, and look at `node clock`.'
    );
  }
  return nodeOrigin === null
    ? `Start it there: hearthkey node --gateway URL --token-file FILE; \`hearthkey nodes add ${nodeId}\` makes a token.`
    : `Start it, and see that ${nodeOrigin} (NODE_ORIGIN) reaches it from where the gateway runs.`;
}
