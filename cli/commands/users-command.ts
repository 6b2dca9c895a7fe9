// `hearthkey users`: one user is one account and owns keys.
import { Command } from 'commander';
import { addGatewayOptions } from './global-options.ts';
import { createUserCommand } from './users/create-user-command.ts';
import { deleteUserCommand } from './users/delete-user-command.ts';
import { listUsersCommand } from './users/list-users-command.ts';
import { showUserCommand } from './users/show-user-command.ts';
import { switchUserCommand } from './users/switch-user-command.ts';
import { updateUserCommand } from './users/update-user-command.ts';
import { upsertUserCommand } from './users/upsert-user-command.ts';

export function usersCommand(): Command {
  const users = new Command('users');
  for (const command of [
    createUserCommand(),
    upsertUserCommand(),
    listUsersCommand(),
    showUserCommand(),
    updateUserCommand(),
    switchUserCommand('disable', 'stop all keys of a user'),
    switchUserCommand('enable', 'let the keys of a disabled user work again'),
    deleteUserCommand(),
  ]) {
    users.addCommand(addGatewayOptions(command));
  }
  return users;
}
