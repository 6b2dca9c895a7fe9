// What a model can be asked that is no generation: tokens of a text and back, and vectors. Answered one at a time, in the
// pauses of the generations.
import type { KeyPriority } from '../../protocol/admin/key-priority.ts';
import type { ChatMessage } from '../../protocol/inference/chat-completion.ts';
import type { Tool } from '../../protocol/inference/tools.ts';

/** Who asks, and which model. */
export type Asker = { account: string; priority: KeyPriority; model: string };

/** A text; or a chat in the model's own template, as a generation would read it. */
export type TextToTokenize =
  | { text: string; addBeginning: boolean; readControl: boolean }
  | { messages: readonly ChatMessage[]; tools: readonly Tool[] | null };

/** The kinds of questions, each with its answer. */
type Questions = {
  tokenize: {
    asks: { source: TextToTokenize; withPieces: boolean };
    /** `pieces`: the texts of the tokens, one each; null unless asked for. */
    answer: { tokens: readonly number[]; pieces: readonly string[] | null };
  };
  detokenize: { asks: { tokens: readonly number[] }; answer: { text: string } };
  /** What `embed` takes, checked to fit; `count`: with the tokens that the model puts around them. */
  embedding_tokens: {
    asks: { input: string | readonly number[]; dimensions: number | null };
    answer: { tokens: readonly number[]; count: number };
  };
  /** A vector of length 1, with so many numbers; null: with all of the model's. */
  embed: { asks: { tokens: readonly number[]; dimensions: number | null }; answer: { vector: Float32Array } };
};

export type QuestionType = keyof Questions;
export type ModelQuestion = { [Type in QuestionType]: { type: Type } & Questions[Type]['asks'] }[QuestionType];
export type QuestionOf<Type extends QuestionType> = Extract<ModelQuestion, { type: Type }>;
export type AnswerTo<Type extends QuestionType> = Questions[Type]['answer'];
export type ModelAnswer = AnswerTo<QuestionType>;
