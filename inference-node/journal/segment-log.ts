// An append-only log of text lines in numbered files (segments). A line is handed to the kernel before `append` returns, so
// it survives the death of the process; it is forced to the disk shortly after, in the background, so a power cut may lose
// the last tenth of a second. Old lines leave by the removal of whole segments: nothing is ever rewritten, nothing stalls.
import { closeSync, fdatasync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** Small enough that acknowledged calls leave soon, large enough that files are few: some 2,000 calls. */
const SEGMENT_BYTES = 1_048_576;
/** How long lines may wait to be forced to the disk, in milliseconds: joins the syncs of calls that end together. */
const SYNC_DELAY_MS = 100;
const SEGMENT_NAME = /^calls-(\d{10})\.jsonl$/;

export type SegmentLogOptions = {
  segmentBytes?: number;
  /** Told when a write or a sync fails (a full disk); the line is then in memory only. */
  onProblem: (problem: string) => void;
};

export class SegmentLog {
  readonly #directory: string;
  readonly #options: SegmentLogOptions;
  readonly #segments: number[];
  #fd: number | null = null;
  #bytes = 0;
  /** After a failed write the file may end in half a line: the next one starts on a new one. */
  #torn = false;
  #syncTimer: NodeJS.Timeout | null = null;
  #syncing: Promise<void> = Promise.resolve();

  /** Opens the log in a folder, made when absent (0700). Appends go to a new segment. */
  constructor(directory: string, options: SegmentLogOptions) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#directory = directory;
    this.#options = options;
    this.#segments = readdirSync(directory)
      .map((name) => Number(SEGMENT_NAME.exec(name)?.[1] ?? 0))
      .filter((segment) => segment > 0)
      .sort((a, b) => a - b);
  }

  /** Numbers of the segments that there are, oldest first. */
  get segments(): readonly number[] {
    return this.#segments;
  }

  /** The complete lines of a segment. A last line without its newline was torn: it is left out. */
  read(segment: number): string[] {
    return readFileSync(this.#path(segment), 'utf8').split('\n').slice(0, -1);
  }

  /** Appends a line (without newline) and returns the number of the segment that holds it. */
  append(line: string): number {
    try {
      const fd = this.#fd ?? this.#openSegment();
      const bytes = Buffer.from(`${this.#torn ? '\n' : ''}${line}\n`);
      const written = writeSync(fd, bytes);
      this.#torn = written < bytes.length;
      this.#bytes += written;
      if (this.#torn) this.#options.onProblem('short write');
      this.#syncSoon();
      if (this.#bytes >= (this.#options.segmentBytes ?? SEGMENT_BYTES)) this.#closeSegment();
    } catch (error) {
      this.#torn = true;
      this.#options.onProblem(describe(error));
    }
    return this.#segments.at(-1) ?? 0;
  }

  /** Removes the oldest segment; never the one that is being written. */
  dropOldest(): void {
    const segment = this.#segments.shift();
    if (segment !== undefined) rmSync(this.#path(segment), { force: true });
  }

  /** True while the oldest segment is complete, so that it may be dropped. */
  get oldestIsClosed(): boolean {
    return this.#segments.length > (this.#fd === null ? 0 : 1);
  }

  /** Forces everything to the disk and closes the file. */
  async close(): Promise<void> {
    if (this.#fd !== null) this.#closeSegment();
    await this.#syncing;
  }

  #openSegment(): number {
    const segment = (this.#segments.at(-1) ?? 0) + 1;
    this.#fd = openSync(this.#path(segment), 'ax', 0o600);
    this.#segments.push(segment);
    this.#bytes = 0;
    this.#torn = false;
    this.#queueSync(() => this.#syncDirectory());
    return this.#fd;
  }

  #closeSegment(): void {
    const fd = this.#fd;
    if (fd === null) return;
    this.#fd = null;
    if (this.#syncTimer !== null) clearTimeout(this.#syncTimer);
    this.#syncTimer = null;
    this.#queueSync(async () => {
      await this.#syncFile(fd);
      closeSync(fd);
    });
  }

  #syncSoon(): void {
    if (this.#syncTimer !== null) return;
    this.#syncTimer = setTimeout(() => {
      this.#syncTimer = null;
      const fd = this.#fd;
      if (fd !== null) this.#queueSync(() => this.#syncFile(fd));
    }, SYNC_DELAY_MS);
    this.#syncTimer.unref();
  }

  /** One at a time, so that a file is never closed under a sync. */
  #queueSync(work: () => Promise<void>): void {
    this.#syncing = this.#syncing.then(work).catch((error: unknown) => {
      this.#options.onProblem(describe(error));
    });
  }

  async #syncFile(fd: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      fdatasync(fd, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  async #syncDirectory(): Promise<void> {
    const handle = await open(this.#directory);
    await handle.sync().finally(() => handle.close());
  }

  #path(segment: number): string {
    return join(this.#directory, `calls-${String(segment).padStart(10, '0')}.jsonl`);
  }
}

function describe(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
