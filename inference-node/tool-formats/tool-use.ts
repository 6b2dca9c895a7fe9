// What a request says about tools, once it is clear that the model may call some.
import type { Tool } from '../../protocol/inference/tools.ts';

export type ToolUse = {
  tools: readonly Tool[];
  /** `required`: some tool must be called; a name: this one. */
  choice: 'auto' | 'required' | { name: string };
  /** Whether one answer may have several calls. */
  isParallel: boolean;
};

/** The tools that may be called. */
export function callableTools({ tools, choice }: ToolUse): readonly Tool[] {
  return typeof choice === 'object' ? tools.filter((tool) => tool.function.name === choice.name) : tools;
}
