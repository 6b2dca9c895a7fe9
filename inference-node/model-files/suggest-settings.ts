// Settings of a model for this machine: the longest context, and then the most calls at once, that leave it room to breathe.
import { stringify } from 'smol-toml';
import { deriveModelId } from '../config/model-source.ts';

export type SettingsSuggestion = {
  contextSize: number;
  sequences: number;
  /** Lines for the models file. */
  toml: string;
};

/** As many calls at once as a household makes, then fewer. */
const SEQUENCES = [4, 2, 1] as const;
/** Longer contexts cost memory that few chats use: whoever wants one sets it. */
const LONGEST_CONTEXT = 32_768;
/** Below this a chat hardly begins. */
const SHORTEST_CONTEXT = 512;
/** An answer's worth of chat: fewer calls at once are better than a context below this. */
const COMFORTABLE_CONTEXT = 4096;

export type SuggestionQuestion = {
  path: string;
  trainContext: number | null;
  fits: (contextSize: number, sequences: number) => Promise<boolean>;
};

/** Null when no setting fits. */
export async function suggestSettings({
  path,
  trainContext,
  fits,
}: SuggestionQuestion): Promise<SettingsSuggestion | null> {
  for (const [contextSize, sequences] of candidates(trainContext ?? COMFORTABLE_CONTEXT)) {
    if (await fits(contextSize, sequences))
      return { contextSize, sequences, toml: tomlOf(path, contextSize, sequences) };
  }
  return null;
}

function candidates(trainContext: number): [contextSize: number, sequences: number][] {
  const longest = Math.min(trainContext, LONGEST_CONTEXT);
  const contexts = [longest];
  for (let context = LONGEST_CONTEXT / 2; context >= SHORTEST_CONTEXT; context /= 2)
    if (context < longest) contexts.push(context);
  const comfortable = contexts.filter((context) => context >= Math.min(COMFORTABLE_CONTEXT, longest));
  const shorter = contexts.filter((context) => !comfortable.includes(context));
  return [
    ...SEQUENCES.flatMap((sequences) => comfortable.map((context): [number, number] => [context, sequences])),
    ...shorter.flatMap((context) => SEQUENCES.map((sequences): [number, number] => [context, sequences])),
  ];
}

function tomlOf(path: string, contextSize: number, sequences: number): string {
  const settings = { id: deriveModelId(path), path, context_size: contextSize, sequences };
  return `[[models]]\n${stringify(settings).trimEnd()}\n`;
}
