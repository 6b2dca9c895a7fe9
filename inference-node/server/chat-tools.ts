// What a chat request says about tools, as its model needs it: the messages, the prompt's tools, the grammar of the answer, and how calls
// are read out of it.
import type { ChatCompletionRequest } from '../../protocol/inference/chat-completion.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type { GenerationPrompt, GrammarConstraint } from '../engine/engine.ts';
import { TOOL_FORMATS, type ToolFormatName } from '../tool-formats/tool-formats.ts';
import type { ToolUse } from '../tool-formats/tool-use.ts';
import type { CallReader } from './chat-choice.ts';

/** The fields of a chat request that matter here. */
type ToolFields = Pick<
  ChatCompletionRequest,
  'messages' | 'tools' | 'tool_choice' | 'parallel_tool_calls' | 'grammar' | 'response_format'
>;

export type ChatTools = {
  prompt: Extract<GenerationPrompt, { messages: unknown }>;
  /** Null: the tools ask for none. */
  grammar: GrammarConstraint | null;
  /** Null: the answer can have no calls. */
  calls: CallReader | null;
};

/** Throws `invalid_value` for parameters that cannot be enforced, and for two things at once that the answer must be. */
export function readChatTools(request: ToolFields, formatName: ToolFormatName): ChatTools {
  const use = toolUseOf(request);
  const hasCalls = request.messages.some(({ role, tool_calls: calls }) => role === 'tool' || calls !== undefined);
  if (use === null && !hasCalls) return { prompt: { messages: request.messages }, grammar: null, calls: null };
  const format = TOOL_FORMATS[formatName];
  const messages = format.prepare(request.messages, use);
  if (use === null) return { prompt: { messages }, grammar: null, calls: null };
  refuseOtherForms(request);
  const prompt = format.isRenderedByTemplate ? { messages, tools: use.tools } : { messages };
  const names = use.tools.map((tool) => tool.function.name);
  return { prompt, grammar: format.constrain(use), calls: { format, names } };
}

/** Null: the model is to call none, and is told of none. */
function toolUseOf({
  tools = [],
  tool_choice: choice = 'auto',
  parallel_tool_calls: isParallel = true,
}: ToolFields): ToolUse | null {
  if (tools.length === 0 || choice === 'none') return null;
  return { tools, choice: typeof choice === 'object' ? { name: choice.function.name } : choice, isParallel };
}

function refuseOtherForms({ grammar, response_format: format }: ToolFields): void {
  const other =
    grammar !== undefined ? 'grammar' : format !== undefined && format.type !== 'text' ? 'response_format' : null;
  if (other === null) return;
  throw new ApiError('invalid_value', {
    message: `'${other}' cannot be used together with tools that the model may call. Send "tool_choice": "none" with it.`,
    param: other,
  });
}
