// Guarantee: whatever a model writes where its tools may be called, in whatever tokens, its answer goes on: as text, or under the
// grammar of the calls. None fails because a token ends beyond the beginning of a call.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGrammar } from '../../../inference-node/engine-child/start-grammar.ts';
import { TriggerWatch } from '../../../inference-node/engine-child/trigger-watch.ts';
import { LoadedModel, type Token } from '../../../inference-node/llama-cpp/loaded-model.ts';
import { loadLlama } from '../../../inference-node/llama-cpp/load-llama.ts';
import type { BatchContext } from '../../../inference-node/llama-cpp/batch-context.ts';
import { TOOL_FORMATS, type ToolFormatName } from '../../../inference-node/tool-formats/tool-formats.ts';
import type { Tool } from '../../../protocol/inference/tools.ts';
import { GREEDY } from '../llama-cpp/greedy.ts';
import { freeTextOf, answersOf, NAMES } from '../tool-formats/answer-arbitrary.ts';

const FORMATS = Object.keys(TOOL_FORMATS) as ToolFormatName[];
const TOOLS = NAMES.map((name): Tool => ({
  type: 'function',
  function: { name, parameters: { type: 'object' }, description: undefined, strict: undefined },
}));

let llama: Awaited<ReturnType<typeof loadLlama>>;
let model: LoadedModel;
let context: BatchContext;
beforeAll(async () => {
  // It says on standard error what a grammar does not allow.
  llama = await loadLlama(false, () => undefined);
  const settings = { sequences: 1, threads: 1, kvCacheType: 'f16', flashAttention: 'auto' } as const;
  model = await LoadedModel.load(llama, {
    ...{ path: 'models/tiny-llama.gguf', contextSize: 64, sequences: 1, gpuLayers: null, chatTemplate: null },
    onProgress: () => undefined,
  });
  context = await model.createContext(settings);
});
afterAll(() => llama.dispose());

/** What becomes of an answer in these tokens; the texts of the tokens are made up. */
function outcomeOf(format: ToolFormatName, pieces: readonly string[]): string {
  const constraint = TOOL_FORMATS[format].constrain({ tools: TOOLS, choice: 'auto', isParallel: true });
  const grammar = { gbnf: constraint.gbnf, fromStart: false };
  const sampler = context.createSampler(
    { ...GREEDY, topLogProbabilities: null, grammar },
    { prompt: [], maxTokens: pieces.length },
  );
  const trigger = new TriggerWatch(constraint, (tokens) => tokens.map((token) => pieces[token] ?? '').join(''));
  const call = { request: { trigger }, place: { sampler }, answer: [] } as unknown as Parameters<
    typeof startGrammar
  >[0];
  try {
    for (const index of pieces.keys()) {
      const fit = startGrammar(call, index as Token, (text) => model.tokenize(text, 'continued'));
      if (fit !== 'fits') return fit;
    }
    return 'text or calls';
  } finally {
    sampler.dispose();
  }
}

/** Cut at these places. */
function cut(text: string, places: readonly number[]): string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((from, index) => text.slice(from, ends[index]));
}

describe.each(FORMATS)('%s', (format) => {
  const places = fc.array(fc.nat(), { maxLength: 8 });

  test('whatever follows the beginning of a call', () => {
    const { triggers } = TOOL_FORMATS[format].constrain({ tools: TOOLS, choice: 'auto', isParallel: true });
    const after = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('}', ' ,', '\n\n', '{"name"'),
    );
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.constantFrom(...triggers), after, places, (trigger, text, cuts) => {
        const outcome = outcomeOf(format, cut(`${trigger}${text}`, cuts));
        seen.add(outcome);
        expect(outcome).not.toBe('failed');
      }),
      { numRuns: 300 },
    );
    // Both ways were gone.
    expect([...seen].toSorted()).toEqual(['again', 'text or calls']);
  });

  test('texts and calls, in tokens that end anywhere', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          answersOf(format).map(({ written }) => written),
          freeTextOf(format),
        ),
        places,
        (text, cuts) => {
          expect(outcomeOf(format, cut(text, cuts))).not.toBe('failed');
        },
      ),
      { numRuns: 200 },
    );
  });
});
