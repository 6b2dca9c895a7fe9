// `hearthkey users list`
import { Command } from 'commander';
import { MAX_PAGE_SIZE, searchSchema } from '../../../protocol/admin/admin-list.ts';
import { upsertUserSchema, userIdSchema } from '../../../protocol/admin/admin-user.ts';
import { print } from '../../output/print.ts';
import { checkedBy, wholeNumber } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { moreHint } from '../more-hint.ts';
import { userTable } from './user-table.ts';

type ListFlags = GatewayOptions & { search?: string; externalId?: string; limit?: number; after?: string };

export function listUsersCommand(): Command {
  return new Command('list')
    .description('list users, newest first')
    .option('--search <text>', 'only those with this in their name, id or external id', checkedBy(searchSchema))
    .option('--external-id <id>', 'only the one with this external id', checkedBy(upsertUserSchema.shape.external_id))
    .option('--limit <n>', 'how many', wholeNumber(1, MAX_PAGE_SIZE))
    .option('--after <user-id>', 'start after this user', checkedBy(userIdSchema))
    .action(async (flags: ListFlags) => {
      const page = await (await connectToGateway(flags)).users.list(flags);
      print(flags.json, page, userTable(page.data) + moreHint(page));
    });
}
