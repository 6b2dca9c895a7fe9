// A download's progress on stderr: a bar on a terminal, a line every few seconds elsewhere.
import type { DownloadProgress } from '../llama-cpp/download-model.ts';

const BAR_WIDTH = 30;
/** Often enough to look alive, seldom enough not to cost anything, in milliseconds. */
const REDRAW_MS = 100;
const LINE_EVERY_MS = 5_000;

export interface PullProgress {
  show(progress: DownloadProgress): void;
  /** Ends the bar's line. */
  end(): void;
}

/** Makes the progress display for a stream. */
export function createPullProgress(
  stream: NodeJS.WriteStream,
  now: () => number = performance.now.bind(performance),
): PullProgress {
  const terminal = stream.isTTY;
  let lastAt = terminal ? -Infinity : now();
  let drawn = false;
  return {
    show(progress) {
      if (now() - lastAt < (terminal ? REDRAW_MS : LINE_EVERY_MS)) return;
      lastAt = now();
      drawn = terminal;
      // Carriage return and "erase line": the bar replaces itself.
      stream.write(terminal ? `\r\u001b[2K${describeBar(progress)}` : `${describeNumbers(progress)}\n`);
    },
    end() {
      if (drawn) stream.write('\r\u001b[2K');
      drawn = false;
    },
  };
}

function describeBar(progress: DownloadProgress): string {
  const { doneBytes, totalBytes } = progress;
  if (totalBytes === 0) return describeNumbers(progress);
  const filled = Math.min(BAR_WIDTH, Math.floor((doneBytes / totalBytes) * BAR_WIDTH));
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${describeNumbers(progress)}`;
}

function describeNumbers({ doneBytes, totalBytes, bytesPerSecond, secondsLeft }: DownloadProgress): string {
  if (totalBytes === 0) return megabytes(doneBytes);
  const percent = Math.floor((doneBytes / totalBytes) * 100);
  const left = Number.isFinite(secondsLeft) ? `, ${Math.ceil(secondsLeft)} s left` : '';
  return `${percent} %, ${megabytes(doneBytes)} of ${megabytes(totalBytes)}, ${megabytes(bytesPerSecond)}/s${left}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
