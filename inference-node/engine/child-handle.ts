// One life of the engine's process: starts it, talks to it, ends it. Knows nothing of generations.
import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, ParentMessage } from './engine-messages.ts';

/** How the process ended, for a log line: `signal SIGKILL`, `code 1`. */
export type ChildEnd = { how: string; lastWords: string | null };

export type ChildHandlers = {
  onMessage: (message: ChildMessage) => void;
  /** Told once, after the last message. */
  onEnd: (end: ChildEnd) => void;
};

const ENTRY = fileURLToPath(new URL('../engine-child/main.ts', import.meta.url));
/** What native code writes when it aborts; anything else on its stderr is noise. */
const LAST_WORDS = /GGML_ASSERT|ggml_abort|terminate called|CUDA error|what\(\):/;
/** A line of a backtrace: it names functions. */
const BACKTRACE = /\[0x[0-9a-f]+\]$/;
const MAX_LAST_WORDS_LENGTH = 500;

export class ChildHandle {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor({ onMessage, onEnd }: ChildHandlers) {
    this.#child = fork(ENTRY, [], {
      serialization: 'advanced',
      // The flags of this process (a debugger's port, a test runner's loader) are not for the child.
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let lastWords: string | null = null;
    const { stderr } = this.#child;
    if (stderr !== null) {
      createInterface({ input: stderr }).on('line', (line) => {
        if (LAST_WORDS.test(line) && !BACKTRACE.test(line)) lastWords = line.slice(0, MAX_LAST_WORDS_LENGTH);
      });
    }
    this.#child.on('message', (message) => {
      if (isChildMessage(message)) onMessage(message);
    });
    this.#ended = new Promise((resolve) => {
      // A process that could not be started tells `error` and never `close`.
      const end = (how: string): void => {
        resolve();
        onEnd({ how, lastWords });
      };
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) end(error.message);
      });
      this.#child.once('close', (code, signal) => {
        end(signal === null ? `code ${code}` : `signal ${signal}`);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ParentMessage): void {
    if (!this.#child.connected) return;
    // The callback keeps a failed write from becoming an uncaught error: a dead child is told by its end.
    this.#child.send(message, () => undefined);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Lets the child end by itself, for so many milliseconds. Resolves when it is gone. */
  async close(graceMs: number): Promise<void> {
    this.send({ type: 'close' });
    const timer = setTimeout(() => {
      this.kill();
    }, graceMs);
    await this.#ended;
    clearTimeout(timer);
  }
}

/** The child is this program's own code: its messages need a type, not a check of every field. */
function isChildMessage(message: unknown): message is ChildMessage {
  return typeof message === 'object' && message !== null && 'type' in message;
}
