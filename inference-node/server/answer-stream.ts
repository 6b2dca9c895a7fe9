// A generation as server-sent events. The reader's pace rules: a chunk is made when the last one was taken. The opening
// chunk goes out with the first text, not before, because the gateway may fail over to another node until the first `data:`.
import { renderErrorBody } from '../../protocol/errors/error-body.ts';
import type { ApiError } from '../../protocol/errors/api-error.ts';
import { formatSseData, SSE_DONE, SSE_PING } from '../../protocol/inference/server-sent-events.ts';
import type { AnswerFormat } from './answer-format.ts';
import type { GenerationResult } from '../engine/engine.ts';
import type { ChoicePiece, FeedPiece, GenerationFeed } from './generation-feed.ts';

/**
 * Readers are promised a sign of life every 15 s; but a client that closed its connection in an orderly way is noticed only by
 * writing to it, so that this is also how long a quiet generation goes on for nobody.
 */
export const PING_INTERVAL_MS = 1_000;
/**
 * How long a connection may take nothing of what there is for it. It is then cut: a reader that stands still holds memory.
 * Socket inactivity measures it, since pings keep a healthy connection active. Node grants a second period when the first
 * began with bytes on their way, so the cut comes after one to two of these (seen: 2.0).
 */
export const STALLED_READER_MS = 30_000;

export type AnswerStreamOptions = {
  format: AnswerFormat;
  includeUsage: boolean;
  /** What to tell the reader of an error. */
  explain: (error: unknown) => ApiError;
  /** The stream is over: it was read to its end, or its reader left. */
  onEnd: (readToEnd: boolean) => void;
  pingIntervalMs?: number;
};

/** The event stream of a generation. */
export function answerStream(feed: GenerationFeed, options: AnswerStreamOptions): ReadableStream<Uint8Array> {
  const events = new EventWriter(options);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await feed.next(options.pingIntervalMs ?? PING_INTERVAL_MS);
        let ended = piece !== null && piece.type !== 'more';
        let failed = false;
        let chunk: string;
        try {
          chunk = piece === null ? SSE_PING : events.write(piece);
        } catch (error) {
          // A bug here must not reach the server's adapter, which would tell the reader its message.
          chunk = events.fail(error);
          ended = failed = true;
        }
        controller.enqueue(Buffer.from(chunk));
        if (!ended) return;
        controller.close();
        options.onEnd(!failed);
      },
      cancel() {
        options.onEnd(false);
      },
    },
    // Nothing is made ahead of the reader.
    { highWaterMark: 0 },
  );
}

class EventWriter {
  readonly #options: AnswerStreamOptions;
  readonly #opened = new Set<number>();

  constructor(options: AnswerStreamOptions) {
    this.#options = options;
  }

  write(piece: FeedPiece): string {
    const events = piece.choices.map((choice) => this.#writeChoice(choice));
    if (piece.type === 'finished') events.push(this.#finish(piece.result));
    if (piece.type === 'failed') events.push(this.fail(piece.error));
    return events.join('');
  }

  #writeChoice({ choice, finishReason, ...piece }: ChoicePiece): string {
    const { format } = this.#options;
    const isEmpty = piece.text === '' && piece.logProbabilities.length === 0;
    if (isEmpty && finishReason === null) return '';
    const chunks = isEmpty ? [] : [...format.deltas(choice, piece)];
    if (finishReason !== null) chunks.push(...format.closing(choice, finishReason));
    return chunks.length === 0 ? '' : this.#open(choice) + chunks.map(formatSseData).join('');
  }

  #open(choice: number): string {
    if (this.#opened.has(choice)) return '';
    this.#opened.add(choice);
    const opening = this.#options.format.opening(choice);
    return opening === null ? '' : formatSseData(opening);
  }

  #finish(result: GenerationResult): string {
    const { format, includeUsage } = this.#options;
    return (includeUsage ? formatSseData(format.usage(result)) : '') + SSE_DONE;
  }

  fail(error: unknown): string {
    return formatSseData(renderErrorBody(this.#options.explain(error)));
  }
}
