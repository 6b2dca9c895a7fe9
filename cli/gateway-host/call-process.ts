// One process that answers calls: workerd with a configuration of ours, on a listening socket that it is given. Started again when it dies.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { childEnvironment } from '../config/environment.ts';
import { PUBLIC_SOCKET } from './call-process-config.ts';
import { LAUNCHER, launcherVariables } from './launcher.ts';

/** Of the descriptors that workerd is given beside the usual three. */
const CONTROL_FD = 3;
const SOCKET_FD = 4;
/** Waits between restarts, in milliseconds. */
const FIRST_RESTART_DELAY_MS = 50;
const LONGEST_RESTART_DELAY_MS = 5_000;
/** One that lived this long starts over with the first delay. */
const STABLE_AFTER_MS = 10_000;

export type CallProcessOptions = {
  /** File of the configuration, relative to the folder. */
  config: string;
  /** What the configuration takes from the environment; secrets among it. */
  variables: Readonly<Record<string, string>>;
  /** Of the configuration; the process is started there. */
  folder: string;
  /** Makes the socket and gives its descriptor to `take`, at every start. */
  listen: (take: (descriptor: number) => void) => Promise<unknown>;
  log: (line: string) => void;
};

export class CallProcess {
  readonly #options: CallProcessOptions;
  #child: ChildProcess | null = null;
  /** Of the process that runs: how it ended. */
  #ended: Promise<string> = Promise.resolve('');
  #stopping = false;
  #delayMs = FIRST_RESTART_DELAY_MS;

  private constructor(options: CallProcessOptions) {
    this.#options = options;
  }

  /** Resolves when it answers. Throws when it cannot listen, or ends before it answered once. */
  static async start(options: CallProcessOptions): Promise<CallProcess> {
    const process = new CallProcess(options);
    await process.#run();
    void process.#keepRunning();
    return process;
  }

  /** Lets its answers end for at most `deadlineMs`, then ends it. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Resolves when it answers. */
  async #run(): Promise<void> {
    const started = Promise.withResolvers<ChildProcess>();
    await this.#options.listen((socket) => {
      started.resolve(this.#spawn(socket));
    });
    const child = await started.promise;
    // Its first message says that all sockets are open.
    const ready = once(child.stdio[CONTROL_FD] as Readable, 'data');
    const how = await Promise.race([ready.then(() => null), this.#ended]);
    if (how !== null) throw new Error(`The gateway's process ended with ${how} before it answered.`);
  }

  #spawn(socket: number): ChildProcess {
    const { config, variables, folder, log } = this.#options;
    const flags = ['--experimental', `--control-fd=${CONTROL_FD}`, `--socket-fd=${PUBLIC_SOCKET}=${SOCKET_FD}`];
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'pipe', socket];
    const env = childEnvironment({ ...variables, ...launcherVariables({ folder }) });
    const child = spawn(LAUNCHER, ['serve', ...flags, config], { stdio, env });
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) createInterface({ input: output }).on('line', log);
    }
    this.#child = child;
    this.#ended = this.#untilEnd(child);
    return child;
  }

  async #untilEnd(child: ChildProcess): Promise<string> {
    const ended = Promise.withResolvers<string>();
    child.once('error', ({ message }) => {
      ended.resolve(message);
    });
    child.once('exit', (code, signal) => {
      ended.resolve(signal ?? `code ${String(code)}`);
    });
    const how = await ended.promise;
    this.#child = null;
    return how;
  }

  async #keepRunning(): Promise<void> {
    for (;;) {
      const startedAt = performance.now();
      const how = await this.#ended;
      if (this.#stopping) return;
      this.#options.log(`hearthkey: a process of the gateway ended with ${how}; it is started again`);
      if (performance.now() - startedAt >= STABLE_AFTER_MS) this.#delayMs = FIRST_RESTART_DELAY_MS;
      await delay(this.#delayMs);
      this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_RESTART_DELAY_MS);
      await this.#runAgain();
    }
  }

  /** One that does not start has ended, and is tried again like any other. */
  async #runAgain(): Promise<void> {
    if (this.#stopping) return;
    try {
      await this.#run();
    } catch (problem) {
      this.#options.log(`hearthkey: ${problem instanceof Error ? problem.message : 'a process could not be started'}`);
    }
  }
}
