// The gateway's end of Cap'n Web (its one home in the worker). The gateway offers nothing that could be called, and takes nothing that
// it has not asked for: a node can send one answer for each question and not a byte more.
import { RpcSession, type RpcTarget } from 'capnweb';
import { LinkTransport } from '../../../protocol/node/link-transport.ts';
import {
  LINK_CLOSE,
  LINK_WINDOW_MS,
  MAX_LINK_DEPTH,
  MAX_LINK_FRAME_LENGTH,
  type LinkedNode,
} from '../../../protocol/node/node-link.ts';

/** A peer that says that the session is over. */
const ABORT = '["abort",';
const ANSWERS = ['["resolve",', '["reject",'];
/** Asks for the result of one call. */
const QUESTION = '["pull",';
/** Hidden by reading ahead, or nobody waits for it. The wish for an answer goes with what it answers. */
const UNHURRIED = ['["push",["pipeline",0,["read"],', QUESTION, '["release",'];

export type LinkSession = {
  /** Its answers are as they came: to be parsed. */
  node: LinkedNode;
  /** When anything was last heard, in Unix milliseconds. */
  lastHeardAt: () => number;
  /** Ends all that is under way on it. */
  close: (code: number, reason: string) => void;
};

/** Opens a session over a socket that was accepted. `onEnd` is told once, when it is over for whatever reason. */
export function openLinkSession(socket: WebSocket, onEnd: () => void): LinkSession {
  let asked = 0;
  const transport = new LinkTransport({
    write: (frame) => {
      socket.send(frame);
    },
    close: () => {
      closeSocket(socket, LINK_CLOSE.broken, 'not of this protocol');
    },
    // A question and the wish for its answer are two messages, a microtask apart: they go in one frame.
    defer: (flush) => {
      queueMicrotask(() => {
        queueMicrotask(flush);
      });
    },
    mayWait: (message) => UNHURRIED.some((start) => message.startsWith(start)),
    windowMs: LINK_WINDOW_MS,
    later: setTimeout,
    mayReceive: (message) => {
      if (message.startsWith(ABORT)) return true;
      return ANSWERS.some((answer) => message.startsWith(answer)) && asked-- > 0;
    },
    noteSent: (message) => {
      if (message.startsWith(QUESTION)) asked++;
    },
  });
  socket.addEventListener('message', ({ data }) => {
    transport.take(data);
  });
  for (const type of ['close', 'error'] as const) {
    socket.addEventListener(type, () => {
      transport.fail('the socket is closed');
    });
  }
  const limits = { maxMessageSize: MAX_LINK_FRAME_LENGTH, maxDepth: MAX_LINK_DEPTH };
  const session = new RpcSession<LinkedNode & RpcTarget>(transport, undefined, { limits });
  const stub = session.getRemoteMain();
  stub.onRpcBroken(onEnd);
  return {
    node: stub,
    lastHeardAt: () => transport.lastHeardAt,
    close: (code, reason) => {
      closeSocket(socket, code, reason);
      transport.fail(reason);
    },
  };
}

function closeSocket(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // It is closed already.
  }
}
