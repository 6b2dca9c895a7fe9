// The log line of a finished request: one JSON object, made of its record alone.
import type { RequestRecord } from './request-record.ts';

/** The line of a finished request. */
export function formatLogLine(record: RequestRecord): string {
  return JSON.stringify({ time: new Date().toISOString(), event: 'request', ...record, ending: undefined });
}
