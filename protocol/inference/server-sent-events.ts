// Server-sent events as OpenAI's API uses them (https://html.spec.whatwg.org/multipage/server-sent-events.html): `data:`
// lines of JSON, comments as keep-alive, and a final `data: [DONE]`.

export const SSE_CONTENT_TYPE = 'text/event-stream; charset=utf-8';
export const SSE_DONE = 'data: [DONE]\n\n';
export const SSE_PING = ': ping\n\n';

/** One event that carries a JSON value. JSON never holds a raw newline, so one `data:` line is enough. */
export function formatSseData(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/**
 * Cuts a text stream into the payloads of its `data:` events, whatever the chunk boundaries. Feed decoded text; comments
 * and other fields are dropped; several `data:` lines of one event are joined by newlines.
 */
export class SseDataParser {
  #rest = '';
  #lines: string[] = [];
  #endedWithCr = false;
  readonly #maxLength: number;

  /** `maxLength`: how many characters one event may have before `push` throws a RangeError. */
  constructor(maxLength = 1_048_576) {
    this.#maxLength = maxLength;
  }

  /** Takes a chunk; returns the payloads that it completed. */
  push(chunk: string): string[] {
    const payloads: string[] = [];
    // A CR ends its line at once; an LF that opens the next chunk then belongs to it.
    const text = this.#rest + (this.#endedWithCr && chunk.startsWith('\n') ? chunk.slice(1) : chunk);
    if (chunk !== '') this.#endedWithCr = chunk.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#takeLine(line, payloads);
    const held = this.#rest.length + this.#lines.reduce((sum, line) => sum + line.length, 0);
    if (held > this.#maxLength) throw new RangeError('a server-sent event is longer than allowed');
    return payloads;
  }

  #takeLine(line: string, payloads: string[]): void {
    if (line === '') {
      if (this.#lines.length > 0) payloads.push(this.#lines.join('\n'));
      this.#lines = [];
    } else if (line.startsWith('data:')) {
      this.#lines.push(line.slice(line.startsWith('data: ') ? 6 : 5));
    }
  }
}
