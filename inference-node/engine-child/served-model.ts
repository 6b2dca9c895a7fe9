// One model that answers: from a request to a call of its scheduler, with every check that needs the model.
import { randomInt } from 'node:crypto';
import { chatFormatOf } from './chat-format.ts';
import { CompletionText } from './completion-text.ts';
import type { DecodeTurn } from './decode-turn.ts';
import { ModelScheduler, type ModelSchedulerOptions } from './model-scheduler.ts';
import type { Outbox } from './outbox.ts';
import { SchedulerStats } from './scheduler-stats.ts';
import { SharedPrompts } from './shared-prompts.ts';
import type { Detokenize } from './token-text.ts';
import { TriggerWatch } from './trigger-watch.ts';
import { PromptTokenizer } from './prompt-tokens.ts';
import { QuestionDesk } from './question-desk.ts';
import { ApiError } from '../../protocol/errors/api-error.ts';
import { TOOL_FORMATS } from '../tool-formats/tool-formats.ts';
import type { LoadedModelFacts } from '../engine/engine-messages.ts';
import { describeModel } from '../engine/describe-model.ts';
import type { ModelOptions } from '../engine/engine-options.ts';
import type { GenerationRequest, ModelStats, ModelTraits } from '../engine/engine.ts';
import type { Asker, ModelQuestion } from '../engine/model-questions.ts';
import type { BatchContext } from '../llama-cpp/batch-context.ts';
import type { EmbeddingContext } from '../llama-cpp/embedding-context.ts';
import type { LoadedModel, Token } from '../llama-cpp/loaded-model.ts';

/** Calls in wait, when the options say nothing. */
const DEFAULT_MAX_WAITING = 64;
/** Random seeds are drawn below this. */
const SEED_RANGE = 2 ** 32 - 1;
/** What a model does that writes no text. */
const NO_WRITING = { running: 0, waiting: 0, restoredTokens: 0, tokenMs: null };

export type ServedModelParts = {
  options: ModelOptions;
  model: LoadedModel;
  /** Null: it writes no text. */
  context: BatchContext | null;
  openEmbeddings: () => Promise<EmbeddingContext>;
  traits: Omit<ModelTraits, 'toolFormat'>;
  idlePrefixes: ModelSchedulerOptions['idlePrefixes'];
  turn: DecodeTurn;
  outbox: Outbox;
  onFailure: (error: unknown) => void;
};

export class ServedModel {
  readonly facts: LoadedModelFacts;
  readonly #model: LoadedModel;
  readonly #context: BatchContext | null;
  /** Null: it writes no text. */
  readonly #scheduler: ModelScheduler | null;
  readonly #desk: QuestionDesk;
  readonly #tokenizer: PromptTokenizer;
  readonly #sharedPrompts: SharedPrompts;
  /** The tokens that stand around calls of tools, where the model has such. */
  readonly #callTokens: ReadonlySet<Token>;

