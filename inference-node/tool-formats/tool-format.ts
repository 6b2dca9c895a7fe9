// How a family of models is told of tools and calls them. Which one a model has is read off its chat template.
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { GrammarConstraint } from '../engine/engine.ts';
import type { CallSyntax } from './call-syntax.ts';
import type { ToolUse } from './tool-use.ts';

export interface ToolFormat {
  readonly syntax: CallSyntax;
  /** Whether the model's own template renders the tools, the calls and what they gave. */
  readonly isRenderedByTemplate: boolean;
  /** What an answer with these tools must be. Throws an `ApiError` for parameters that cannot be enforced. */
  constrain(use: ToolUse): GrammarConstraint;
  /** The messages as the template takes them; with the tools, where the template knows none. */
  prepare(messages: readonly ChatMessage[], use: ToolUse | null): readonly ChatMessage[];
  /** A fresh id of a call. */
  mintId(): string;
}
