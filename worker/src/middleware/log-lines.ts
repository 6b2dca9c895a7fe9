// Finished log lines on their way to the console. Writing costs more than making them, so a self-hosted gateway writes the lines
// of a moment together (docs/decisions/0004-log-lines-written-together.md). Lines are values; nothing else is kept between
// requests.

/** So many are written without waiting for the time to pass. */
const MAX_LINES = 64;

export type LogLinesOptions = {
  /** How long a line may wait for others, in milliseconds; 0: each is written at once. */
  batchMs: number;
  write?: (text: string) => void;
};

export class LogLines {
  readonly #batchMs: number;
  readonly #write: (text: string) => void;
  #lines: string[] = [];
  #oldestAtMs = 0;

  constructor({ batchMs, write = writeToConsole }: LogLinesOptions) {
    this.#batchMs = batchMs;
    this.#write = write;
  }

  /** Takes a line. The request that brings the first one keeps itself alive until the batch is due, and writes it then. */
  add(line: string, waitUntil: (work: Promise<void>) => void): void {
    this.#lines.push(line);
    if (this.#batchMs === 0 || this.#lines.length >= MAX_LINES) this.#flush();
    else if (this.#lines.length === 1) {
      this.#oldestAtMs = Date.now();
      waitUntil(this.#flushLater());
      // A request that was ended by the platform took its timer with it: the next line finds the batch overdue.
    } else if (Date.now() - this.#oldestAtMs > this.#batchMs) this.#flush();
  }

  async #flushLater(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#batchMs));
    this.#flush();
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join('\n');
    this.#lines = [];
    this.#write(text);
  }
}

function writeToConsole(text: string): void {
  console.log(text);
}
