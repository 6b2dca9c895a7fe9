// Whether the Durable Objects answer, by the one that every gateway has.
import { passed, type Check } from '../../../protocol/admin/check.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { askRegistry } from '../registry/ask-registry.ts';

export async function checkObjects({ env }: GatewayCall): Promise<Check[]> {
  try {
    const { users } = await askRegistry(env, (registry) => registry.readFigures());
    return [passed('objects', `the Registry answers; it knows ${users} ${users === 1 ? 'user' : 'users'}`)];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const remedy = 'See that the migrations of wrangler.toml are deployed; self-hosted, that the disk is not full.';
    return [{ name: 'objects', outcome: 'failed', detail: error.reason ?? error.message, remedy }];
  }
}
