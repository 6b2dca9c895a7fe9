// Prompts of an exact number of tokens that have nothing in common, so that no engine can reuse another one's prefix.
import { getLlama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const MAX_WORD_LETTERS = 9;

export type PromptMaker = AsyncDisposable & { make: () => string };

/** Loads the model's vocabulary only. `tokens`: with the begin token, where the model has one. */
export async function promptMaker(modelPath: string, tokens: number): Promise<PromptMaker> {
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath, vocabOnly: true });
  const wanted = tokens - (model.tokens.shouldPrependBosToken ? 1 : 0);
  return {
    make: () => makePrompt(model, wanted),
    [Symbol.asyncDispose]: () => llama.dispose(),
  };
}

/** Words until it is long enough, then letters off the end until it is exactly so; now and then that takes a second try. */
function makePrompt(model: LlamaModel, wanted: number): string {
  for (;;) {
    let text = randomWord();
    while (model.tokenize(text).length < wanted) text += ` ${randomWord()}`;
    while (model.tokenize(text).length > wanted) text = text.slice(0, -1);
    if (model.tokenize(text).length === wanted && !text.endsWith(' ')) return text;
  }
}

function randomWord(): string {
  const length = 1 + Math.floor(Math.random() * MAX_WORD_LETTERS);
  return Array.from({ length }, () => LETTERS.charAt(Math.floor(Math.random() * LETTERS.length))).join('');
}
