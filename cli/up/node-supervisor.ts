// The inference node's process: starts it, tells what it says, starts it again when it dies, drains it. Before it was ready
// once, its death is a failed start; afterwards the gateway answers 503 until it is back, on the same port.
import { fork, type ChildProcess } from 'node:child_process';
import {
  nodeProcessMessageSchema,
  type LoadedModel,
  type NodeProcessCommand,
} from '../../protocol/node/node-process.ts';
import { CliFailure } from '../cli-failure.ts';
import { childEnvironment } from '../config/environment.ts';

/** Waits between restarts, in milliseconds: soon at first, then gently, since each start loads the models. */
const FIRST_RESTART_DELAY_MS = 500;
const LONGEST_RESTART_DELAY_MS = 30_000;
/** A node that lived this long starts over with the first delay. */
const STABLE_AFTER_MS = 60_000;
/** How much longer than its deadline a draining node may take to exit, in milliseconds: a decode step and the journal. */
const DRAIN_GRACE_MS = 5_000;

export type NodeSupervisorOptions = {
  entryPoint: string;
  /** Flags of the node but for `--port`. */
  flags: readonly string[];
  /** 0: any free one. */
  port: number;
  variables: Readonly<Record<string, string>>;
  log: (line: string) => void;
  onProgress: (model: string, fraction: number) => void;
};

export class NodeSupervisor {
  /** The node's URL, known before models are loaded. Rejects with a `CliFailure` when the start fails. */
  readonly listening: Promise<string>;
  /** The models in memory. Rejects likewise. */
  readonly ready: Promise<LoadedModel[]>;

  readonly #options: NodeSupervisorOptions;
  readonly #listening = Promise.withResolvers<string>();
  readonly #ready = Promise.withResolvers<LoadedModel[]>();
  #noteEnd: () => void = () => undefined;
  #child: ChildProcess | null = null;
  #port: number;
  #failure: string | null = null;
  #wasReady = false;
  #stopping = false;
  #startedAt = 0;
  #delayMs = FIRST_RESTART_DELAY_MS;
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(options: NodeSupervisorOptions) {
    this.#options = options;
    this.#port = options.port;
    this.listening = this.#listening.promise;
    this.ready = this.#ready.promise;
    // Whoever awaits one of the two hears of a failure; the other must not count as unhandled.
    this.listening.catch(() => undefined);
    this.ready.catch(() => undefined);
    this.#start();
  }

  /** Takes no new calls, lets running ones end for at most `deadlineMs`, and resolves when the process is gone. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restartTimer);
    if (this.#child === null) return;
    const ended = new Promise<void>((resolve) => {
      this.#noteEnd = resolve;
    });
    const command: NodeProcessCommand = { type: 'drain', deadlineMs };
    // A channel that is closed already means that the node is on its way out.
    this.#child.send(command, () => undefined);
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), deadlineMs + DRAIN_GRACE_MS);
    await ended;
    clearTimeout(timer);
  }

  #start(): void {
    const { entryPoint, flags, variables } = this.#options;
    this.#startedAt = performance.now();
    this.#failure = null;
    const child = fork(entryPoint, [...flags, '--port', String(this.#port)], {
      env: childEnvironment(variables),
      // Its output is log, and stdout is ours alone.
      stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
      // Its own process group: a Ctrl-C in the terminal is ours to hear, and becomes a drain.
      detached: true,
    });
    this.#child = child;
    child.on('message', (message) => {
      this.#hear(message);
    });
    child.once('error', (error) => {
      this.#failure ??= `The inference node's process failed: ${error.message}.`;
    });
    child.once('exit', (code, signal) => {
      this.#exited(signal ?? `code ${String(code)}`);
    });
  }

  #hear(raw: unknown): void {
    const { data: message } = nodeProcessMessageSchema.safeParse(raw);
    if (message === undefined) {
      this.#options.log('hearthkey: the inference node sent a message that is not understood');
      return;
    }
    switch (message.type) {
      case 'listening':
        this.#port = Number(new URL(message.url).port);
        this.#listening.resolve(message.url);
        break;
      case 'progress':
        this.#options.onProgress(message.model, message.fraction);
        break;
      case 'ready':
        if (this.#wasReady) this.#options.log('hearthkey: the inference node is back');
        this.#wasReady = true;
        this.#ready.resolve(message.models);
        break;
      case 'failed':
        this.#failure = message.message;
        break;
    }
  }

  #exited(how: string): void {
    this.#child = null;
    if (this.#stopping) {
      this.#noteEnd();
    } else if (this.#wasReady) {
      this.#restartLater(how);
    } else {
      const failure = new CliFailure(
        this.#failure ?? `The inference node ended with ${how} while it started; see above.`,
      );
      this.#listening.reject(failure);
      this.#ready.reject(failure);
    }
  }

  #restartLater(how: string): void {
    if (performance.now() - this.#startedAt >= STABLE_AFTER_MS) this.#delayMs = FIRST_RESTART_DELAY_MS;
    const why = this.#failure === null ? '' : ` (${this.#failure})`;
    this.#options.log(
      `hearthkey: the inference node ended with ${how}${why}; it is started again in ${this.#delayMs} ms`,
    );
    this.#restartTimer = setTimeout(() => {
      this.#start();
    }, this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_RESTART_DELAY_MS);
  }
}
