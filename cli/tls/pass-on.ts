// Requests and upgrades of a server, handed on to another on this machine: bodies as they flow, at the pace of the slower side, and an
// end on either side is one on the other.
import { Agent, request, ServerResponse, type ClientRequest, type IncomingMessage, type Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ApiError } from '../../protocol/errors/api-error.ts';
import { renderErrorBody } from '../../protocol/errors/error-body.ts';

/** Of one connection only (RFC 9110, 7.6.1); and who calls is for us to say. */
const NOT_PASSED: ReadonlySet<string> = new Set([
  'connection',
  'forwarded',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-forwarded-proto',
]);
/** workerd closes a connection that was idle for 5 s: one that is about to be closed must not be taken. */
const IDLE_MS = 2_000;

/** Hands on what comes to `server`, to the server at `target`. */
export function passOn(server: Server, target: URL): void {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  const ask = (incoming: IncomingMessage, more: Record<string, string> = {}): ClientRequest =>
    request({
      host: target.hostname.replaceAll(/[[\]]/g, ''),
      port: target.port,
      agent,
      method: incoming.method,
      path: incoming.url,
      headers: {
        ...passedHeaders(incoming.headers),
        'x-forwarded-for': addressOf(incoming),
        'x-forwarded-proto': 'https',
        ...more,
      },
    });
  server.on('request', (incoming, response) => {
    handOn(incoming, response, ask);
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    handOnUpgrade(incoming, socket, head, ask);
  });
}

type Ask = (incoming: IncomingMessage, more?: Record<string, string>) => ClientRequest;

function handOn(incoming: IncomingMessage, response: ServerResponse, ask: Ask): void {
  let outgoing: ClientRequest;
  try {
    outgoing = ask(incoming);
  } catch {
    // A target that Node sends to nobody.
    response.writeHead(400).end();
    return;
  }
  outgoing.on('response', (answer) => {
    giveAnswer(answer, response);
  });
  outgoing.on('error', () => {
    fail(response);
  });
  response.on('close', () => outgoing.destroy());
  const { headers } = incoming;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) outgoing.end();
  else incoming.pipe(outgoing);
}

function giveAnswer(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, passedHeaders(answer.headers));
  // A stream's headers go before its first event.
  response.flushHeaders();
  answer.on('error', () => response.destroy());
  answer.pipe(response);
}

/** The gateway's process is being started again, or broke off. */
function fail(response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error = new ApiError('state_unavailable');
  response.writeHead(error.status, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end(JSON.stringify(renderErrorBody(error)));
}

function handOnUpgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer, ask: Ask): void {
  socket.on('error', () => socket.destroy());
  const outgoing = ask(incoming, { connection: 'upgrade', upgrade: incoming.headers.upgrade ?? '' });
  outgoing.on('upgrade', (answer, upstream, first) => {
    const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('')}\r\n`);
    socket.write(first);
    upstream.write(head);
    upstream.on('error', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    upstream.pipe(socket).pipe(upstream);
  });
  const response = new ServerResponse(incoming);
  response.shouldKeepAlive = false;
  outgoing.on('response', (answer) => {
    // It always is one; its type says less.
    if (socket instanceof Socket) response.assignSocket(socket);
    response.on('finish', () => socket.end());
    giveAnswer(answer, response);
  });
  outgoing.on('error', () => socket.destroy());
  socket.on('close', () => outgoing.destroy());
  outgoing.end();
}

function passedHeaders(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !NOT_PASSED.has(name)) passed[name] = value;
  }
  return passed;
}

/** An IPv4 address that came to an IPv6 socket is an IPv4 address. */
function addressOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}
