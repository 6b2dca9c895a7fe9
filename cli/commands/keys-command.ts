// `hearthkey keys`: API keys. A secret is printed by `create` and `rotate` and by nothing else.
import { Command } from 'commander';
import { addGatewayOptions } from './global-options.ts';
import { createKeyCommand } from './keys/create-key-command.ts';
import { keyActCommand } from './keys/key-act-command.ts';
import { listKeysCommand } from './keys/list-keys-command.ts';
import { reconcileKeysCommand } from './keys/reconcile-keys-command.ts';
import { rotateKeyCommand } from './keys/rotate-key-command.ts';
import { showKeyCommand } from './keys/show-key-command.ts';
import { updateKeyCommand } from './keys/update-key-command.ts';

export function keysCommand(): Command {
  const keys = new Command('keys');
  for (const command of [
    createKeyCommand(),
    listKeysCommand(),
    showKeyCommand(),
    updateKeyCommand(),
    keyActCommand('disable', 'stop a key, until it is enabled again'),
    keyActCommand('enable', 'let a disabled key work again'),
    rotateKeyCommand(),
    keyActCommand('revoke', 'make a key worthless, at once and for good'),
    reconcileKeysCommand(),
  ]) {
    keys.addCommand(addGatewayOptions(command));
  }
  return keys;
}
