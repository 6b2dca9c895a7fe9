// `hearthkey admin tokens list`
import { Command } from 'commander';
import { print } from '../../output/print.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { adminTokenTable } from './admin-token-table.ts';

export function listAdminTokensCommand(): Command {
  return new Command('list').description('list the admin tokens').action(async (options: GatewayOptions) => {
    const list = await (await connectToGateway(options)).tokens.list();
    print(options.json, list, adminTokenTable(list.data));
  });
}
