// Texts of the command line to values. Throws commander's error, which names the option and makes it a usage error.
import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

/** A parser for whole numbers from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** A parser that checks with a schema of the admin API, so that a mistake is found before anything is sent. */
export function checkedBy<T extends z.ZodType>(schema: T): (text: string) => z.output<T> {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`${parsed.error.issues[0]?.message ?? 'It is invalid'}.`);
  };
}

/** Collects the values of a repeatable option. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

const SECONDS_PER = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const DURATION = /^(\d{1,6})([smhdw])$/;

/** A point in time: `30d` from now, a date or date-time (UTC), or `never`. Unix time in seconds; null: never. */
export function parseExpiry(text: string): number | null {
  if (text === 'never') return null;
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined && unit in SECONDS_PER) {
    return Math.floor(Date.now() / 1000) + Number(amount) * SECONDS_PER[unit as keyof typeof SECONDS_PER];
  }
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return Math.floor(time / 1000);
  throw new InvalidArgumentError('It must be a duration such as 30d or 12h, a date such as 2027-01-31, or never.');
}

/** A `name=value` pair of `--metadata`. */
export function collectMetadata(text: string, previous: Record<string, string> | undefined): Record<string, string> {
  const separator = text.indexOf('=');
  if (separator < 1) throw new InvalidArgumentError('It must look like name=value.');
  return { ...previous, [text.slice(0, separator)]: text.slice(separator + 1) };
}
