// The call journal: one record for every call that the engine accepted, on disk before the call's last byte, kept until the
// gateway acknowledged it. Bounded by age and by size; what does not fit is dropped, oldest first, and counted: usage that
// nobody fetches must not stop the node. Method and figures: docs/decisions/0005-node-journal.md.
import type { JournalBacklog, JournalRecord } from '../../protocol/node/node-api.ts';
import { interruptedRecord, parseJournalLine, type AcceptedCall, type JournalLine } from './journal-line.ts';
import { SegmentLog } from './segment-log.ts';

/** The gateway takes a late record for 24 h; twice that, and it is of no use to anyone. */
const MAX_AGE_MS = 48 * 3600 * 1000;
/** × 1 MiB: over 100,000 calls. */
const MAX_SEGMENTS = 64;
/** Bounds the memory also when the disk is full and no segment grows. */
const MAX_RECORDS = 200_000;
/** How many leave at once when there are too many. */
const DROP_BATCH = 1000;

export type CallJournalOptions = {
  onProblem: (problem: string) => void;
  maxSegments?: number;
  segmentBytes?: number;
  /** Unix time in milliseconds. */
  now?: () => number;
};

type Entry = { segment: number; call: AcceptedCall; record: JournalRecord | null };

export class CallJournal {
  readonly #log: SegmentLog;
  readonly #options: CallJournalOptions;
  readonly #now: () => number;
  /** By call id, in order of acceptance; a call may be here once per attempt. */
  readonly #entries = new Map<string, Entry[]>();
  /** How many entries have their latest line in a segment, and when the segment's last line was written. */
  readonly #segments = new Map<number, { live: number; lastAt: number }>();
  /** The entries that have ended, in order of their ends. */
  readonly #ended = new Set<Entry>();
  #dropped = 0;
  #interrupted = 0;

  /** Opens the journal in a folder and recovers what is there: calls that were running get their record, as failed. */
  constructor(directory: string, options: CallJournalOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#log = new SegmentLog(directory, options);
    this.#recover();
  }

  /** How many records wait to be acknowledged. */
  get size(): number {
    return this.#ended.size;
  }

