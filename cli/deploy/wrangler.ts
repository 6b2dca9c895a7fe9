// Cloudflare's wrangler (its one home): the project's own, or the one that HEARTHKEY_WRANGLER names. Secrets reach it by its standard
// input alone, never among the arguments, which every user of a machine can read.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { parseJson } from '../../protocol/parse-json.ts';
import { CliFailure } from '../cli-failure.ts';
import { childEnvironment } from '../config/environment.ts';
import { PROJECT_FILES } from '../config/project-files.ts';

/** Of a question whose answer comes over the network. */
const QUESTION_TIMEOUT_MS = 60_000;
/** An upload may wait for whoever is asked something, and for a slow line. */
const UPLOAD_TIMEOUT_MS = 900_000;

const loginSchema = z.object({
  loggedIn: z.literal(true),
  accounts: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
});
const secretNamesSchema = z.array(z.object({ name: z.string() })).transform((list) => list.map(({ name }) => name));

export type Login = z.infer<typeof loginSchema>;
type Answer = { exitCode: number | null; stdout: string; stderr: string };

export class Wrangler {
  readonly #command: readonly [string, ...string[]];

  /** `named`: a program to use in place of the project's own. Throws a `CliFailure` when there is none. */
  constructor(named: string | undefined) {
    this.#command = named === undefined ? [process.execPath, '--no-warnings', ownWrangler()] : [named];
  }

  /** Whom it is logged in as; null: nobody. */
  async login(): Promise<Login | null> {
    const { stdout } = await this.#ask(['whoami', '--json']);
    return loginSchema.safeParse(parseJson(stdout)).data ?? null;
  }

  /** Names of the secrets that the Worker has; null: there is no such Worker yet. */
  async secretNames(worker: string): Promise<readonly string[] | null> {
    const { exitCode, stdout, stderr } = await this.#ask(['secret', 'list', '--format', 'json', '--name', worker]);
    if (exitCode === 0) {
      const names = secretNamesSchema.safeParse(parseJson(stdout));
      if (names.success) return names.data;
    } else if (`${stdout}${stderr}`.includes(`Worker "${worker}" not found`)) return null;
    // To take them for missing would replace them, and end every key.
    throw failed('could not list the Worker’s secrets', stderr);
  }

  /** Sets secrets, and takes away those that are null; a Worker that is not there yet is made. */
  async putSecrets(worker: string, secrets: Readonly<Record<string, string | null>>): Promise<void> {
    const { exitCode, stderr } = await this.#ask(['secret', 'bulk', '--name', worker], JSON.stringify(secrets));
    if (exitCode !== 0) throw failed('could not put the secrets', stderr);
  }

  /** Uploads. What it says goes to standard error. `outputFile`: takes its report; null: a dry run, which builds and looks only. */
  async deploy(flags: readonly string[], { outputFile }: { outputFile: string | null }): Promise<void> {
    const child = this.#start(
      ['deploy', ...flags, ...(outputFile === null ? ['--dry-run'] : [])],
      ['inherit', process.stderr, process.stderr],
      UPLOAD_TIMEOUT_MS,
      outputFile === null ? {} : { WRANGLER_OUTPUT_FILE_PATH: outputFile },
    );
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    if (exitCode !== 0) throw new CliFailure('wrangler could not deploy; what it says stands above.');
  }

  async #ask(args: readonly string[], input = ''): Promise<Answer> {
    const child = this.#start(args, ['pipe', 'pipe', 'pipe'], QUESTION_TIMEOUT_MS, {});
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null || stderr === null) throw new Error('wrangler was started without pipes');
    // One that ends without reading is told by its exit code.
    stdin.on('error', () => undefined).end(input);
    const [out, err] = await Promise.all([text(stdout), text(stderr), once(child, 'close')]);
    return { exitCode: child.exitCode, stdout: out, stderr: err };
  }

  #start(
    args: readonly string[],
    stdio: NonNullable<Parameters<typeof spawn>[2]>['stdio'],
    timeout: number,
    variables: Readonly<Record<string, string>>,
  ) {
    const [program, ...before] = this.#command;
    return spawn(program, [...before, ...args], {
      cwd: PROJECT_FILES.root,
      stdio,
      timeout,
      env: childEnvironment({ WRANGLER_SEND_METRICS: 'false', ...variables }),
    }).on('error', () => undefined);
  }
}

/** The file that its `bin` starts. */
function ownWrangler(): string {
  try {
    return createRequire(import.meta.url).resolve('wrangler');
  } catch {
    throw new CliFailure(
      'wrangler is not there; `npm ci` without --omit=dev brings it, or name another with HEARTHKEY_WRANGLER.',
    );
  }
}

/** Its own words come along: they are for whoever deploys, and hold no secret. */
function failed(what: string, words: string): CliFailure {
  return new CliFailure(`wrangler ${what}:\n${words.trim()}`);
}
