// `hearthkey deploy`: its flags, and what it says at the end.
import { Command } from 'commander';
import { nodeIdSchema } from '../../protocol/node/node-id.ts';
import { deploy, type DeployResult } from '../deploy/deploy.ts';
import { REPLACEABLE_SECRETS, type ReplaceableSecret } from '../deploy/edge-secrets.ts';
import { print } from '../output/print.ts';
import { checkedBy, choicesOption } from './argument-parsers.ts';
import { jsonOption, stateOption } from './global-options.ts';

type DeployFlags = {
  link?: string;
  nodeOrigin?: string;
  put?: ReplaceableSecret[];
  dryRun?: boolean;
  state: string;
  json?: true;
};

/** Stands where wrangler told no address. */
const UNKNOWN_GATEWAY = 'https://YOUR-GATEWAY';

export function deployCommand(): Command {
  return new Command('deploy')
    .option('--link <node>', 'the node that dials in (`hearthkey node`)', checkedBy(nodeIdSchema))
    .option('--node-origin <url>', 'https address of the node, such as that of its tunnel')
    .addOption(choicesOption('--put <secret>', 'put this secret although it is there; repeatable', REPLACEABLE_SECRETS))
    .option('--dry-run', 'build and look, log in nowhere and upload nothing')
    .addOption(stateOption())
    .addOption(jsonOption())
    .action(async ({ link, nodeOrigin, put = [], dryRun = false, state, json }: DeployFlags) => {
      const result = await deploy({ link, nodeOrigin, put, dryRun, state }, (line) => {
        process.stderr.write(`hearthkey: ${line}\n`);
      });
      print(json, result, describe(result));
    });
}

function describe(result: DeployResult): string {
  const { worker, dryRun, gateway, adminTokenFile } = result;
  if (dryRun) {
    return `A dry run: nothing was uploaded, and no secret made. \`hearthkey deploy\` would look whether wrangler is logged in,
put the secrets that the Worker ${worker} has not (making them, and an admin token in ${adminTokenFile}), and upload.\n`;
  }
  const url = gateway ?? UNKNOWN_GATEWAY;
  return `
The gateway is at ${url}; its admin token lies in ${adminTokenFile}.
Next:

${nextSteps(result, url).join('\n')}
`;
}

function nextSteps({ nodeOrigin, gateway, adminTokenFile }: DeployResult, url: string): string[] {
  const at = gateway === null ? ` --gateway ${url} --admin-token-file ${adminTokenFile}` : '';
  const node = nodeOrigin.startsWith('link:')
    ? [
        `  npx hearthkey nodes add ${nodeOrigin.slice('link:'.length)}${at}      # prints the node's token; put it into a file over there`,
        `  npx hearthkey node --gateway ${url} --token-file FILE      # on the machine of the models`,
      ]
    : [`  npx hearthkey node --gateway-keys ${url}      # on the machine of the models, behind ${nodeOrigin}`];
  return [
    ...node,
    `  npx hearthkey users create --name alice${at}`,
    `  npx hearthkey keys create --user alice --name laptop${at}`,
    `  npx hearthkey doctor${at}`,
  ];
}
