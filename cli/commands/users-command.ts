// `hearthkey users`: one user is one account and owns keys.
import { Command } from 'commander';
import { MAX_PAGE_SIZE } from '../../protocol/admin/admin-list.ts';
import { nameSchema, type UpdateUser, type User } from '../../protocol/admin/admin-user.ts';
import { findUser } from '../admin-client/find-user.ts';
import { formatTable } from '../output/format-table.ts';
import { formatTime } from '../output/format-time.ts';
import { print } from '../output/print.ts';
import { checkedBy, collectMetadata, wholeNumber } from './argument-parsers.ts';
import { addGatewayOptions, connectToGateway, type GatewayOptions } from './global-options.ts';
import { moreHint } from './more-hint.ts';
import { required } from './required.ts';

export function usersCommand(): Command {
  const users = new Command('users').description('create, list, show and change users');
  for (const command of [createCommand(), listCommand(), showCommand(), updateCommand()]) {
    users.addCommand(addGatewayOptions(command));
  }
  return users;
}

type UserFlags = { name?: string; externalId?: string; metadata?: Record<string, string> };

function createCommand(): Command {
  return new Command('create')
    .description('make a user')
    .option('--name <name>', 'unique name (required)', checkedBy(nameSchema))
    .option('--external-id <id>', 'its id in a system of yours')
    .option('--metadata <name=value>', 'a note to keep with it; repeatable', collectMetadata)
    .action(async (options: GatewayOptions & UserFlags, command: Command) => {
      const { externalId, metadata } = options;
      const name = required(command, options.name, '--name <name>');
      const user = await (await connectToGateway(options)).createUser({ name, external_id: externalId, metadata });
      print(options.json, user, userTable([user]));
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('list users, newest first')
    .option('--limit <n>', 'how many', wholeNumber(1, MAX_PAGE_SIZE))
    .option('--after <id>', 'start after this user')
    .action(async (options: GatewayOptions & { limit?: number; after?: string }) => {
      const page = await (await connectToGateway(options)).listUsers(options);
      print(options.json, page, userTable(page.data) + moreHint(page));
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('show a user')
    .argument('<user>', 'its id or name')
    .action(async (idOrName: string, options: GatewayOptions) => {
      const user = await findUser(await connectToGateway(options), idOrName);
      print(options.json, user, userTable([user]));
    });
}

function updateCommand(): Command {
  return new Command('update')
    .description('change a user; what is not named stays')
    .argument('<user>', 'its id or name')
    .option('--name <name>', 'new name', checkedBy(nameSchema))
    .option('--disable', 'stop all its keys')
    .option('--enable', 'let its keys work again')
    .option('--external-id <id>', 'its id in a system of yours')
    .option('--metadata <name=value>', 'replaces what was kept with it; repeatable', collectMetadata)
    .action(async (idOrName: string, options: GatewayOptions & UpdateFlags, command: Command) => {
      const body = updateBody(options);
      if (options.disable === true && options.enable === true)
        command.error('error: give --disable or --enable, not both');
      if (Object.keys(body).length === 0) command.error('error: nothing to change; see --help for what can be changed');
      const client = await connectToGateway(options);
      const user = await client.updateUser((await findUser(client, idOrName)).id, body);
      print(options.json, user, userTable([user]));
    });
}

type UpdateFlags = UserFlags & { disable?: true; enable?: true };

function updateBody({ name, disable, enable, externalId, metadata }: UpdateFlags): UpdateUser {
  return {
    ...(name === undefined ? {} : { name }),
    ...(disable === undefined && enable === undefined ? {} : { disabled: disable === true }),
    ...(externalId === undefined ? {} : { external_id: externalId }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function userTable(users: readonly User[]): string {
  return formatTable(
    ['ID', 'NAME', 'STATUS', 'EXTERNAL ID', 'CREATED'],
    users.map((user) => [
      user.id,
      user.name,
      user.disabled ? 'disabled' : 'active',
      user.external_id ?? '-',
      formatTime(user.created_at, '-'),
    ]),
  );
}
