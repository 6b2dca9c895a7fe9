// `hearthkey audit`: every administrative act, and whether the log of them is whole.
import { Command } from 'commander';
import { listAuditCommand } from './audit/list-audit-command.ts';
import { verifyAuditCommand } from './audit/verify-audit-command.ts';
import { addGatewayOptions } from './global-options.ts';

/** `finish` is given the exit code of a verification. */
export function auditCommand(finish: (exitCode: number) => void): Command {
  return new Command('audit')
    .addCommand(addGatewayOptions(listAuditCommand()))
    .addCommand(addGatewayOptions(verifyAuditCommand(finish)));
}
