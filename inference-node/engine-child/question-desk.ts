// Answers the questions to one model that are no generations: one at a time, by the same rules of turn as generations have.
// Long ones let go of the process in between, so that no stream waits for them; vectors are computed in the decodes' turn.
import { AdmissionQueue } from './admission-queue.ts';
import { describeCallError } from './call-error.ts';
import type { DecodeTurn } from './decode-turn.ts';
import type { Outbox } from './outbox.ts';
import type { PromptTokenizer } from './prompt-tokens.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import type {
  AnswerTo,
  Asker,
  ModelAnswer,
  ModelQuestion,
  QuestionOf,
  TextToTokenize,
} from '../engine/model-questions.ts';
import type { EmbeddingContext } from '../llama-cpp/embedding-context.ts';
import type { LoadedModel, Token } from '../llama-cpp/loaded-model.ts';

const MAX_WAITING = 64;
const RETRY_AFTER_SECONDS = 1;
/** Tokens whose texts are made in one go. */
const PIECES_AT_ONCE = 4096;

type Waiting = { id: number; request: Asker; question: ModelQuestion };

export type QuestionDeskParts = {
  model: LoadedModel;
  tokenizer: PromptTokenizer;
  /** Lengths to which vectors may be cut. */
  embeddingDimensions: readonly number[];
  /** Takes memory; throws `model_unavailable` when there is none for it. */
  openEmbeddings: () => Promise<EmbeddingContext>;
  turn: DecodeTurn;
  outbox: Outbox;
  onFailure: (error: unknown) => void;
};

export class QuestionDesk {
  readonly #parts: QuestionDeskParts;
  readonly #queue = new AdmissionQueue<Waiting>(MAX_WAITING);
  readonly #waiting = new Map<number, Waiting>();
  #embeddings: EmbeddingContext | null = null;
  #loop: Promise<void> | null = null;

  constructor(parts: QuestionDeskParts) {
    this.#parts = parts;
  }

