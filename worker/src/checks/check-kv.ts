// Whether the KV namespace of the keys can be written and read.
import { passed, type Check } from '../../../protocol/admin/check.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { probeIndex } from '../keys/key-index.ts';
import { withinTime } from '../objects/within-time.ts';

const LIMIT_MS = 5_000;

export async function checkKv({ env }: GatewayCall): Promise<Check[]> {
  try {
    await withinTime(probeIndex(env.KEYS), LIMIT_MS, 'KV');
    return [passed('kv', 'the namespace KEYS can be written and read')];
  } catch (error) {
    const detail = `the namespace KEYS: ${error instanceof Error ? error.message : 'unknown error'}`;
    const remedy =
      "Look at the namespace's id in wrangler.toml, and at the day's free writes (1,000) on Cloudflare's free plan.";
    return [{ name: 'kv', outcome: 'failed', detail, remedy }];
  }
}
