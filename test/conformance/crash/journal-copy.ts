// What the node has ever written to its journal. The node removes a file when all in it is acknowledged, so each is kept by a hard
// link beside it, made before that can be.
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  watch,
  type FSWatcher,
} from 'node:fs';
import { join } from 'node:path';
import { parseJournalLine } from '../../../inference-node/journal/journal-line.ts';
import type { JournalRecord } from '../../../protocol/node/node-api.ts';

const SEGMENT_NAME = /^calls-\d+\.jsonl$/;

export class JournalCopy implements Disposable {
  readonly #journal: string;
  readonly #copy: string;
  readonly #watcher: FSWatcher;

  /** `journal`: the node's folder; `copy`: a folder on the same disk. */
  constructor(journal: string, copy: string) {
    this.#journal = journal;
    this.#copy = copy;
    mkdirSync(copy);
    this.#watcher = watch(journal, (event) => {
      // `rename`: a file has come or gone.
      if (event === 'rename') this.#link();
    });
    this.#link();
  }

  /** The records of all calls that have ended, by call id. Throws when a call has ended twice. */
  read(): Map<string, JournalRecord> {
    this.#link();
    const records = new Map<string, JournalRecord>();
    for (const name of readdirSync(this.#copy)) {
      for (const text of readFileSync(join(this.#copy, name), 'utf8').split('\n')) {
        const line = parseJournalLine(text);
        if (line?.t !== 'ended') continue;
        if (records.has(line.record.callId)) throw new Error(`${line.record.callId} has ended twice`);
        records.set(line.record.callId, line.record);
      }
    }
    return records;
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }

  /** A number of a segment may come again, its inode not, as long as it is linked here. */
  #link(): void {
    for (const name of readdirSync(this.#journal)) {
      if (!SEGMENT_NAME.test(name)) continue;
      const fresh = join(this.#copy, 'fresh');
      try {
        linkSync(join(this.#journal, name), fresh);
      } catch {
        // Removed this very moment: then it was linked before.
        continue;
      }
      const kept = join(this.#copy, String(statSync(fresh).ino));
      // Two names of one file: POSIX's rename would keep both.
      rmSync(kept, { force: true });
      renameSync(fresh, kept);
    }
  }
}