  constructor({
    options,
    model,
    context,
    openEmbeddings,
    traits,
    idlePrefixes,
    turn,
    outbox,
    onFailure,
  }: ServedModelParts) {
    this.#model = model;
    this.#context = context;
    const chatFormat = chatFormatOf(model);
    const { toolFormat } = chatFormat;
    this.#tokenizer = new PromptTokenizer(model, chatFormat);
    this.#sharedPrompts = new SharedPrompts(options.sharedPrompts ?? [], this.#tokenizer);
    const { embeddingDimensions = [] } = options;
    this.#desk = new QuestionDesk({
      model,
      tokenizer: this.#tokenizer,
      embeddingDimensions,
      openEmbeddings,
      turn,
      outbox,
      onFailure,
    });
    this.#callTokens = new Set(TOOL_FORMATS[toolFormat].syntax.markers.flatMap((marker) => onlyToken(model, marker)));
    const { architecture, contextLength, sizeBytes } = model;
    this.facts = describeModel(options, { architecture, contextLength, sizeBytes, toolFormat, ...traits });
    this.#scheduler =
      context === null
        ? null
        : new ModelScheduler({
            modelId: options.id,
            context,
            sequences: this.facts.sequences,
            maxWaiting: options.maxWaiting ?? DEFAULT_MAX_WAITING,
            prefillSlowdown: options.prefillSlowdown,
            idlePrefixes,
            turn,
            outbox,
            isEnd: (token) => model.isEnd(token),
            textOf: (token) => model.detokenize([token], [token]),
            tokenize: (text) => model.tokenize(text, 'continued'),
            onFailure,
          });
  }

  /** Takes a request in and returns its prompt's length in tokens. Throws an `ApiError` when it cannot be answered. */
  submit(id: number, request: GenerationRequest): number {
    if (this.#scheduler === null) throw writesNothing(request);
    this.#scheduler.ensureRoom(request.account);
    const { logitBias } = request.sampling;
    if (logitBias.some(({ token }) => token >= this.#model.vocabularySize)) throw noSuchToken(this.#model);
    const { tokens, complete, stops } = this.#tokenizer.tokenize(request.prompt);
    if (tokens.length === 0) throw emptyPrompt(request);
    const room = this.facts.contextLength - tokens.length;
    if (room < 1 || !complete) {
      throw tooLong(request, complete ? `${tokens.length}` : `at least ${tokens.length}`, this.facts.contextLength);
    }
    const { grammar } = request;
    const detokenize = this.#detokenizerFor(request);
    this.#scheduler.submit({
      id,
      account: request.account,
      priority: request.priority,
      prompt: tokens,
      sharedTokens: this.#sharedPrompts.lengthIn(tokens),
      maxTokens: Math.min(request.maxTokens ?? this.facts.defaultMaxTokens, room),
      sampling: {
        ...request.sampling,
        seed: request.sampling.seed ?? randomInt(SEED_RANGE),
        topLogProbabilities: request.topLogProbabilities,
        grammar: grammar === null ? null : { gbnf: grammar.gbnf, fromStart: grammar.triggers.length === 0 },
      },
      text: new CompletionText(detokenize, [...request.stop, ...stops]),
      trigger: grammar === null || grammar.triggers.length === 0 ? null : new TriggerWatch(grammar, detokenize),
    });
    return tokens.length;
  }

  /** Takes the memory for vectors now. Throws where there is none. */
  async openEmbeddings(): Promise<void> {
    await this.#desk.openEmbeddings();
  }

  /** Takes a question in that is no generation; its answer is an event. Throws `queue_full`. */
  ask(id: number, asker: Asker, question: ModelQuestion): void {
    this.#desk.submit(id, asker, question);
  }

  /** Some models write their calls of tools with control tokens, which else have no text. */
  #detokenizerFor({ prompt }: GenerationRequest): Detokenize {
    const hasTools = 'messages' in prompt && (prompt.tools ?? null) !== null;
    const isMarker = (token: Token): boolean => hasTools && this.#callTokens.has(token);
    return (pending, previous) =>
      this.#model.detokenize(pending, previous, pending.some(isMarker) ? 'special' : 'plain');
  }

  cancel(id: number): void {
    this.#scheduler?.cancel(id);
    this.#desk.cancel(id);
  }

  stats(): ModelStats {
    return this.#scheduler?.stats() ?? new SchedulerStats(this.facts.id, 0).snapshot(NO_WRITING);
  }

  /** Ends every call, waits for the decode that runs, and frees the memory. */
  async close(): Promise<void> {
    await Promise.all([this.#scheduler?.close(), this.#desk.close()]);
    await this.#context?.dispose();
    await this.#model.dispose();
  }
}

function writesNothing({ model }: GenerationRequest): ApiError {
  return new ApiError('invalid_value', {
    message: `The model '${model}' makes vectors and writes no text. Send it to /v1/embeddings, or take another model.`,
    param: 'model',
  });
}

function tooLong(request: GenerationRequest, tokens: string, contextLength: number): ApiError {
  const isChat = 'messages' in request.prompt;
  const what = isChat ? 'your messages' : 'your prompt';
  return new ApiError('context_length_exceeded', {
    message:
      `This model's maximum context length is ${contextLength} tokens. However, ${what} resulted in ${tokens} tokens, ` +
      `which leaves no room for an answer. Please reduce the length of ${isChat ? 'the messages' : 'the prompt'}.`,
    param: isChat ? 'messages' : 'prompt',
  });
}

function emptyPrompt(request: GenerationRequest): ApiError {
  const param = 'messages' in request.prompt ? 'messages' : 'prompt';
  return new ApiError('invalid_value', { message: `'${param}' has no text for the model to go on from.`, param });
}

function noSuchToken({ vocabularySize }: LoadedModel): ApiError {
  return new ApiError('invalid_value', {
    message: `'logit_bias' names a token that this model does not have: it has ${vocabularySize}, counted from 0.`,
    param: 'logit_bias',
  });
}

/** None where the text is several. */
function onlyToken(model: LoadedModel, text: string): Token[] {
  const tokens = model.tokenize(text, 'special');
  return tokens.length === 1 ? tokens : [];
}
