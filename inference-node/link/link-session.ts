// The node's end of Cap'n Web (its one home in the node). The gateway can call the five methods of `LinkedNode` and nothing else, and
// what it has not let go of is counted.
import { RpcSession, RpcTarget } from 'capnweb';
import { LinkTransport } from '../../protocol/node/link-transport.ts';
import {
  LINK_READ_AHEAD,
  MAX_LINK_CALLS,
  MAX_LINK_DEPTH,
  MAX_LINK_FRAME_LENGTH,
  type LinkAnswer,
  type LinkedNode,
  type LinkPiece,
} from '../../protocol/node/node-link.ts';
import type { LinkedCalls } from './linked-calls.ts';

const QUESTION = /^\["push",\["pipeline",0,\["(?:call|write|read|cancel|beat)"\],/;
const RELEASE = '["release",';
const HARMLESS = ['["pull",', '["abort",'];
/** How an answer to `read` ends that is not the last of its call. */
const MIDDLE_PIECE = '"done":false}]';
/** Of every call at once: itself, its reads, a part of its body, its end; and beats. */
const MAX_OPEN_QUESTIONS = MAX_LINK_CALLS * (LINK_READ_AHEAD + 3) + 16;

export type LinkSession = {
  /** When anything was last heard, in Unix milliseconds. */
  lastHeardAt: () => number;
  /** Sends what is waiting; nothing more can come or go. */
  end: () => void;
};

/** Serves calls over a socket that is open. `windowMs`: how long pieces of answers wait for each other at most. */
export function openLinkSession(socket: WebSocket, calls: LinkedCalls, windowMs: number): LinkSession {
  let open = 0;
  const transport = new LinkTransport({
    write: (frame) => {
      socket.send(frame);
    },
    close: () => {
      socket.close();
    },
    // What the streams have to say in one turn of the loop goes together.
    defer: setImmediate,
    mayWait: (message) => message.endsWith(MIDDLE_PIECE),
    windowMs,
    later: setTimeout,
    mayReceive: (message) => {
      if (QUESTION.test(message)) return ++open <= MAX_OPEN_QUESTIONS;
      if (message.startsWith(RELEASE)) return open-- > 0;
      return HARMLESS.some((start) => message.startsWith(start));
    },
  });
  socket.addEventListener('message', ({ data }) => {
    transport.take(data);
  });
  const limits = { maxMessageSize: MAX_LINK_FRAME_LENGTH, maxDepth: MAX_LINK_DEPTH };
  new RpcSession(transport, new NodeCapability(calls), { limits, onSendError: hideError });
  return {
    lastHeardAt: () => transport.lastHeardAt,
    end: () => {
      transport.end('the link is closed');
    },
  };
}

/** What can be called is on the prototype, and only that. */
class NodeCapability extends RpcTarget implements LinkedNode {
  readonly #calls: LinkedCalls;

  constructor(calls: LinkedCalls) {
    super();
    this.#calls = calls;
  }

  call(call: unknown): Promise<LinkAnswer> {
    return this.#calls.call(call);
  }

  write(part: unknown): Promise<null> {
    return this.#calls.write(part);
  }

  read(id: unknown): Promise<LinkPiece> {
    return this.#calls.read(id);
  }

  cancel(id: unknown): Promise<null> {
    this.#calls.cancel(id);
    return Promise.resolve(null);
  }

  beat(): Promise<null> {
    return Promise.resolve(null);
  }
}

/** The gateway learns that it failed, and nothing of why. */
function hideError(): Error {
  return new Error('the call failed');
}
