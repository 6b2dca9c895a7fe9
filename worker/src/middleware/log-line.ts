// The log line of a finished request: one JSON object, made of its record alone.
import type { RequestRecord } from './request-record.ts';

/** The line of a finished request. */
export function formatLogLine(record: RequestRecord): string {
  // Put together as text: a copy of the record costs more than the line.
  return `{"time":"${new Date().toISOString()}","event":"request",${JSON.stringify(record).slice(1)}`;
}
