// `hearthkey admin`: the gateway's own secrets.
import { Command } from 'commander';
import { adminTokensCommand } from './admin/admin-tokens-command.ts';
import { resetAdminTokenCommand } from './admin/reset-admin-token-command.ts';
import { rotateSigningKeyCommand } from './admin/rotate-signing-key-command.ts';

export function adminCommand(): Command {
  return new Command('admin')
    .addCommand(resetAdminTokenCommand())
    .addCommand(adminTokensCommand())
    .addCommand(rotateSigningKeyCommand());
}
