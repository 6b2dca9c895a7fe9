// `hearthkey keys disable`, `enable` and `revoke`: acts that need no more than the key. In force when the command returns.
import { Command } from 'commander';
import { print } from '../../output/print.ts';
import { parseKeyId } from '../argument-parsers.ts';
import { connectToGateway, type GatewayOptions } from '../global-options.ts';
import { keyTable } from './key-table.ts';

export function keyActCommand(act: 'disable' | 'enable' | 'revoke', description: string): Command {
  return new Command(act)
    .description(description)
    .argument('<key-id>', 'its id, with or without hk_', parseKeyId)
    .action(async (id: string, options: GatewayOptions) => {
      const key = await (await connectToGateway(options)).keys.do(act, id);
      print(options.json, key, keyTable([key]));
    });
}
