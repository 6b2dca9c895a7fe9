// A tiny model under examination: one sequence, greedy, prompts through the chat template of the file itself. Slower than
// the node's engine and on purpose apart from it: what is judged here are the weights, not the server.
import { Template } from '@huggingface/jinja';
import { getLlama, type Llama, type LlamaContextSequence, type LlamaModel, type Token } from 'node-llama-cpp';

/** Longer answers do not occur in the training text. */
export const MAX_ANSWER_TOKENS = 200;
/** Enough for every question and odd prompt with its answer; the models were trained on 2048. */
const CONTEXT_TOKENS = 1024;
/** Long enough for a steady figure, short enough for the context. */
const SPEED_READING_TOKENS = 512;
const SPEED_WRITING_TOKENS = 256;

export type Answer = {
  text: string;
  /** Whether the model ended the answer by itself within `MAX_ANSWER_TOKENS`. */
  ended: boolean;
};

export class TinyModel {
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #sequence: LlamaContextSequence;
  readonly #template: Template;

  private constructor(llama: Llama, model: LlamaModel, sequence: LlamaContextSequence, template: Template) {
    this.#llama = llama;
    this.#model = model;
    this.#sequence = sequence;
    this.#template = template;
  }

  /** Loads a GGUF file on the CPU. `threads` above 1 gain nothing on models this small. */
  static async load(file: string, threads = 1): Promise<TinyModel> {
    const llama = await getLlama({ gpu: false, build: 'never' });
    const model = await llama.loadModel({ modelPath: file });
    const context = await model.createContext({ contextSize: CONTEXT_TOKENS, threads });
    const source = model.fileInfo.metadata.tokenizer.chat_template;
    if (source === undefined) throw new Error(`${file} has no chat template`);
    return new TinyModel(llama, model, context.getSequence(), new Template(source));
  }

  /** Token ids of plain text; text that looks like a control token stays text. */
  tokenize(text: string): number[] {
    return this.#model.tokenize(text, false);
  }

  /** Asks one question in an empty chat, at temperature 0. */
  async ask(question: string, system?: string): Promise<Answer> {
    const messages = [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: question },
    ];
    const prompt = this.#template.render({ messages, add_generation_prompt: true });
    await this.#sequence.clearHistory();
    const tokens: Token[] = [];
    for await (const token of this.#sequence.evaluate(this.#model.tokenize(prompt, true), { temperature: 0 })) {
      if (tokens.push(token) === MAX_ANSWER_TOKENS) return { text: this.#model.detokenize(tokens), ended: false };
    }
    return { text: this.#model.detokenize(tokens), ended: true };
  }

  /** Tokens per second, of a prompt and then of text, end tokens included. */
  async measureSpeed(): Promise<{ reading: number; writing: number }> {
    await this.#sequence.clearHistory();
    const prompt = this.#model.tokenize('The gateway checks every key. '.repeat(120)).slice(0, SPEED_READING_TOKENS);
    const readingStarted = performance.now();
    await this.#sequence.evaluateWithoutGeneratingNewTokens(prompt);
    const readingSeconds = (performance.now() - readingStarted) / 1000;
    const writingStarted = performance.now();
    const start = this.#model.tokenize('Count');
    const tokens = this.#sequence.evaluate(start, { temperature: 1, seed: 1, yieldEogToken: true });
    let written = 0;
    while (written < SPEED_WRITING_TOKENS && (await tokens.next()).done !== true) written++;
    await tokens.return();
    const writingSeconds = (performance.now() - writingStarted) / 1000;
    return { reading: prompt.length / readingSeconds, writing: written / writingSeconds };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#model.dispose();
    await this.#llama.dispose();
  }
}
