// What a node may send that is broken or malicious: raw bytes, past Node's own HTTP, which would not write them.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type Lie = (call: { body: { stream?: boolean }; response: ServerResponse }) => void;

const EVENT = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: 'word' }, logprobs: null, finish_reason: null }] })}\n\n`;
/** What is written at once of what has no end: 64 KiB. */
const PIECE_LENGTH = 65_536;

export const LIES: Readonly<Record<string, Lie>> = {
  /** Announces more than it sends, and closes. */
  'promises-more'(call) {
    const socket = begin(call, 'content-length: 100000');
    socket.end(call.body.stream === true ? EVENT : '{"choices":[');
  },
  /** Announces a whole answer and sends nothing of it. */
  'stands-still-behind-its-headers'(call) {
    begin(call, 'content-length: 100');
  },
  /** Says not how long its whole answer is, and sends a piece of it. */
  'stands-still-in-its-body'(call) {
    begin(call, 'connection: close').write('{"choices":[');
  },
  /** Sends more than it announces. */
  'promises-less'(call) {
    const socket = begin(call, `content-length: ${call.body.stream === true ? EVENT.length : 12}`);
    socket.write(
      `${call.body.stream === true ? EVENT : '{"choices":['}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlies`,
    );
  },
  'has-headers-without-end'({ response }) {
    const { socket } = response;
    socket?.write('HTTP/1.1 200 OK\r\n');
    if (socket !== null) pour(socket, 'x-lie: lies\r\n');
  },
  /** Sends a stream that is none, and ends it well. */
  'says-no-event'(call) {
    begin(call, 'connection: close').end('<html>\n\nno event\n\n');
  },
  /** Ends a stream well in the middle of the answer, as a proxy may that lost its node; a whole answer is none. */
  'ends-too-early'(call) {
    begin(call, 'connection: close').end(EVENT);
  },
  /** Sends signs of life for ever. */
  'says-nothing-without-end'(call) {
    pour(begin(call, 'connection: close'), ': ping\n\n');
  },
  /** Sends an answer without end, as fast as it is taken. */
  'answers-without-end'(call) {
    const socket = begin(call, 'connection: close');
    if (call.body.stream !== true) socket.write('{"choices":["');
    pour(socket, call.body.stream === true ? EVENT : 'word ');
  },
};

/** Writes the head of a success. */
function begin({ body, response }: Parameters<Lie>[0], header: string): Socket {
  const { socket } = response;
  if (socket === null) throw new Error('the connection has gone');
  const type = body.stream === true ? 'text/event-stream' : 'application/json';
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${header}\r\n\r\n`);
  return socket;
}

/** Writes a text again and again for as long as somebody takes it. */
function pour(socket: Socket, text: string): void {
  const piece = text.repeat(Math.ceil(PIECE_LENGTH / text.length));
  const write = (): void => {
    while (!socket.destroyed && socket.write(piece));
    if (!socket.destroyed) socket.once('drain', write);
  };
  socket.on('error', () => undefined);
  write();
}
