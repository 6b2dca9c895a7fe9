// Reads one stream of the mock as a client does, and notes when each chunk came and how long it was under way.
import { request as httpRequest, type Agent } from 'node:http';
import { SseDataParser } from '../../protocol/inference/server-sent-events.ts';
import { microsecondsSinceStamp } from './time-stamp.ts';

export type StreamReading = {
  /** From sending the request to the first chunk, in microseconds. */
  firstChunk: number;
  /** Of every chunk: microseconds from the upstream's write to our read. */
  transits: number[];
};

const NO_MORE = '[DONE]';

export type StreamCall = { url: string; headers: Readonly<Record<string, string>>; body: string; agent: Agent };

/** Rejects when the answer is not 200, or the stream breaks off before `[DONE]`. */
export function readStream({ url, headers, body, agent }: StreamCall): Promise<StreamReading> {
  const { promise, resolve, reject } = Promise.withResolvers<StreamReading>();
  const options = {
    method: 'POST',
    agent,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  };
  const sent = process.hrtime.bigint();
  const call = httpRequest(url, options, (response) => {
    const parser = new SseDataParser();
    const transits: number[] = [];
    let firstChunk: number | null = null;
    let done = false;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const now = process.hrtime.bigint();
      for (const payload of parser.push(text)) {
        if (payload === NO_MORE) done = true;
        const transit = microsecondsSinceStamp(payload, now);
        if (transit === null) continue;
        firstChunk ??= Number(now - sent) / 1000;
        transits.push(transit);
      }
    });
    response.on('error', reject);
    response.on('end', () => {
      if (response.statusCode === 200 && done && firstChunk !== null) resolve({ firstChunk, transits });
      else reject(new Error(`${url} answered ${response.statusCode}, ${transits.length} chunks, done: ${done}`));
    });
  });
  call.on('error', reject);
  call.end(body);
  return promise;
}
