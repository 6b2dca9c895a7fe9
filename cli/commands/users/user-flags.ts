// The flags that say what a user is, for `create`, `upsert` and `update`.
import { Option, type Command } from 'commander';
import { nameSchema, updateUserSchema, upsertUserSchema, type UpdateUser } from '../../../protocol/admin/admin-user.ts';
import type { Limits } from '../../../protocol/admin/limits.ts';
import { checkedBy, collectMetadata } from '../argument-parsers.ts';
import { checkSettings } from '../check-settings.ts';
import { addQuotaOption } from '../collect-quota.ts';

/** False: the flag that takes it away was given. */
export type UserFlags = {
  name?: string;
  externalId?: string | false;
  disable?: true;
  enable?: true;
  quota?: Limits;
  quotas?: false;
  metadata?: Record<string, string> | false;
};

/** `required`: the command cannot do without, which the help is to say. */
export function addUserFlags(command: Command, required: readonly ('name' | 'externalId')[]): Command {
  const mark = (name: 'name' | 'externalId'): string => (required.includes(name) ? ' (required)' : '');
  command
    .option('--name <name>', `unique name${mark('name')}`, checkedBy(nameSchema))
    .option(
      '--external-id <id>',
      `its id in a system of yours${mark('externalId')}`,
      checkedBy(upsertUserSchema.shape.external_id),
    );
  return addQuotaOption(command).option(
    '--metadata <name=value>',
    'a note to keep with it; repeatable',
    collectMetadata,
  );
}

/** For the commands that change a user who is there. */
export function addSwitchFlags(command: Command): Command {
  return command
    .addOption(new Option('--disable', 'stop all its keys').conflicts('enable'))
    .addOption(new Option('--enable', 'let its keys work again'));
}

/** What the flags set, as the API names it. Ends the command with a usage error where they contradict. */
export function userSettings(flags: UserFlags, command: Command): UpdateUser {
  return checkSettings(command, updateUserSchema, {
    name: flags.name,
    external_id: flags.externalId === false ? null : flags.externalId,
    disabled: flags.disable ?? (flags.enable === true ? false : undefined),
    limits: flags.quotas === false ? null : flags.quota,
    metadata: flags.metadata === false ? {} : flags.metadata,
  });
}
