// The node's HTTP server: limits, what is answered to requests that are not even HTTP, listening (or not: then calls come over the
// node's link) and closing.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { ApiError } from '../../protocol/errors/api-error.ts';
import { renderErrorBody } from '../../protocol/errors/error-body.ts';
import { HEADER, NODE_HEADER } from '../../protocol/headers.ts';
import { mintRequestId } from '../../protocol/request-id.ts';
import type { NodeEnv } from './node-services.ts';

/** Longer than gateways keep idle connections, so that none is closed under a request that was just sent. */
const KEEP_ALIVE_MS = 75_000;
/** Headers and body must have come by then; a gateway sends both at once. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A token with every claim at its longest, and the headers around it. */
const MAX_HEADER_BYTES = 16_384;
/** Far above what one engine answers; bounds the memory that idle connections hold. */
const MAX_CONNECTIONS = 4096;

export type NodeHttpServer = {
  /** Where it listens, e.g. `http://127.0.0.1:8788`; null: nowhere. */
  url: string | null;
  server: Server;
  /** Stops listening and waits until connections are done, at most `graceMs`; then cuts the rest. */
  close: (graceMs: number) => Promise<void>;
};

/** Listens at the address, if any. Rejects with Node's error (`EADDRINUSE`, …) when it cannot. */
export async function startHttpServer(
  app: Hono<NodeEnv>,
  { address, bootId }: { address: { host: string; port: number } | null; bootId: string },
): Promise<NodeHttpServer> {
  const listener = getRequestListener(app.fetch, {
    // What the adapter cannot turn into a request: an impossible host or target.
    errorHandler: () => plainAnswer(new ApiError('invalid_request'), bootId),
  });
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (error, socket) => {
    answerClientError(error, socket, bootId);
  });
  if (address !== null) {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.port, address.host, resolve);
    });
  }
  const url = address === null ? null : urlOf(server);
  return { url, server, close: (graceMs) => closeServer(server, graceMs) };
}

function urlOf(server: Server): string {
  // A TCP server that listens has such an address.
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearTimeout(timer);
}

/** Ids of an answer that no middleware saw. */
function plainHeaders(bootId: string): Record<string, string> {
  return { [HEADER.requestId]: mintRequestId(), [NODE_HEADER.bootId]: bootId };
}

function plainAnswer(error: ApiError, bootId: string): Response {
  return Response.json(renderErrorBody(error), { status: error.status, headers: plainHeaders(bootId) });
}

function answerClientError(error: NodeJS.ErrnoException, socket: Duplex, bootId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = describeClientError(error.code);
  const headers = {
    connection: 'close',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...plainHeaders(bootId),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);
}

function describeClientError(code: string | undefined): { status: string; body: string } {
  const tooLarge = code === 'HPE_HEADER_OVERFLOW';
  const body = JSON.stringify(renderErrorBody(new ApiError(tooLarge ? 'headers_too_large' : 'invalid_request')));
  return { status: tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request', body };
}
