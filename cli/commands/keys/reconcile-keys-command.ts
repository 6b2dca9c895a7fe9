// `hearthkey keys reconcile`: compares the index of keys with the truth, batch by batch, and mends it.
import { Command } from 'commander';
import type { AdminClient } from '../../admin-client/admin-client.ts';
import { print } from '../../output/print.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';

type Sums = { dry_run: boolean; users: number; secrets: number; missing: number; superfluous: number };

export function reconcileKeysCommand(): Command {
  return new Command('reconcile')
    .description('check the index of keys against the truth and mend it')
    .option('--dry-run', 'only say what is wrong')
    .action(async (options: GatewayOptions & { dryRun?: true }) => {
      const sums = await reconcileAll(await connectToGateway(options), options.dryRun === true);
      print(options.json, sums, describe(sums));
    });
}

async function reconcileAll(client: AdminClient, dryRun: boolean): Promise<Sums> {
  const sums = { dry_run: dryRun, users: 0, secrets: 0, missing: 0, superfluous: 0 };
  let after: string | undefined;
  do {
    const batch = await client.keys.reconcile(after, dryRun);
    for (const name of ['users', 'secrets', 'missing', 'superfluous'] as const) sums[name] += batch[name];
    after = batch.has_more ? (batch.last_id ?? undefined) : undefined;
  } while (after !== undefined);
  return sums;
}

function describe({ dry_run: dryRun, users, secrets, missing, superfluous }: Sums): string {
  const looked = `${secrets} secrets of ${users} users looked at.`;
  if (missing === 0 && superfluous === 0) return `${looked} The index is right.\n`;
  const what = `${missing} entries were missing or wrong, ${superfluous} were of secrets that have ended`;
  return `${looked} ${what}: ${dryRun ? 'nothing was changed (--dry-run).' : 'all mended.'}\n`;
}
