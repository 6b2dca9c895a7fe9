// The flags that set what a key may do, for `create` and `update`.
import type { Command } from 'commander';
import { networkSchema } from '../../../protocol/admin/address-list.ts';
import { updateKeySchema, type UpdateKey } from '../../../protocol/admin/admin-key.ts';
import { KEY_PRIORITIES, type KeyPriority } from '../../../protocol/admin/key-priority.ts';
import { keyScopeSchema, type KeyScope } from '../../../protocol/admin/key-scope.ts';
import type { Limits } from '../../../protocol/admin/limits.ts';
import { modelIdSchema } from '../../../protocol/inference/model-id.ts';
import { choiceOption, choicesOption, collectCheckedBy, collectMetadata } from '../argument-parsers.ts';
import { checkSettings } from '../check-settings.ts';
import { addQuotaOption } from '../collect-quota.ts';
import { NEVER, parseExpiry, parseRotateAfter, type Never } from '../time-parsers.ts';

/** False: the flag that takes it away was given. */
export type KeyFlags = {
  name?: string;
  model?: string[];
  allModels?: true;
  scope?: KeyScope[];
  allScopes?: true;
  address?: string[];
  anyAddress?: true;
  quota?: Limits;
  quotas?: false;
  metadata?: Record<string, string> | false;
  expires?: number | Never;
  rotateAfter?: number | Never;
  priority?: KeyPriority;
};

export function addKeyFlags(command: Command): Command {
  command
    .option('--model <id>', 'a model that it may use; repeatable (default: all)', collectCheckedBy(modelIdSchema))
    .addOption(
      choicesOption(
        '--scope <name>',
        'a route group that it may use; repeatable (default: all)',
        keyScopeSchema.options,
      ),
    )
    .option(
      '--address <network>',
      'an address or CIDR network it may be used from; repeatable (default: any)',
      collectCheckedBy(networkSchema),
    );
  return addQuotaOption(command)
    .option('--expires <when>', '30d, 12h, a date such as 2027-01-31, or never', parseExpiry)
    .option(
      '--rotate-after <duration>',
      '90d: due for rotation when its secret is that old; or never',
      parseRotateAfter,
    )
    .addOption(
      choiceOption('--priority <level>', 'which calls begin first where calls wait (default: normal)', KEY_PRIORITIES),
    )
    .option('--metadata <name=value>', 'a note to keep with it; repeatable', collectMetadata);
}

/** What the flags set, as the API names it. Ends the command with a usage error where they contradict. */
export function keySettings(flags: KeyFlags, command: Command): UpdateKey {
  return checkSettings(command, updateKeySchema, {
    name: flags.name,
    models: flags.allModels === true ? null : flags.model,
    scopes: flags.allScopes === true ? null : flags.scope,
    addresses: flags.anyAddress === true ? null : flags.address,
    limits: flags.quotas === false ? null : flags.quota,
    metadata: flags.metadata === false ? {} : flags.metadata,
    expires_at: flags.expires === NEVER ? null : flags.expires,
    rotate_after: flags.rotateAfter === NEVER ? null : flags.rotateAfter,
    priority: flags.priority,
  });
}
