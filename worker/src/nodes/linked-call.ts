// One call over the link: its request as plain values, its body in parts, its answer as a Response whose body is read over the link.
import {
  LINK_ANSWER_HEADERS,
  linkAnswerSchema,
  linkPieceSchema,
  MAX_LINK_PART_BYTES,
  type LinkCall,
  type LinkedNode,
  type LinkPiece,
} from '../../../protocol/node/node-link.ts';
import { linkedBody } from './linked-body.ts';

export type LinkedCallOptions = {
  node: LinkedNode;
  /** Of its own on this link. */
  id: number;
  request: Request;
  /** The request's whole body; null: none. */
  body: Uint8Array | null;
  /** The call is over: whole, cancelled or failed. May be told again. */
  onEnd: () => void;
  /** The node's answer is not of the protocol. */
  onViolation: () => void;
};

/** Resolves to the node's answer. Rejects when there is none, or none that can be used; the call is then cancelled. */
export async function makeLinkedCall(options: LinkedCallOptions): Promise<Response> {
  const { node, id, request, body, onEnd } = options;
  const cancel = (): void => {
    node.cancel(id).catch(() => undefined);
    onEnd();
  };
  request.signal.addEventListener('abort', cancel, { once: true });
  try {
    const answering = node.call(describeCall(id, request, body));
    const [raw] = await Promise.all([answering, body === null ? null : writeRest(node, id, body)]);
    const answer = parseAnswer(linkAnswerSchema.safeParse(raw), options);
    const headers = new Headers();
    for (const name of LINK_ANSWER_HEADERS) {
      const value = answer.headers[name];
      if (value !== undefined) headers.set(name, value);
    }
    const { status, piece } = answer;
    if (piece !== null) {
      onEnd();
      return new Response(piece.bytes, { status, headers });
    }
    const read = async (): Promise<LinkPiece> => parseAnswer(linkPieceSchema.safeParse(await node.read(id)), options);
    return new Response(linkedBody({ read, end: onEnd, cancel }), { status, headers });
  } catch (error) {
    cancel();
    throw error;
  }
}

function describeCall(id: number, request: Request, body: Uint8Array | null): LinkCall {
  const { pathname, search } = new URL(request.url);
  const { headers } = request;
  const contentType = headers.get('content-type');
  return {
    id,
    method: request.method === 'POST' ? 'POST' : 'GET',
    path: pathname + search,
    headers: {
      authorization: headers.get('authorization') ?? '',
      accept: headers.get('accept') ?? '',
      'x-request-id': headers.get('x-request-id') ?? '',
      ...(contentType === null ? {} : { 'content-type': contentType }),
    },
    body: body === null ? null : { length: body.length, part: body.subarray(0, MAX_LINK_PART_BYTES) },
  };
}

/** What the call itself did not hold; a part goes when the one before was taken. Ends early when the node has answered before. */
async function writeRest(node: LinkedNode, id: number, body: Uint8Array): Promise<null> {
  for (let start = MAX_LINK_PART_BYTES; start < body.length; start += MAX_LINK_PART_BYTES) {
    await node.write({ id, part: body.subarray(start, start + MAX_LINK_PART_BYTES) });
  }
  return null;
}

type Parsed<Value> = { success: true; data: Value } | { success: false };

function parseAnswer<Value>(parsed: Parsed<Value>, { onViolation }: LinkedCallOptions): Value {
  if (parsed.success) return parsed.data;
  onViolation();
  throw new Error('the answer is not of the protocol');
}
