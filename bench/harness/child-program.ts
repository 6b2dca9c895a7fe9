// A program that a benchmark starts and ends: its output goes to a file, it is killed when the benchmark dies, and when it
// dies first the error shows the end of what it wrote.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a program may take from its start to its first answer: a model has to be read. Milliseconds. */
const START_LIMIT_MS = 120_000;
/** How often it is asked whether it answers, in milliseconds. */
const POLL_MS = 50;
/** From SIGTERM to SIGKILL, in milliseconds. */
const STOP_LIMIT_MS = 5_000;
const SHOWN_OUTPUT_CHARACTERS = 2_000;

export type ChildProgramOptions = {
  name: string;
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Where its output file lies. */
  folder: string;
};

export class ChildProgram implements AsyncDisposable {
  readonly pid: number;
  readonly outputFile: string;
  readonly #child: ChildProcess;
  readonly #name: string;

  constructor({ name, command, args, env, folder }: ChildProgramOptions) {
    this.#name = name;
    this.outputFile = join(folder, `${name}.log`);
    const output = openSync(this.outputFile, 'a');
    // The fourth handle lets programs of ours send messages; others do not notice it.
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', output, output, 'ipc'] });
    closeSync(output);
    this.#child.on('error', () => undefined);
    if (this.#child.pid === undefined) throw new Error(`${name}: '${command}' could not be started`);
    this.pid = this.#child.pid;
    process.once('exit', this.#kill);
  }

  /** Calls `ask` until it resolves to something other than null. Throws when the program ends or takes too long. */
  async until<Value>(ask: () => Promise<Value | null>): Promise<Value> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (performance.now() < deadline) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw this.#failure('ended');
      const value = await ask().catch(() => null);
      if (value !== null) return value;
      await delay(POLL_MS);
    }
    throw this.#failure('did not answer in time');
  }

  /** Resolves when a GET of `url` gives any answer at all. */
  async untilAnswers(url: string): Promise<void> {
    await this.until(async () => {
      const response = await fetch(url);
      await response.body?.cancel();
      return true;
    });
  }

  /** Calls `listener` with every message that the program sends over Node's IPC channel. */
  onMessage(listener: (message: unknown) => void): void {
    this.#child.on('message', listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener('exit', this.#kill);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(this.#kill, STOP_LIMIT_MS);
    await exit;
    clearTimeout(timer);
  }

  readonly #kill = (): void => {
    this.#child.kill('SIGKILL');
  };

  #failure(what: string): Error {
    const output = readFileSync(this.outputFile, 'utf8').slice(-SHOWN_OUTPUT_CHARACTERS);
    return new Error(`${this.#name} ${what}. The end of its output:\n${output}`);
  }
}
