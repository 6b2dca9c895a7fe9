// `hearthkey keys`: API keys. A secret is printed by `create` and by nothing else.
import { Command } from 'commander';
import { keyIdSchema, type ApiKey, type UpdateKey } from '../../protocol/admin/admin-key.ts';
import { MAX_PAGE_SIZE } from '../../protocol/admin/admin-list.ts';
import { nameSchema } from '../../protocol/admin/admin-user.ts';
import { findUser } from '../admin-client/find-user.ts';
import { formatTable } from '../output/format-table.ts';
import { formatTime } from '../output/format-time.ts';
import { print } from '../output/print.ts';
import { checkedBy, collect, collectMetadata, parseExpiry, wholeNumber } from './argument-parsers.ts';
import { addGatewayOptions, connectToGateway, type GatewayOptions } from './global-options.ts';
import { moreHint } from './more-hint.ts';
import { required } from './required.ts';

export function keysCommand(): Command {
  const keys = new Command('keys').description('create, list, show, change and revoke API keys');
  for (const command of [createCommand(), listCommand(), showCommand(), updateCommand(), revokeCommand()]) {
    keys.addCommand(addGatewayOptions(command));
  }
  return keys;
}

type KeyFlags = {
  name?: string;
  model?: string[];
  expires?: number | null;
  metadata?: Record<string, string>;
};

/** The fields that `create` and `update` share, as the API names them. */
function keyFields({ name, model, expires, metadata }: KeyFlags): UpdateKey {
  return {
    ...(name === undefined ? {} : { name }),
    ...(model === undefined ? {} : { models: model }),
    ...(expires === undefined ? {} : { expires_at: expires }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function addKeyOptions(command: Command): Command {
  return command
    .option('--model <id>', 'a model that it may use; repeatable (default: all)', collect)
    .option('--expires <when>', '30d, 12h, a date such as 2027-01-31, or never', parseExpiry)
    .option('--metadata <name=value>', 'a note to keep with it; repeatable', collectMetadata);
}

function createCommand(): Command {
  const command = new Command('create')
    .description('make a key and print its secret, this once')
    .option('--name <name>', 'what it is for (required)', checkedBy(nameSchema))
    .option('--user <user>', 'the user that owns it, by id or name (required)');
  return addKeyOptions(command).action(
    async (options: GatewayOptions & KeyFlags & { user?: string }, self: Command) => {
      const name = required(self, options.name, '--name <name>');
      const owner = required(self, options.user, '--user <user>');
      const client = await connectToGateway(options);
      const user = await findUser(client, owner);
      const key = await client.createKey({ ...keyFields(options), user_id: user.id, name });
      print(options.json, key, `${key.key}\n\nShown this once: keep it.\n\n${keyTable([key])}`);
    },
  );
}

function listCommand(): Command {
  return new Command('list')
    .description('list keys, newest first')
    .option('--user <user>', 'of this user only, by id or name')
    .option('--limit <n>', 'how many', wholeNumber(1, MAX_PAGE_SIZE))
    .option('--after <id>', 'start after this key')
    .action(async (options: GatewayOptions & { user?: string; limit?: number; after?: string }) => {
      const client = await connectToGateway(options);
      const user = options.user === undefined ? undefined : await findUser(client, options.user);
      const page = await client.listKeys({ limit: options.limit, after: options.after, userId: user?.id });
      print(options.json, page, keyTable(page.data) + moreHint(page));
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('show a key, without its secret')
    .argument('<key-id>', 'its id, with or without hk_', parseKeyId)
    .action(async (id: string, options: GatewayOptions) => {
      const key = await (await connectToGateway(options)).getKey(id);
      print(options.json, key, keyTable([key]));
    });
}

function updateCommand(): Command {
  const command = new Command('update')
    .description('change a key; what is not named stays')
    .argument('<key-id>', 'its id, with or without hk_', parseKeyId)
    .option('--name <name>', 'new name', checkedBy(nameSchema))
    .option('--all-models', 'let it use all models');
  return addKeyOptions(command).action(
    async (id: string, options: GatewayOptions & KeyFlags & { allModels?: true }, self: Command) => {
      const body: UpdateKey = { ...keyFields(options), ...(options.allModels === true ? { models: null } : {}) };
      if (options.allModels === true && options.model !== undefined) {
        self.error('error: give --model or --all-models, not both');
      }
      if (Object.keys(body).length === 0) self.error('error: nothing to change; see --help for what can be changed');
      const key = await (await connectToGateway(options)).updateKey(id, body);
      print(options.json, key, keyTable([key]));
    },
  );
}

function revokeCommand(): Command {
  return new Command('revoke')
    .description('make a key worthless, at once and for good')
    .argument('<key-id>', 'its id, with or without hk_', parseKeyId)
    .action(async (id: string, options: GatewayOptions) => {
      const key = await (await connectToGateway(options)).revokeKey(id);
      print(options.json, key, keyTable([key]));
    });
}

/** Takes what lists and logs show, too: `hk_` and the id. */
function parseKeyId(text: string): string {
  return checkedBy(keyIdSchema)(text.replace(/^hk_/, ''));
}

function keyTable(keys: readonly ApiKey[]): string {
  return formatTable(
    ['KEY', 'NAME', 'USER', 'STATUS', 'MODELS', 'EXPIRES', 'LAST USED'],
    keys.map((key) => [
      key.prefix,
      key.name,
      key.user_id,
      key.status,
      key.models?.join(' ') ?? 'all',
      formatTime(key.expires_at, 'never'),
      formatTime(key.last_used_at, 'never'),
    ]),
  );
}
