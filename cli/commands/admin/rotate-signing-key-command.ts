// `hearthkey admin rotate-signing-key`: replaces the key that the gateway signs its calls to nodes with, in steps between which
// the operator hands files on and starts things anew; docs/operations.md tells the whole way.
import { Command, Option } from 'commander';
import { CliFailure } from '../../cli-failure.ts';
import { print } from '../../output/print.ts';
import { readGatewaySecrets, storeGatewaySecrets, type GatewaySecrets } from '../../state-folder/gateway-secrets.ts';
import { rotateSigningKey, type RotationStep } from '../../state-folder/rotate-signing-key.ts';
import { readRunFile, type Run } from '../../state-folder/run-file.ts';
import { stateFolderPaths, type StateFolder } from '../../state-folder/state-folder.ts';
import { lockStateFolder } from '../../state-folder/state-lock.ts';
import { jsonOption, stateOption } from '../global-options.ts';

type RotateFlags = { state: string; json?: true; activate?: true; finish?: true };

export function rotateSigningKeyCommand(): Command {
  return new Command('rotate-signing-key')
    .description('replace the key that signs calls to nodes: publish a new one, then --activate, then --finish')
    .addOption(new Option('--activate', 'sign with the new key from the gateway’s next start').conflicts('finish'))
    .addOption(new Option('--finish', 'let nodes forget the old key'))
    .addOption(stateOption())
    .addOption(jsonOption())
    .action(async (flags: RotateFlags) => {
      const state = stateFolderPaths(flags.state);
      const { step, secrets } = await rotate(state, flags);
      const ids = {
        signingKeyId: secrets.nodeSigningKey.kid,
        nextKeyId: secrets.nextNodeSigningKey?.kid ?? null,
        formerKeyId: secrets.formerNodeSigningKey?.kid ?? null,
      };
      print(flags.json, { step, ...ids, gatewayKeysFile: state.gatewayKeys }, describe(step, secrets, state));
    });
}

async function rotate(
  state: StateFolder,
  flags: RotateFlags,
): Promise<{ step: RotationStep; secrets: GatewaySecrets }> {
  const secrets = await readGatewaySecrets(state);
  if (secrets === null) {
    throw new CliFailure(
      `${state.folder} has no gateway yet; start one with \`npm start\`, or name another with --state DIR.`,
    );
  }
  // While nothing runs, nothing is to start in the middle of this.
  const lock = await lockStateFolder(state).catch(unlessHeld);
  try {
    const step = chooseStep(flags, lock === null ? await findRun(state) : null, secrets);
    return { step, secrets: await storeGatewaySecrets(state, rotateSigningKey(secrets, step)) };
  } finally {
    lock?.release();
  }
}

function unlessHeld(error: unknown): null {
  if (error instanceof CliFailure) return null;
  throw error;
}

async function findRun(state: StateFolder): Promise<Run> {
  const run = await readRunFile(state);
  if (run === null) throw new CliFailure('The gateway is just starting or stopping; try again in a moment.');
  return run;
}

function chooseStep({ activate, finish }: RotateFlags, run: Run | null, secrets: GatewaySecrets): RotationStep {
  if (activate === true) return 'activate';
  if (finish === true) {
    if (run !== null && run.signingKeyId !== secrets.nodeSigningKey.kid && secrets.formerNodeSigningKey !== undefined) {
      throw new CliFailure('The gateway that runs still signs with the old key; start it anew, then --finish.');
    }
    return 'finish';
  }
  // The node was started by the gateway's own process, and will be again: both change over together.
  return run !== null && run.node !== null ? 'replace' : 'publish';
}

function describe(step: RotationStep, secrets: GatewaySecrets, { gatewayKeys }: StateFolder): string {
  const { nodeSigningKey: current, nextNodeSigningKey: next, formerNodeSigningKey: former } = secrets;
  const again = 'hearthkey admin rotate-signing-key';
  switch (step) {
    case 'replace':
      return `A new signing key (${current.kid}) is in force from the next start of \`hearthkey up\`, for the gateway and its
node together. Until then both go on with the old one. Nothing else is to be done.\n`;
    case 'publish':
      return `A new signing key (${next?.kid ?? ''}) is made. The gateway goes on signing with the old one (${current.kid}).
1. Give ${gatewayKeys} to every node that has it as its --gateway-keys file:
   a running node takes it within seconds. Nodes that dial in, or were given the gateway’s URL, need nothing.
2. Then: ${again} --activate\n`;
    case 'activate':
      return `The gateway signs with the new key (${current.kid}) from its next start, and with the old one (${former?.kid ?? ''})
until then. Nodes that were given ${gatewayKeys} take both.
1. Start the gateway anew. One at the edge is given it by \`hearthkey deploy --put NODE_SIGNING_KEY\`.
2. Then: ${again} --finish\n`;
    case 'finish':
      return `The old signing key is no longer in ${gatewayKeys}.
Give that file again to every node that has it: within seconds it refuses what is signed by the old key.
Other nodes hear of it from the gateway, which no longer publishes the old key from its next start.\n`;
  }
}
