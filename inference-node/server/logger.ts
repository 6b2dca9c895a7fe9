// The node's log: one JSON line per event on stderr. Callers name fields; none of them ever holds a prompt, a completion, a
// token or a key.
import type { LogLevel } from '../config/node-config.ts';

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;
export type LogEntryLevel = Exclude<LogLevel, 'silent'>;
export type Logger = (level: LogEntryLevel, event: string, fields?: LogFields) => void;

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** Makes a logger that writes events of `level` and above. */
export function createLogger(
  level: LogLevel,
  write: (line: string) => unknown = (line) => process.stderr.write(line),
): Logger {
  return function log(entryLevel, event, fields = {}) {
    if (RANK[entryLevel] < RANK[level]) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level: entryLevel, event, ...fields })}\n`);
  };
}
