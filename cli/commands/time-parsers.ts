// Points in time and durations of the command line. Dates and times without a zone are UTC, as everything that is printed.
import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { MAX_GRACE_SECONDS, updateKeySchema } from '../../protocol/admin/admin-key.ts';

/** commander takes null for no value at all, so the absence of an end has a word. */
export const NEVER = 'never';
export type Never = typeof NEVER;

const SECONDS_PER = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const DURATION = /^(\d{1,6})([smhdw])$/;

const dateSchema = z.iso.date();
/** With a zone, or without seconds, or both. */
const dateTimeSchema = z.iso.datetime({ offset: true, local: true });

/** A point in time to come: `30d` from now, a date or date-time, or `never`. Unix time in seconds. */
export function parseExpiry(text: string): number | Never {
  if (text === NEVER) return NEVER;
  const seconds = readDuration(text);
  const time = seconds === null ? readTime(text) : now() + seconds;
  if (time === null) {
    throw new InvalidArgumentError('It must be a duration such as 30d or 12h, a date such as 2027-01-31, or never.');
  }
  if (time <= now()) throw new InvalidArgumentError('It lies in the past.');
  return time;
}

/** A point in time in the past: `7d` ago, a date or date-time. Unix time in seconds. */
export function parsePast(text: string): number {
  const seconds = readDuration(text);
  const time = seconds === null ? readTime(text) : now() - seconds;
  if (time !== null && time >= 0) return time;
  throw new InvalidArgumentError(
    'It must be a duration such as 7d (ago), a date such as 2026-01-31, or a date-time such as 2026-01-31T12:00.',
  );
}

/** For how long a former secret works on, in seconds. */
export function parseGrace(text: string): number {
  const seconds = text === '0' ? 0 : readDuration(text);
  if (seconds !== null && seconds <= MAX_GRACE_SECONDS) return seconds;
  throw new InvalidArgumentError('It must be a duration such as 24h or 7d, at most a year, or 0.');
}

/** How old a secret may become, in seconds. */
export function parseRotateAfter(text: string): number | Never {
  if (text === NEVER) return NEVER;
  const seconds = readDuration(text);
  if (seconds !== null && updateKeySchema.safeParse({ rotate_after: seconds }).success) return seconds;
  throw new InvalidArgumentError('It must be a duration such as 90d, from a day to ten years, or never.');
}

function readDuration(text: string): number | null {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount === undefined || unit === undefined || !(unit in SECONDS_PER)) return null;
  return Number(amount) * SECONDS_PER[unit as keyof typeof SECONDS_PER];
}

function readTime(text: string): number | null {
  if (dateSchema.safeParse(text).success) return Date.parse(text) / 1000;
  if (!dateTimeSchema.safeParse(text).success) return null;
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text);
  return Math.floor(Date.parse(hasZone ? text : `${text}Z`) / 1000);
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
