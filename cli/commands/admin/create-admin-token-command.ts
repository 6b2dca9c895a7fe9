// `hearthkey admin tokens create`
import { Command } from 'commander';
import { adminRoleSchema, type AdminRole } from '../../../protocol/admin/admin-token.ts';
import { nameSchema } from '../../../protocol/admin/admin-user.ts';
import { print } from '../../output/print.ts';
import { checkedBy, choiceOption } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { required } from '../required.ts';
import { adminTokenTable } from './admin-token-table.ts';

type CreateFlags = GatewayOptions & { name?: string; role?: AdminRole };

export function createAdminTokenCommand(): Command {
  return new Command('create')
    .description('make an admin token and print it, this once')
    .option('--name <name>', 'unique name (required)', checkedBy(nameSchema))
    .addOption(
      choiceOption('--role <role>', 'admin, or viewer: may see and change nothing (required)', adminRoleSchema.options),
    )
    .action(async (flags: CreateFlags, command: Command) => {
      const name = required(command, flags.name, '--name <name>');
      const role = required(command, flags.role, '--role <role>');
      const token = await (await connectToGateway(flags)).tokens.create({ name, role });
      print(flags.json, token, `${token.token}\n\nShown this once: keep it.\n\n${adminTokenTable([token])}`);
    });
}
