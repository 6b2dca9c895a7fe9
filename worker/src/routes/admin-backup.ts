// `/admin/backup` and `/admin/restore`: the gateway's whole state, in parts, out of one gateway and into an empty one. Behind an admin
// token of the role `admin`, also for reading: digests and metadata of everybody leave with it. Hence no GET.
import {
  backupPartSchema,
  backupRequestSchema,
  finishRestoreSchema,
  restoreRequestSchema,
  restoredPartSchema,
  restoredSchema,
  type BackupPart,
  type Restored,
} from '../../../protocol/admin/backup.ts';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { StateAnswer, StateRefusal } from '../../../protocol/objects/state-backup.ts';
import { askRegistry } from '../registry/ask-registry.ts';
import { auditActor } from './audit-actor.ts';
import { defineRoute, type AnyRoute } from './define-route.ts';

const backupRoute = defineRoute({
  method: 'POST',
  path: '/admin/backup',
  access: 'admin',
  tag: 'Backup',
  summary: 'Gives out a part of everything that is stored.',
  description:
    'Users, keys, limits, usage and audit, as rows: digests, never a secret. Calls and administration go on meanwhile. What was ' +
    'acknowledged before the first part was asked for is in the backup. `hearthkey backup` writes it to an encrypted file.',
  request: { body: backupRequestSchema, mayLackBody: true },
  responses: { 200: { description: 'The part.', schema: backupPartSchema } },
  async handler(context, { body: { cursor = null }, caller }) {
    const actor = auditActor(context, caller);
    const part = acceptedOrThrow(await askRegistry(context.env, (registry) => registry.readBackup(cursor, actor)));
    return Response.json({ object: 'backup_part', ...part } satisfies BackupPart);
  },
});

const restoreRoute = defineRoute({
  method: 'POST',
  path: '/admin/restore',
  access: 'admin',
  tag: 'Backup',
  summary: 'Takes a part of a backup.',
  description:
    'Into a gateway without users and keys, with the key-check secret of the one that was backed up; all parts, in their order. From ' +
    'the first part until the restore is finished the admin API answers nothing else. What broke off goes on from the first part.',
  request: { body: restoreRequestSchema },
  responses: { 200: { description: 'The part is in.', schema: restoredPartSchema } },
  async handler(context, { body }) {
    acceptedOrThrow(await askRegistry(context.env, (registry) => registry.restorePages(body)));
    return Response.json({ object: 'restored_part', backup: body.backup });
  },
});

const finishRestoreRoute = defineRoute({
  method: 'POST',
  path: '/admin/restore/finish',
  access: 'admin',
  tag: 'Backup',
  summary: 'Puts a restore in force, when all of it is there.',
  description:
    'The admin tokens are then those of the backup; the root token too, unless the deployment names another.',
  request: { body: finishRestoreSchema },
  responses: { 200: { description: 'It is in force.', schema: restoredSchema } },
  async handler(context, { body, caller }) {
    const actor = auditActor(context, caller);
    const restored = acceptedOrThrow(await askRegistry(context.env, (registry) => registry.finishRestore(body, actor)));
    return Response.json({ object: 'restored', backup: body.backup, ...restored } satisfies Restored);
  },
});

export const adminBackupRoutes: readonly AnyRoute[] = [backupRoute, restoreRoute, finishRestoreRoute];

function acceptedOrThrow<Value>(answer: StateAnswer<Value>): Value {
  if (answer.ok) return answer.value;
  throw describeRefusal(answer.reason);
}

function describeRefusal(reason: StateRefusal): ApiError {
  switch (reason) {
    case 'unknown_cursor':
      return new ApiError('invalid_value', { message: "'cursor' is not one of this gateway's.", param: 'cursor' });
    case 'malformed':
      return new ApiError('invalid_value', { message: "'pages' holds what no backup has.", param: 'pages' });
    case 'always_changing':
      return conflict('Users or keys are changed faster than they can be read. Try again at a quieter time.');
    case 'not_empty':
      return conflict('This gateway has users or keys already. A backup is restored into an empty one.');
    case 'other_backup':
      return conflict('The restore of another backup was begun here and broke off. Go on with that one.');
    case 'newer_version':
      return conflict('A newer release of Hearthkey made this backup. Install that release first.');
    case 'other_key_check':
      return conflict(
        'This gateway has another key-check secret than the one that was backed up, so no key would work. Give it that one first.',
      );
    case 'out_of_order':
    case 'incomplete':
      return conflict('Parts of the backup are missing. Send all of them again, in their order.');
    case 'no_restore_under_way':
      return conflict('No restore of this backup is under way. Send its parts first.');
    case 'account_unavailable':
      return new ApiError('state_unavailable', { reason });
  }
}

function conflict(message: string): ApiError {
  return new ApiError('conflict', { message });
}
