// The gateway's own small questions to a node (status, journal): a signed call whose whole answer, not only its headers, is
// bounded in time and size and parsed by a schema.
import type * as z from 'zod';
import { ApiError } from '../../../protocol/errors/api-error.ts';
import { parseJson } from '../../../protocol/parse-json.ts';
import type { GatewayCall } from '../gateway-call.ts';
import { askInTime } from './ask-in-time.ts';
import { callNode, type NodeCall } from './call-node.ts';
import type { NodeTarget } from './node-target.ts';
import { readBoundedText } from './read-bounded.ts';

/** 256 models or records of a few hundred bytes each, with room. */
const MAX_ANSWER_BYTES = 262_144;

type Asker = Pick<GatewayCall, 'env' | 'config' | 'requestId'>;
type Question = Pick<NodeCall, 'method' | 'path' | 'body' | 'bootId'> & {
  /** Milliseconds until the whole answer must be there. */
  timeoutMs: number;
};

/** The node's parsed answer. Throws `node_error` for any other answer, `node_offline` or `node_timeout` for none. */
export function askNode<Schema extends z.ZodType>(
  gateway: Asker,
  target: NodeTarget,
  question: Question,
  schema: Schema,
): Promise<z.output<Schema>> {
  return askInTime(question.timeoutMs, (ender) =>
    ask(gateway, target, { ...question, accept: 'application/json', ender }, schema),
  );
}

async function ask<Schema extends z.ZodType>(
  gateway: Asker,
  target: NodeTarget,
  call: NodeCall,
  schema: Schema,
): Promise<z.output<Schema>> {
  const response = await callNode(gateway, target, call);
  const text = await readBoundedText(response, MAX_ANSWER_BYTES);
  const [path] = call.path.split('?');
  if (response.status !== 200) throw unusable(`the node answered ${String(path)} with ${response.status}`);
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) throw unusable(`the node's answer to ${String(path)} is not in the form of the protocol`);
  return parsed.data;
}

function unusable(reason: string): ApiError {
  return new ApiError('node_error', { reason });
}
