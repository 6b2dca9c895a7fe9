// `hearthkey audit list`
import { Command } from 'commander';
import { MAX_PAGE_SIZE } from '../../../protocol/admin/admin-list.ts';
import type { AuditPage } from '../../../protocol/admin/audit.ts';
import { findUserId } from '../../admin-client/find-user-id.ts';
import { print } from '../../output/print.ts';
import { wholeNumber } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { auditTable } from './audit-table.ts';
import { REGISTRY_CHAIN } from './registry-chain.ts';

type ListFlags = GatewayOptions & { user?: string; limit?: number; before?: number };

export function listAuditCommand(): Command {
  return new Command('list')
    .description('list acts on users and admin tokens, or on the keys of a user, newest first')
    .option('--user <user>', 'acts on the keys of this user, by id or name')
    .option('--limit <n>', 'how many', wholeNumber(1, MAX_PAGE_SIZE))
    .option('--before <n>', 'those before this number of the list', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .action(async ({ user, ...flags }: ListFlags) => {
      const client = await connectToGateway(flags);
      const chain = user === undefined ? REGISTRY_CHAIN : await findUserId(client, user);
      const page = await client.audit.list(chain, flags);
      print(flags.json, page, auditTable(page.data) + moreHint(page));
    });
}

function moreHint({ data, has_more: more }: AuditPage): string {
  const last = data.at(-1);
  return more && last !== undefined ? `… more: --before ${last.sequence}\n` : '';
}