  /** The answer comes as an event. Throws `queue_full` when no question of this account may wait now. */
  submit(id: number, request: Asker, question: ModelQuestion): void {
    if (this.#queue.isFullFor(request.account)) {
      throw new ApiError('queue_full', { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    const waiting = { id, request, question };
    this.#waiting.set(id, waiting);
    this.#queue.push(waiting);
    this.#loop ??= this.#run();
  }

  /** Takes the memory for vectors now. */
  async openEmbeddings(): Promise<void> {
    await this.#openEmbeddings();
  }

  /** One that is being answered is, but told to nobody. */
  cancel(id: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) this.#queue.remove(waiting);
    this.#waiting.delete(id);
  }

  async close(): Promise<void> {
    for (const id of [...this.#waiting.keys()]) this.cancel(id);
    await this.#loop;
    await this.#embeddings?.dispose();
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next !== null; next = this.#queue.shift()) {
      await letGo();
      const { id, question } = next;
      if (!this.#waiting.has(id)) continue;
      try {
        const answer = await this.#answer(question, () => !this.#waiting.has(id));
        if (this.#waiting.has(id)) this.#parts.outbox.add({ type: 'answered', id, answer });
      } catch (error) {
        if (!(error instanceof ApiError)) this.#parts.onFailure(error);
        if (this.#waiting.has(id)) this.#parts.outbox.add({ type: 'failed', id, error: describeCallError(error) });
      }
      this.#waiting.delete(id);
    }
    this.#loop = null;
  }

  #answer(question: ModelQuestion, isCancelled: () => boolean): Promise<ModelAnswer> {
    switch (question.type) {
      case 'tokenize':
        return this.#tokenize(question, isCancelled);
      case 'detokenize':
        return Promise.resolve(this.#detokenize(question));
      case 'embedding_tokens':
        return this.#embeddingTokens(question);
      case 'embed':
        return this.#embed(question);
    }
  }

  async #tokenize(
    { source, withPieces }: QuestionOf<'tokenize'>,
    isCancelled: () => boolean,
  ): Promise<AnswerTo<'tokenize'>> {
    const tokens = 'text' in source ? await this.#readText(source, isCancelled) : this.#readChat(source);
    if (!withPieces) return { tokens, pieces: null };
    const pieces: string[] = [];
    for (let from = 0; from < tokens.length && !isCancelled(); from += PIECES_AT_ONCE) {
      for (const token of tokens.slice(from, from + PIECES_AT_ONCE)) {
        pieces.push(this.#parts.model.detokenize([token], [token], 'special'));
      }
      await letGo();
    }
    return { tokens, pieces };
  }

  async #readText(
    { text, addBeginning, readControl }: Extract<TextToTokenize, { text: string }>,
    isCancelled: () => boolean,
  ): Promise<Token[]> {
    const { model, tokenizer } = this.#parts;
    const tokens: Token[] = addBeginning && model.bos !== null ? [model.bos] : [];
    for (const next of tokenizer.readText(text, readControl)) {
      for (const token of next) tokens.push(token);
      await letGo();
      if (isCancelled()) break;
    }
    return tokens;
  }

  #readChat({ messages, tools }: Extract<TextToTokenize, { messages: unknown }>): readonly Token[] {
    const { tokens, complete } = this.#parts.tokenizer.tokenize({ messages, tools });
    if (complete && tokens.length <= this.#parts.model.contextLength) return tokens;
    throw this.#tooLong('messages', tokens.length);
  }

  #detokenize({ tokens }: QuestionOf<'detokenize'>): AnswerTo<'detokenize'> {
    const known = this.#parts.tokenizer.checkTokens(tokens, 'tokens');
    return { text: this.#parts.model.detokenize(known, [], 'special') };
  }

  async #embeddingTokens({ input, dimensions }: QuestionOf<'embedding_tokens'>): Promise<AnswerTo<'embedding_tokens'>> {
    const { model, tokenizer } = this.#parts;
    const tokens: Token[] = [];
    if (typeof input !== 'string') tokens.push(...tokenizer.checkTokens(input, 'input'));
    else {
      for (const next of tokenizer.readText(input, true)) {
        for (const token of next) tokens.push(token);
        if (tokens.length > model.contextLength) throw this.#tooLong('input', tokens.length);
      }
    }
    const embeddings = await this.#openEmbeddings();
    if (dimensions !== null) checkDimensions(dimensions, embeddings.dimensions, this.#parts.embeddingDimensions);
    const count = embeddings.count(tokens);
    if (count > model.contextLength) throw this.#tooLong('input', count);
    return { tokens, count };
  }

  async #embed({ tokens, dimensions }: QuestionOf<'embed'>): Promise<AnswerTo<'embed'>> {
    const embeddings = await this.#openEmbeddings();
    const known = this.#parts.tokenizer.checkTokens(tokens, 'input');
    return { vector: await this.#parts.turn.run(() => embeddings.compute(known, dimensions ?? embeddings.dimensions)) };
  }

  /** Its memory is taken when it is first wanted. */
  async #openEmbeddings(): Promise<EmbeddingContext> {
    this.#embeddings ??= await this.#parts.openEmbeddings();
    return this.#embeddings;
  }

  #tooLong(param: string, count: number): ApiError {
    return new ApiError('context_length_exceeded', {
      message:
        `This model's maximum context length is ${this.#parts.model.contextLength} tokens. However, '${param}' has an ` +
        `entry of at least ${count} tokens. Please send it in parts.`,
      param,
    });
  }
}

/** A vector that was not trained for it loses its meaning when it is cut. */
function checkDimensions(asked: number, own: number, shorter: readonly number[]): void {
  const known = [own, ...shorter.filter((dimensions) => dimensions < own).toSorted((a, b) => b - a)];
  if (known.includes(asked)) return;
  throw new ApiError('unsupported_parameter', {
    message:
      known.length === 1
        ? `This model's vectors have ${own} dimensions, and are not shortened. Leave 'dimensions' out, or send ${own}.`
        : `This model's vectors can have ${known.join(', ')} dimensions. Send one of these, or leave 'dimensions' out.`,
    param: 'dimensions',
  });
}

/** Lets decodes, and what else waits, have the process. */
function letGo(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
