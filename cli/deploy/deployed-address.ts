// Where a Worker can be reached, from the report that wrangler writes to the file of WRANGLER_OUTPUT_FILE_PATH: a line of JSON for
// each event.
import * as z from 'zod';
import { parseJson } from '../../protocol/parse-json.ts';

const deployEventSchema = z.object({ type: z.literal('deploy'), targets: z.array(z.string()).nullish() });
/** As wrangler writes `api.example.com (custom domain)`. A route with a pattern is no address. */
const CUSTOM_DOMAIN = /^([a-z0-9-]+(?:\.[a-z0-9-]+)+) \(custom domain\)/i;

/** The first address of the last deployment, a domain of one's own before workers.dev; null: the report tells none. */
export function deployedAddress(report: string): string | null {
  const targets = report
    .split('\n')
    .flatMap((line) => deployEventSchema.safeParse(parseJson(line)).data?.targets ?? []);
  const domain = targets.map((target) => CUSTOM_DOMAIN.exec(target)?.[1]).find((name) => name !== undefined);
  if (domain !== undefined) return `https://${domain}`;
  const url = targets.find((target) => target.startsWith('https://') && URL.canParse(target));
  return url === undefined ? null : new URL(url).origin;
}
