// Where log lines go: the console, one JSON object a line. Workers Logs and miniflare both take it from there.
import type { RequestRecord } from './request-record.ts';

/** Writes the line of a finished request. Warnings are what an operator should look at: the gateway's or the node's faults. */
export function writeLogLine(record: RequestRecord): void {
  const line = JSON.stringify({ time: new Date().toISOString(), event: 'request', ...record, ending: undefined });
  if ((record.status ?? 0) >= 500) console.warn(line);
  else console.log(line);
}

/** Writes what should never happen: a bug, with its stack. Only the error's name and frames, since its message may quote data. */
export function writeBug(requestId: string, error: unknown): void {
  const stack =
    error instanceof Error ? `${error.name}\n${stackFrames(error)}` : 'a value that is not an Error was thrown';
  console.error(JSON.stringify({ time: new Date().toISOString(), event: 'bug', requestId, stack }));
}

function stackFrames(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .join('\n');
}
