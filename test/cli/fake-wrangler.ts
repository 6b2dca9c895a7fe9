// Stands in for wrangler where it would talk to Cloudflare: a login and one account's Workers, kept in the file that
// FAKE_WRANGLER_STATE names. It takes exactly the calls that `hearthkey deploy` may make, and no secret among its arguments.
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

export type FakeCloudflare = {
  accounts: { id: string; name: string }[] | null;
  /** Secrets of the Worker; null: there is none. */
  secrets: Record<string, string> | null;
  /** What a deployment has for addresses. */
  targets: string[];
  /** Every call's arguments. */
  calls: string[][];
  /** Names of commands that fail, with what they say. */
  failing: Record<string, string>;
};

const file = process.env['FAKE_WRANGLER_STATE'] ?? '';
const world = JSON.parse(readFileSync(file, 'utf8')) as FakeCloudflare;
const args = process.argv.slice(2);
world.calls.push(args);
const command = args.slice(0, args[0] === 'secret' ? 2 : 1).join(' ');
const outcome = world.failing[command] ?? (await run(args.slice(command.split(' ').length)));
writeFileSync(file, JSON.stringify(world));
if (outcome !== null) {
  process.stderr.write(outcome);
  process.exitCode = 1;
}

/** Null, or why it fails. */
async function run(flags: string[]): Promise<string | null> {
  const line = [command, ...flags].join(' ');
  if (line === 'whoami --json') return whoami();
  if (world.accounts === null) return 'You are not authenticated.';
  if (line === 'secret list --format json --name hearthkey') return listSecrets();
  if (line === 'secret bulk --name hearthkey') return putSecrets(await text(process.stdin));
  if (/^deploy --name hearthkey --var NODE_ORIGIN:(link:[a-z]+|https:\/\/[a-z.]+)$/.test(line)) return deploy();
  return `Unknown arguments: ${line}`;
}

function whoami(): string | null {
  process.stdout.write(JSON.stringify({ loggedIn: world.accounts !== null, accounts: world.accounts ?? undefined }));
  return world.accounts === null ? 'not logged in' : null;
}

function listSecrets(): string | null {
  if (world.secrets === null)
    return 'Worker "hearthkey" not found.\n\nIf this is a new Worker, run `wrangler deploy` first.';
  process.stdout.write(JSON.stringify(Object.keys(world.secrets).map((name) => ({ name, type: 'secret_text' }))));
  return null;
}

function putSecrets(input: string): null {
  const secrets = { ...world.secrets };
  for (const [name, value] of Object.entries(JSON.parse(input) as Record<string, string | null>)) {
    if (value === null) Reflect.deleteProperty(secrets, name);
    else secrets[name] = value;
  }
  world.secrets = secrets;
  return null;
}

/** As Cloudflare does where `[secrets] required` names some. */
function deploy(): string | null {
  for (const name of ['KEY_CHECK_SECRET', 'NODE_SIGNING_KEY', 'ADMIN_TOKEN_DIGEST']) {
    if (world.secrets?.[name] === undefined) return `The following required secrets have not been set: ${name}`;
  }
  const event = { type: 'deploy', version: 1, worker_name: 'hearthkey', targets: world.targets };
  writeFileSync(
    process.env['WRANGLER_OUTPUT_FILE_PATH'] ?? '',
    `{"type":"wrangler-session"}\n${JSON.stringify(event)}\n`,
  );
  return null;
}
