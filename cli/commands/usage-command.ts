// `hearthkey usage`: who used what.
import { Command, Option } from 'commander';
import { USAGE_GROUPS, usageQuerySchema, type UsageGroup, type UsageReport } from '../../protocol/admin/usage.ts';
import { modelIdSchema } from '../../protocol/inference/model-id.ts';
import { findUserId } from '../admin-client/find-user-id.ts';
import { userNames } from '../admin-client/user-names.ts';
import { print } from '../output/print.ts';
import { checkedBy, parseKeyId, wordListOption } from './argument-parsers.ts';
import { checkSettings } from './check-settings.ts';
import { addGatewayOptions, connectToGateway, type GatewayOptions } from './global-options.ts';
import { parsePast } from './time-parsers.ts';
import { usageTable } from './usage/usage-table.ts';

type UsageFlags = GatewayOptions & {
  by?: UsageGroup[];
  from?: number;
  to?: number;
  user?: string;
  key?: string;
  model?: string;
  csv?: true;
};

export function usageCommand(): Command {
  const command = new Command('usage')
    .addOption(wordListOption('--by <groups>', 'what to sum up by, separated by commas (default: user)', USAGE_GROUPS))
    .option('--from <when>', '7d (ago), a date or a date-time (UTC) (default: 30 days before --to)', parsePast)
    .option('--to <when>', 'the same; the hour that it lies in is the last one (default: now)', parsePast)
    .option('--user <user>', 'of this user only, by id or name')
    .option('--key <key-id>', 'of this key only', parseKeyId)
    .option('--model <id>', 'of this model only', checkedBy(modelIdSchema))
    .addOption(new Option('--csv', 'print CSV').conflicts('json'));
  return addGatewayOptions(command).action(usage);
}

async function usage(flags: UsageFlags, command: Command): Promise<void> {
  const { by: groupBy = ['user'], from, to, user, key: keyId, model } = flags;
  checkSettings(command, usageQuerySchema, { from, to, group_by: groupBy.join(',') });
  const client = await connectToGateway(flags);
  const userId = user === undefined ? undefined : await findUserId(client, user);
  const options = { groupBy, from, to, userId, keyId, model };
  if (flags.csv === true) {
    print(false, null, await client.usage.readCsv(options));
    return;
  }
  const report = await client.usage.read(options);
  const names = flags.json === true ? new Map<string, string>() : await userNames(client, usersOf(report));
  print(flags.json, report, usageTable(report, names));
}

function usersOf({ data }: UsageReport): string[] {
  return data.flatMap(({ user_id: id }) => (id === undefined ? [] : [id]));
}
