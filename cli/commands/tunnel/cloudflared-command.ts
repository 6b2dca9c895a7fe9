// `hearthkey tunnel cloudflared`: writes the configuration of a tunnel, and says what to run. Runs nothing itself: the login is the
// operator's.
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import * as z from 'zod';
import { cloudflaredConfig, cloudflaredSteps, type CloudflaredTunnel } from '../../tunnel/cloudflared-config.ts';
import { CliFailure } from '../../cli-failure.ts';
import { print } from '../../output/print.ts';
import { refuseExisting } from '../../output/refuse-existing.ts';
import { checkedBy, wholeNumber } from '../argument-parsers.ts';
import { jsonOption } from '../global-options.ts';

const MAX_PORT = 65_535;
/** Of an inference node that is started by hand. */
const DEFAULT_NODE_PORT = 8788;

/** Two labels at least: the zone is Cloudflare's. */
const hostnameSchema = z
  .string()
  .max(253)
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/,
    'must be a host name in a zone of yours at Cloudflare, such as node.example.com',
  );
const tunnelNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'must be letters, digits, - and _');

type TunnelFlags = { hostname: string; name: string; port: number; out: string; force?: true; json?: true };

export function cloudflaredCommand(): Command {
  return new Command('cloudflared')
    .description('write the configuration of a cloudflared tunnel to a node, and say what to run')
    .requiredOption(
      '--hostname <name>',
      'under which the gateway reaches the node, such as node.example.com',
      checkedBy(hostnameSchema),
    )
    .option('--name <tunnel>', "the tunnel's name", checkedBy(tunnelNameSchema), 'hearthkey-node')
    .option('--port <n>', 'where the node listens, on 127.0.0.1', wholeNumber(1, MAX_PORT), DEFAULT_NODE_PORT)
    .option('--out <file>', 'where to write', 'cloudflared.yml')
    .option('--force', 'replace the file when it is there')
    .addOption(jsonOption())
    .action(async ({ hostname, name, port, out, force, json }: TunnelFlags) => {
      const file = resolve(out);
      const tunnel = { name, hostname, port, file, credentialsFile: join(dirname(file), `${name}.json`) };
      if (force !== true) await refuseExisting(file);
      await write(file, cloudflaredConfig(tunnel));
      const result = {
        file,
        origin: `https://${hostname}`,
        commands: cloudflaredSteps(tunnel).map((step) => step.command),
      };
      print(json, result, describe(tunnel));
    });
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new CliFailure(`${file} cannot be written (${why}); name another with --out FILE.`);
  }
}

function describe(tunnel: CloudflaredTunnel): string {
  const lines = cloudflaredSteps(tunnel).map(({ command, what }) => `  ${command}\n      ${what}`);
  return `${tunnel.file} is written. Run, on this machine:

${lines.join('\n')}

Then start the node, which answers only what its gateway signed, and name its address to the gateway:

  npx hearthkey node --port ${tunnel.port} --gateway-keys https://YOUR-GATEWAY --node-id NAME
  npx hearthkey nodes add NAME --origin https://${tunnel.hostname}
`;
}
