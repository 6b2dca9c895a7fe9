// Guarantee: times and durations mean what they say, wherever the command runs; what is not one is refused.
import { describe, expect, it, vi } from 'vitest';
import { parseExpiry, parseGrace, parsePast, parseRotateAfter } from '../../cli/commands/time-parsers.ts';
import { formatDuration } from '../../cli/output/format-duration.ts';

const DAY = 86_400;
const NOW = Date.UTC(2026, 10, 20, 12) / 1000;

describe('a time', () => {
  it('is a duration from now, a date or a date-time, in UTC when no zone is named', () => {
    vi.useFakeTimers({ now: NOW * 1000 });
    vi.stubEnv('TZ', 'Pacific/Auckland');
    try {
      expect(parseExpiry('never')).toBe('never');
      expect(parseExpiry('1d')).toBe(NOW + DAY);
      expect(parseExpiry('2027-01-31')).toBe(Date.UTC(2027, 0, 31) / 1000);
      expect(parseExpiry('2027-01-31T10:30')).toBe(Date.UTC(2027, 0, 31, 10, 30) / 1000);
      expect(parseExpiry('2027-01-31T10:30:00+01:00')).toBe(Date.UTC(2027, 0, 31, 9, 30) / 1000);
      expect(parsePast('7d')).toBe(NOW - 7 * DAY);
      expect(parsePast('2026-01-31T10:30:15Z')).toBe(Date.UTC(2026, 0, 31, 10, 30, 15) / 1000);
    } finally {
      vi.unstubAllEnvs();
      vi.useRealTimers();
    }
  });

  it.for(['', '0x5d', '5', '5y', '-1d', '2027-13-01', '2027-02-30', 'tomorrow', '1.5d', '1d '])('is not %j', (text) => {
    expect(() => parseExpiry(text)).toThrow('such as 30d');
    expect(() => parsePast(text)).toThrow('such as 7d');
    expect(() => parseGrace(text)).toThrow('such as 24h');
    expect(() => parseRotateAfter(text)).toThrow('such as 90d');
  });

  it('of an expiry lies in the future', () => {
    for (const text of ['0d', '2020-01-01']) expect(() => parseExpiry(text)).toThrow('past');
  });
});

describe('a duration', () => {
  it('of a grace period is at most a year, and may be none', () => {
    expect([parseGrace('0'), parseGrace('24h'), parseGrace('366d')]).toEqual([0, DAY, 366 * DAY]);
    expect(() => parseGrace('367d')).toThrow('at most a year');
  });

  it('of a secret is from a day to ten years', () => {
    expect([parseRotateAfter('never'), parseRotateAfter('90d')]).toEqual(['never', 90 * DAY]);
    for (const text of ['23h', '600w']) expect(() => parseRotateAfter(text)).toThrow('from a day to ten years');
  });

  it('is shown as it is written', () => {
    expect([null, 30, 90, 3600, 14 * DAY].map((seconds) => formatDuration(seconds, 'never'))).toEqual([
      'never',
      '30s',
      '90s',
      '1h',
      '14d',
    ]);
  });
});
