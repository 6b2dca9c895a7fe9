// `hearthkey keys list`
import { Command } from 'commander';
import { keyStatusSchema, type KeyStatus } from '../../../protocol/admin/admin-key.ts';
import { MAX_PAGE_SIZE, searchSchema } from '../../../protocol/admin/admin-list.ts';
import { findUser } from '../../admin-client/find-user.ts';
import { print } from '../../output/print.ts';
import { checkedBy, choiceOption, parseKeyId, wholeNumber } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { moreHint } from '../more-hint.ts';
import { keyTable } from './key-table.ts';

type ListFlags = GatewayOptions & {
  user?: string;
  search?: string;
  status?: KeyStatus;
  rotationDue?: true;
  limit?: number;
  after?: string;
};

export function listKeysCommand(): Command {
  return new Command('list')
    .description('list keys, newest first')
    .option('--user <user>', 'of this user only, by id or name')
    .option('--search <text>', 'only those with this in their name or id', checkedBy(searchSchema))
    .addOption(choiceOption('--status <status>', 'only those in this state', keyStatusSchema.options))
    .option('--rotation-due', 'only those whose secret is older than --rotate-after allows')
    .option('--limit <n>', 'how many', wholeNumber(1, MAX_PAGE_SIZE))
    .option('--after <key-id>', 'start after this key', parseKeyId)
    .action(async ({ user: owner, ...flags }: ListFlags) => {
      const client = await connectToGateway(flags);
      const user = owner === undefined ? undefined : await findUser(client, owner);
      const page = await client.keys.list({ ...flags, userId: user?.id });
      print(flags.json, page, keyTable(page.data) + moreHint(page));
    });
}
