// No record is lost but by the bounds that the journal states, none is doubled, and a killed process costs nothing that it had written.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CallJournal, type CallJournalOptions } from '../../../inference-node/journal/call-journal.ts';
import { interruptedRecord } from '../../../inference-node/journal/journal-line.ts';
import type { JournalRecord } from '../../../protocol/node/node-api.ts';

const T0 = 1_700_000_000_000;
const callId = (number: number) => `call_${String(number).padStart(16, '0')}`;
const accepted = (number: number, attempt = 1) => ({
  callId: callId(number),
  attempt,
  account: 'acc00001',
  keyId: 'acc00001key00001',
  model: 'm',
  promptTokens: 3,
  acceptedAt: T0,
});
const ended = (number: number, attempt = 1): JournalRecord => ({
  ...interruptedRecord(accepted(number, attempt), T0 + 5),
  completionTokens: 4,
  outcome: 'stop',
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hearthkey-journal-'));
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

function open(path: string, options: Partial<CallJournalOptions> = {}): CallJournal {
  return new CallJournal(path, { onProblem: () => undefined, now: () => T0 + 10, ...options });
}

const segments = (path: string) => readdirSync(path).sort();

describe('recovery', () => {
  test('what was written is there again, in order, without a clean end', () => {
    const path = folder();
    const journal = open(path);
    for (const number of [1, 2, 3]) journal.begin(accepted(number));
    for (const number of [2, 1, 3]) journal.end(ended(number));
    expect(open(path).oldest(9)).toEqual([ended(1), ended(2), ended(3)]);
  });

  test('a call that was running gets its one record, as failed', () => {
    const path = folder();
    open(path).begin(accepted(1));
    const recovered = open(path);
    expect(recovered.interrupted).toBe(1);
    expect(recovered.oldest(9)).toEqual([
      { ...ended(1), completionTokens: 0, outcome: 'failed', durationMs: 10, endedAt: T0 + 10 },
    ]);
    expect(open(path).interrupted).toBe(0);
    expect(open(path).oldest(9)).toHaveLength(1);
  });

  test('an acknowledged record does not come back', () => {
    const path = folder();
    const journal = open(path);
    journal.begin(accepted(1));
    journal.end(ended(1));
    journal.acknowledge([callId(1)]);
    expect(open(path).size).toBe(0);
  });

  test('a torn last line costs that line alone, wherever it is torn', () => {
    const path = folder();
    const journal = open(path);
    journal.begin(accepted(1));
    journal.end(ended(1));
    journal.begin(accepted(2));
    const [file = ''] = segments(path);
    const bytes = readFileSync(join(path, file));
    const start = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    for (let length = start; length < bytes.length; length += 7) {
      const copy = folder();
      writeFileSync(join(copy, file), bytes.subarray(0, length));
      const recovered = open(copy);
      expect(recovered.oldest(9)).toEqual([ended(1)]);
      recovered.begin(accepted(3));
      recovered.end(ended(3));
      expect(open(copy).oldest(9)).toEqual([ended(1), ended(3)]);
    }
  });

  test('foreign lines are left alone', () => {
    const path = folder();
    const journal = open(path);
    journal.begin(accepted(1));
    journal.end(ended(1));
    appendFileSync(join(path, segments(path)[0] ?? ''), '{"t":"ended"}\nnull\n\0\0\0\n\n');
    expect(open(path).oldest(9)).toEqual([ended(1)]);
  });

  test('a process killed in the middle of its writing loses no record that it had written', async () => {
    const path = folder();
    const child = fork(join(import.meta.dirname, 'journal-writer.ts'), [path], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let last = 0;
    child.on('message', (number) => {
      last = Number(number);
      if (last >= 500) child.kill('SIGKILL');
    });
    await once(child, 'exit');
    const records = open(path).oldest(1_000_000);
    const numbers = records.filter(({ outcome }) => outcome === 'stop').map((record) => Number(record.callId.slice(5)));
    expect(numbers.length).toBeGreaterThanOrEqual(last);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  test('whatever happens in whatever order, a journal that is opened again knows the same', () => {
    const step = fc.record({ kind: fc.constantFrom('begin', 'end', 'ack', 'reopen'), number: fc.nat(12) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const path = mkdtempSync(join(tmpdir(), 'hearthkey-journal-'));
        try {
          let journal = open(path, { segmentBytes: 600 });
          const running = new Set<number>();
          const done = new Set<number>();
          for (const { kind, number } of steps) {
            if (kind === 'begin') {
              const fresh = !running.has(number) && !done.has(number);
              expect(journal.begin(accepted(number))).toBe(fresh);
              if (fresh) running.add(number);
            } else if (kind === 'end' && running.delete(number)) {
              journal.end(ended(number));
              done.add(number);
            } else if (kind === 'ack') {
              expect(journal.acknowledge([callId(number)])).toBe(done.delete(number) ? 1 : 0);
            } else if (kind === 'reopen') {
              journal = open(path, { segmentBytes: 600 });
              for (const number of running) done.add(number);
              running.clear();
            }
            expect(journal.size).toBe(done.size);
            expect(journal.backlog.unacknowledged).toBe(done.size);
            expect(journal.backlog.oldestEndedAt === null).toBe(done.size === 0);
            expect(new Set(journal.oldest(99).map((record) => record.callId))).toEqual(new Set([...done].map(callId)));
          }
        } finally {
          rmSync(path, { recursive: true, force: true });
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('one call, one record', () => {
  test('the same call and attempt begins once, another attempt is another call', () => {
    const journal = open(folder());
    expect(journal.begin(accepted(1))).toBe(true);
    expect(journal.begin(accepted(1))).toBe(false);
    expect(journal.begin(accepted(1, 2))).toBe(true);
    journal.end(ended(1));
    expect(journal.begin(accepted(1))).toBe(false);
    expect(() => {
      journal.end(ended(1));
    }).toThrow('not running');
    journal.end(ended(1, 2));
    expect(journal.find([callId(1)]).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test('an acknowledgement forgets what has ended and leaves what runs', () => {
    const journal = open(folder());
    journal.begin(accepted(1));
    journal.begin(accepted(1, 2));
    journal.end(ended(1));
    expect(journal.acknowledge([callId(1), callId(1), callId(9)])).toBe(1);
    journal.end(ended(1, 2));
    expect(journal.find([callId(1)])).toEqual([ended(1, 2)]);
  });
});

describe('the backlog', () => {
  const at = (number: number, endedAt: number): JournalRecord => ({ ...ended(number), endedAt });

  test('tells how many records wait and since when, by their ends, also after a restart', () => {
    const path = folder();
    const journal = open(path);
    expect(journal.backlog).toEqual({ unacknowledged: 0, oldestEndedAt: null });
    for (const number of [1, 2, 3]) journal.begin(accepted(number));
    expect(journal.backlog.unacknowledged).toBe(0);
    journal.end(at(2, T0 + 20));
    journal.end(at(1, T0 + 30));
    journal.end(at(3, T0 + 40));
    expect(journal.backlog).toEqual({ unacknowledged: 3, oldestEndedAt: T0 + 20 });
    expect(open(path).backlog).toEqual(journal.backlog);
    journal.acknowledge([callId(2)]);
    expect(journal.backlog).toEqual({ unacknowledged: 2, oldestEndedAt: T0 + 30 });
    journal.acknowledge([callId(1), callId(3)]);
    expect(journal.backlog).toEqual({ unacknowledged: 0, oldestEndedAt: null });
  });

  test('counts attempts of one call singly', () => {
    const journal = open(folder());
    journal.begin(accepted(1));
    journal.begin(accepted(1, 2));
    journal.end(ended(1));
    expect(journal.backlog.unacknowledged).toBe(1);
    journal.end(ended(1, 2));
    expect(journal.backlog.unacknowledged).toBe(2);
    journal.acknowledge([callId(1)]);
    expect(journal.backlog).toEqual({ unacknowledged: 0, oldestEndedAt: null });
  });
});

describe('bounds', () => {
  const fill = (journal: CallJournal, from: number, to: number) => {
    for (let number = from; number <= to; number++) {
      journal.begin(accepted(number));
      journal.end(ended(number));
    }
  };

  test('files of acknowledged calls are removed', () => {
    const path = folder();
    const journal = open(path, { segmentBytes: 2000 });
    fill(journal, 1, 50);
    expect(segments(path).length).toBeGreaterThan(5);
    journal.acknowledge(Array.from({ length: 50 }, (_, index) => callId(index + 1)));
    expect(segments(path).length).toBeLessThanOrEqual(1);
    expect(journal.dropped).toBe(0);
  });

  test('when it is full the oldest records are dropped, counted and reported; the newest stay', () => {
    const path = folder();
    const problems: string[] = [];
    const journal = open(path, { segmentBytes: 2000, maxSegments: 4, onProblem: (problem) => problems.push(problem) });
    fill(journal, 1, 100);
    expect(segments(path).length).toBeLessThanOrEqual(5);
    expect(journal.dropped).toBeGreaterThan(0);
    expect(journal.size + journal.dropped).toBe(100);
    expect(journal.oldest(1000).at(-1)).toEqual(ended(100));
    expect(problems.length).toBeGreaterThan(0);
    expect(open(path, { maxSegments: 4 }).size).toBe(journal.size);
  });

  test('records that no gateway would take any more are dropped', () => {
    const path = folder();
    fill(open(path, { segmentBytes: 2000 }), 1, 20);
    const later = open(path, { now: () => T0 + 49 * 3600 * 1000 });
    expect([later.size, later.dropped]).toEqual([0, 20]);
  });

  test('a call that runs on while its acceptance is dropped still gets its record', () => {
    const path = folder();
    const journal = open(path, { segmentBytes: 2000, maxSegments: 2 });
    journal.begin(accepted(999));
    fill(journal, 1, 60);
    journal.end(ended(999));
    expect(journal.find([callId(999)])).toEqual([ended(999)]);
    expect(open(path, { maxSegments: 9 }).find([callId(999)])).toEqual([ended(999)]);
  });
});

test('a disk that takes nothing is reported, and the records are kept in memory', async () => {
  const path = folder();
  const problems: string[] = [];
  const journal = open(path, { onProblem: (problem) => problems.push(problem) });
  rmSync(path, { recursive: true });
  journal.begin(accepted(1));
  journal.end(ended(1));
  expect(journal.oldest(9)).toEqual([ended(1)]);
  expect(problems).toContain('ENOENT');
  await journal.close();
});

test('files are the owner’s alone', async () => {
  const path = folder();
  const journal = open(join(path, 'deep', 'state'));
  journal.begin(accepted(1));
  await journal.close();
  expect(statSync(join(path, 'deep', 'state')).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'deep', 'state', 'calls-0000000001.jsonl')).mode & 0o777).toBe(0o600);
});
