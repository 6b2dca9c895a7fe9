// `hearthkey admin tokens`: who may use the admin API. A token is printed by `create` and `rotate` and by nothing else.
import { Command } from 'commander';
import { addGatewayOptions } from '../global-options.ts';
import { createAdminTokenCommand } from './create-admin-token-command.ts';
import { listAdminTokensCommand } from './list-admin-tokens-command.ts';
import { revokeAdminTokenCommand } from './revoke-admin-token-command.ts';
import { rotateAdminTokenCommand } from './rotate-admin-token-command.ts';

export function adminTokensCommand(): Command {
  const tokens = new Command('tokens').description('create, list, rotate and revoke admin tokens');
  for (const command of [
    createAdminTokenCommand(),
    listAdminTokensCommand(),
    rotateAdminTokenCommand(),
    revokeAdminTokenCommand(),
  ]) {
    tokens.addCommand(addGatewayOptions(command));
  }
  return tokens;
}
