import { describe, it } from 'vitest';
import { LogLines } from '../../../worker/src/middleware/log-lines.ts';

function collect(batchMs: number) {
  const written: string[] = [];
  const work: Promise<void>[] = [];
  const lines = new LogLines({ batchMs, write: (text) => written.push(text) });
  const add = (line: string): void => {
    lines.add(line, (promise) => work.push(promise));
  };
  return { add, written, settled: () => Promise.all(work) };
}

describe('log lines', () => {
  it('are written at once where the platform wants them with their request', ({ expect }) => {
    const { add, written } = collect(0);
    add('a');
    add('b');
    expect(written).toEqual(['a', 'b']);
  });

  it('of one moment are written together, by one request, and none is lost', async ({ expect }) => {
    const { add, written, settled } = collect(10);
    for (const line of ['a', 'b', 'c']) add(line);
    expect(written).toEqual([]);
    await settled();
    expect(written).toEqual(['a\nb\nc']);
    add('d');
    await settled();
    expect(written).toEqual(['a\nb\nc', 'd']);
  });

  it('never pile up beyond a bound', ({ expect }) => {
    const { add, written } = collect(60_000);
    for (let count = 0; count < 130; count++) add(String(count));
    expect(written.map((text) => text.split('\n').length)).toEqual([64, 64]);
  });
});
