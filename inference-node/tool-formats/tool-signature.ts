// What a model is told of a tool: always all three members, for templates look for them without asking.
import type { Tool } from '../../protocol/inference/tools.ts';

export type ToolSignature = {
  type: 'function';
  function: { name: string; description: string; parameters: Record<string, unknown> };
};

/** `strict` is the client's business with the node, and was in no model's training. */
export function toolSignature({ type, function: { name, description = '', parameters = {} } }: Tool): ToolSignature {
  return { type, function: { name, description, parameters: { type: 'object', properties: {}, ...parameters } } };
}