  /** The same, and since when. Cheap: nothing is searched. */
  get backlog(): JournalBacklog {
    const [oldest] = this.#ended;
    return { unacknowledged: this.#ended.size, oldestEndedAt: oldest?.record?.endedAt ?? null };
  }

  /** How many unacknowledged records were dropped since the start, because the journal was full or they were too old. */
  get dropped(): number {
    return this.#dropped;
  }

  /** How many calls were running when the previous process died. */
  get interrupted(): number {
    return this.#interrupted;
  }

  /** Notes that the engine accepted a call. False, and nothing noted, when this call and attempt is already here. */
  begin(call: AcceptedCall): boolean {
    if (this.#find(call.callId, call.attempt) !== undefined) return false;
    this.#trim();
    this.#addEntry(call, this.#write({ t: 'accepted', call }));
    return true;
  }

  /** Notes how a call ended. The record is with the kernel when this returns. A call ends once: a bug otherwise. */
  end(record: JournalRecord): void {
    const entry = this.#find(record.callId, record.attempt);
    if (entry === undefined || entry.record !== null) throw new Error('journal: this call is not running');
    this.#endEntry(entry, record, this.#write({ t: 'ended', record }));
  }

  /** Forgets ended calls. Unknown ones are ignored: an acknowledgement may come twice. Returns how many it forgot. */
  acknowledge(callIds: readonly string[]): number {
    const known = callIds.filter((callId) => this.#entries.get(callId)?.some((entry) => entry.record !== null));
    if (known.length === 0) return 0;
    this.#write({ t: 'acknowledged', callIds: known });
    const forgotten = this.#forget(known);
    this.#trim();
    return forgotten;
  }

  /** The records of these calls, as far as they are here. */
  find(callIds: readonly string[]): JournalRecord[] {
    return callIds.flatMap((callId) => this.#entries.get(callId) ?? []).flatMap(({ record }) => record ?? []);
  }

  /** The oldest unacknowledged records. */
  oldest(limit: number): JournalRecord[] {
    const records: JournalRecord[] = [];
    for (const entries of this.#entries.values()) {
      for (const { record } of entries) if (record !== null) records.push(record);
      if (records.length >= limit) break;
    }
    return records.slice(0, limit);
  }

  /** Forces everything to the disk. */
  close(): Promise<void> {
    return this.#log.close();
  }

  #recover(): void {
    const segments = [...this.#log.segments];
    for (const segment of segments) for (const line of this.#log.read(segment)) this.#replay(line, segment);
    const running = [...this.#entries.values()].flat().filter((entry) => entry.record === null);
    for (const { call } of running) this.end(interruptedRecord(call, this.#now()));
    this.#interrupted = running.length;
    this.#trim();
  }

  #replay(text: string, segment: number): void {
    const line = parseJournalLine(text);
    if (line === null) return;
    if (line.t === 'acknowledged') {
      this.#forget(line.callIds);
      return;
    }
    const { callId, attempt } = line.t === 'accepted' ? line.call : line.record;
    const entry = this.#find(callId, attempt);
    if (line.t === 'accepted') {
      if (entry === undefined) this.#addEntry(line.call, segment, line.call.acceptedAt);
    } else {
      const { record } = line;
      // The `accepted` line may have left with its segment.
      const call = entry?.call ?? { ...record, acceptedAt: record.endedAt };
      this.#endEntry(entry ?? this.#addEntry(call, segment, record.endedAt), record, segment);
    }
  }

  #write(line: JournalLine): number {
    return this.#log.append(JSON.stringify(line));
  }

  #find(callId: string, attempt: number): Entry | undefined {
    return this.#entries.get(callId)?.find((entry) => entry.call.attempt === attempt);
  }

  #addEntry(call: AcceptedCall, segment: number, at = this.#now()): Entry {
    const entry: Entry = { segment, call, record: null };
    const entries = this.#entries.get(call.callId);
    if (entries === undefined) this.#entries.set(call.callId, [entry]);
    else entries.push(entry);
    this.#count(segment, 1, at);
    return entry;
  }

  #endEntry(entry: Entry, record: JournalRecord, segment: number): void {
    entry.record = record;
    this.#ended.add(entry);
    this.#count(entry.segment, -1);
    entry.segment = segment;
    this.#count(segment, 1, record.endedAt);
  }

  #forget(callIds: readonly string[]): number {
    let forgotten = 0;
    for (const callId of callIds) {
      const entries = this.#entries.get(callId) ?? [];
      const running = entries.filter((entry) => entry.record === null);
      for (const entry of entries) {
        if (this.#ended.delete(entry)) this.#count(entry.segment, -1);
      }
      forgotten += entries.length - running.length;
      if (running.length === 0) this.#entries.delete(callId);
      else this.#entries.set(callId, running);
    }
    return forgotten;
  }

  #count(segment: number, change: number, at?: number): void {
    // A call may end after the segment that held its acceptance was dropped.
    if (change < 0 && !this.#segments.has(segment)) return;
    const counted = this.#segments.get(segment) ?? { live: 0, lastAt: 0 };
    counted.live += change;
    if (at !== undefined) counted.lastAt = Math.max(counted.lastAt, at);
    this.#segments.set(segment, counted);
  }

  /** Removes segments that hold nothing alive, and the oldest ones beyond the bounds. */
  #trim(): void {
    if (this.#ended.size > MAX_RECORDS) this.#drop(this.oldest(DROP_BATCH).map(({ callId }) => callId));
    while (this.#log.oldestIsClosed) {
      const [segment] = this.#log.segments;
      if (segment === undefined) return;
      const { live, lastAt } = this.#segments.get(segment) ?? { live: 0, lastAt: 0 };
      const full = this.#log.segments.length > (this.#options.maxSegments ?? MAX_SEGMENTS);
      if (live > 0 && !full && this.#now() - lastAt <= MAX_AGE_MS) return;
      if (live > 0) this.#dropEntriesOf(segment);
      this.#segments.delete(segment);
      this.#log.dropOldest();
    }
  }

  /** Rare, so it may look at every entry. Calls that still run stay: they are yet to be written. */
  #dropEntriesOf(segment: number): void {
    const lost: string[] = [];
    for (const [callId, entries] of this.#entries) {
      if (entries.some((entry) => entry.segment === segment && entry.record !== null)) lost.push(callId);
    }
    this.#drop(lost);
  }

  #drop(callIds: readonly string[]): void {
    const count = this.#forget(callIds);
    this.#dropped += count;
    if (count > 0) this.#options.onProblem(`dropped ${count} unacknowledged records, the oldest`);
  }
}
