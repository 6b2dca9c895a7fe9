// The gateway's own small questions to a node (status, journal): a signed call whose whole answer, not only its headers, is
// bounded in time and size and parsed by a schema.
import type { z } from 'zod';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { callNode, type NodeCall } from './call-node.ts';
import { readBoundedText } from './read-bounded.ts';

/** 256 models or records of a few hundred bytes each, with room. */
const MAX_ANSWER_BYTES = 262_144;

type Question = Pick<NodeCall, 'method' | 'path' | 'body' | 'bootId'> & {
  /** Milliseconds until the whole answer must be there. */
  timeoutMs: number;
};

/** The node's parsed answer. Throws `node_error` for any other answer, `node_offline` or `node_timeout` for none. */
export async function askNode<Schema extends z.ZodType>(
  gateway: Pick<GatewayCall, 'env' | 'config' | 'requestId'>,
  question: Question,
  schema: Schema,
): Promise<z.output<Schema>> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort();
  }, question.timeoutMs);
  try {
    const response = await callNode(gateway, { ...question, accept: 'application/json', signal: deadline.signal });
    const text = await readBoundedText(response, MAX_ANSWER_BYTES);
    const { pathname } = new URL(question.path, 'http://node');
    if (response.status !== 200) throw unusable(`the node answered ${pathname} with ${response.status}`);
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success) throw unusable(`the node's answer to ${pathname} is not in the form of the protocol`);
    return parsed.data;
  } catch (error) {
    // The deadline's signal is the only one here, so an "ended" call is a late one.
    if (deadline.signal.aborted)
      throw new ApiError('node_timeout', { reason: `no answer within ${question.timeoutMs} ms` });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unusable(reason: string): ApiError {
  return new ApiError('node_error', { reason });
}
