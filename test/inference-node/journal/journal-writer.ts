// A process that writes calls to a journal until it is killed, and says how many records it has written.
import { CallJournal } from '../../../inference-node/journal/call-journal.ts';

const journal = new CallJournal(process.argv[2] ?? '', { onProblem: () => undefined, segmentBytes: 20_000 });

function write(number: number): void {
  const call = {
    callId: `call_${String(number).padStart(16, '0')}`,
    attempt: 1,
    account: 'acc00001',
    keyId: 'acc00001key00001',
    model: 'm',
    promptTokens: 3,
  };
  journal.begin({ ...call, acceptedAt: 0 });
  journal.end({
    ...call,
    cachedTokens: 0,
    completionTokens: 4,
    outcome: 'stop',
    queueMs: 0,
    firstTokenMs: null,
    durationMs: 1,
    endedAt: Date.now(),
  });
  process.send?.(number);
  setImmediate(write, number + 1);
}

write(1);
