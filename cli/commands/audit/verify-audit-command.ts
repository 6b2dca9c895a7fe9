// `hearthkey audit verify`: whether the log was changed, cut off or put in another order. Without a user: the Registry's chain
// and those of all users that there are now.
import { Command } from 'commander';
import type { AuditVerification } from '../../../protocol/admin/audit.ts';
import type { AdminClient } from '../../admin-client/admin-client.ts';
import { everyItem } from '../../admin-client/every-item.ts';
import { findUserId } from '../../admin-client/find-user-id.ts';
import { EXIT_FAILURE } from '../../cli-failure.ts';
import { print } from '../../output/print.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { REGISTRY_CHAIN } from './registry-chain.ts';

type Result = {
  chains: number;
  entries: number;
  /** Only the chains in which something is wrong. */
  broken: AuditVerification[];
};

export function verifyAuditCommand(finish: (exitCode: number) => void): Command {
  return new Command('verify')
    .description('check that nothing in the log was changed, removed or cut off; exit code 1: something was')
    .option('--user <user>', 'only the acts on the keys of this user, by id or name')
    .action(async ({ user, ...options }: GatewayOptions & { user?: string }) => {
      const client = await connectToGateway(options);
      const result = await verify(client, user === undefined ? everyChain(client) : [await findUserId(client, user)]);
      print(options.json, result, describe(result));
      if (result.broken.length > 0) finish(EXIT_FAILURE);
    });
}

async function* everyChain(client: AdminClient): AsyncGenerator<string, void, undefined> {
  yield REGISTRY_CHAIN;
  for await (const { id } of everyItem((place) => client.users.list(place))) yield id;
}

async function verify(client: AdminClient, chains: AsyncIterable<string> | Iterable<string>): Promise<Result> {
  const result: Result = { chains: 0, entries: 0, broken: [] };
  for await (const chain of chains) {
    const verification = await client.audit.verify(chain);
    result.chains += 1;
    result.entries += verification.entries;
    if (verification.problems.length > 0) result.broken.push(verification);
  }
  return result;
}

function describe({ chains, entries, broken }: Result): string {
  const lines = broken.map(({ chain, problems }) => {
    const found = problems.map(({ sequence, problem }) => `${problem} at ${sequence}`).join(', ');
    return `${chain === REGISTRY_CHAIN ? 'users and admin tokens' : `keys of user ${chain}`}: ${found}\n`;
  });
  const verdict = broken.length === 0 ? 'nothing is wrong' : `something is wrong in ${broken.length}`;
  return `${lines.join('')}${entries} acts in ${chains} ${chains === 1 ? 'chain' : 'chains'}: ${verdict}.\n`;
}
