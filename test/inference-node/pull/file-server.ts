// A loopback server that gives one file, whole or by range, and can be mean about it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { killServer, listenOnLoopback } from '../../loopback-node/loopback-server.ts';

export class FileServer {
  readonly bytes: Buffer;
  /** After so many bytes of an answer it sends nothing more, and keeps the connection. */
  silentAfter = Infinity;
  /** Answers every request with this status. */
  status: number | null = null;
  headers: Record<string, string> = {};
  bodyBytesSent = 0;
  readonly paths: string[] = [];
  url = '';

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  static async start(bytes: Buffer): Promise<FileServer> {
    const files = new FileServer(bytes);
    const server = createServer((request, response) => {
      files.#answer(request, response);
    });
    files.url = await listenOnLoopback(server);
    onTestFinished(() => killServer(server));
    return files;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.paths.push(request.url ?? '');
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const start = Number(range?.[1] ?? 0);
    const end = Math.min(Number(range?.[2] ?? this.bytes.length), this.bytes.length - 1);
    const part = this.bytes.subarray(start, end + 1);
    response.writeHead(this.status ?? (range === null ? 200 : 206), {
      'accept-ranges': 'bytes',
      'content-length': part.length,
      ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${this.bytes.length}` }),
      ...this.headers,
    });
    const given = part.subarray(0, this.silentAfter);
    if (range !== null) this.bodyBytesSent += given.length;
    if (given.length === part.length) response.end(given);
    else response.write(given);
  }
}
