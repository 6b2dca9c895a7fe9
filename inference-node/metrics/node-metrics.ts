// What Prometheus reads from the node (`GET /metrics`). Names follow the standard ones: OpenTelemetry's for a generating
// server (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/), vLLM's running and waiting pair. Labels are
// model ids, routes and outcomes from closed sets: never an account, a key or a text.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { NodeModel } from '../../protocol/node/node-api.ts';
import type { ModelStats } from '../engine/engine.ts';

/** OpenTelemetry's advice for time to first token and per output token, in seconds. */
const FIRST_TOKEN_BUCKETS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const OUTPUT_TOKEN_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
];
const DURATION_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const QUEUE_BUCKETS = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What the gauges read at the moment of a scrape. */
export type NodeGauges = {
  models: () => readonly NodeModel[];
  modelStats: () => readonly ModelStats[];
  engineRestarts: () => number;
  openCalls: () => number;
  ready: () => boolean;
  journalRecords: () => number;
  journalDropped: () => number;
};

export type NodeMetrics = ReturnType<typeof createNodeMetrics>;

/** Makes the node's metrics, in a registry of their own. */
export function createNodeMetrics(gauges: NodeGauges) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addGauges(registry, gauges);
  addStepCounters(registry, gauges);
  return { registry, ...requestMetrics(registry), ...generationMetrics(registry) };
}

function requestMetrics(registry: Registry) {
  const registers = [registry];
  return {
    requestDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From the first header to the last byte of the answer.',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: DURATION_BUCKETS,
      registers,
    }),
    refusedCalls: new Counter({
      name: 'hearthkey_refused_calls_total',
      help: 'Calls that were not signed as they must be, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
  };
}

function generationMetrics(registry: Registry) {
  const registers = [registry];
  const labelNames = ['model'] as const;
  return {
    timeToFirstToken: new Histogram({
      name: 'gen_ai_server_time_to_first_token_seconds',
      help: 'From acceptance to the first token.',
      labelNames,
      buckets: FIRST_TOKEN_BUCKETS,
      registers,
    }),
    timePerOutputToken: new Histogram({
      name: 'gen_ai_server_time_per_output_token_seconds',
      help: 'Mean time per token after the first, of one call.',
      labelNames,
      buckets: OUTPUT_TOKEN_BUCKETS,
      registers,
    }),
    queueTime: new Histogram({
      name: 'hearthkey_request_queue_time_seconds',
      help: 'From acceptance to the first decode.',
      labelNames,
      buckets: QUEUE_BUCKETS,
      registers,
    }),
    promptTokens: new Counter({ name: 'hearthkey_prompt_tokens_total', help: 'Prompt tokens.', labelNames, registers }),
    cachedTokens: new Counter({
      name: 'hearthkey_cached_prompt_tokens_total',
      help: 'Prompt tokens that were taken from a cached prefix.',
      labelNames,
      registers,
    }),
    completionTokens: new Counter({
      name: 'hearthkey_completion_tokens_total',
      help: 'Generated tokens.',
      labelNames,
      registers,
    }),
    calls: new Counter({
      name: 'hearthkey_calls_total',
      help: 'Accepted calls that ended, by outcome.',
      labelNames: ['model', 'outcome'] as const,
      registers,
    }),
  };
}

function addGauges(registry: Registry, gauges: NodeGauges): void {
  const registers = [registry];
  const perModel = (name: string, help: string, read: (model: NodeModel) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['model'] as const,
      registers,
      collect() {
        this.reset();
        for (const model of gauges.models()) this.set({ model: model.id }, read(model));
      },
    });
  const single = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  new Counter({
    name: 'hearthkey_engine_restarts_total',
    help: 'How often the engine process died and was started again.',
    registers,
    collect() {
      this.reset();
      this.inc(gauges.engineRestarts());
    },
  });
  perModel('hearthkey_model_loaded', '1 when the model is in memory.', ({ state = 'loaded' }) =>
    Number(state === 'loaded'),
  );
  perModel('hearthkey_num_requests_running', 'Calls that are being answered.', (model) => model.running);
  perModel('hearthkey_num_requests_waiting', 'Calls that wait for a free sequence.', (model) => model.waiting);
  single('hearthkey_ready', '1 when the models are in memory and the node is not draining.', () =>
    Number(gauges.ready()),
  );
  single('hearthkey_open_calls', 'Calls from their acceptance by the server to their last byte.', gauges.openCalls);
  single('hearthkey_journal_records', 'Call records that wait to be acknowledged.', gauges.journalRecords);
  single(
    'hearthkey_journal_dropped_records',
    'Call records lost to age or size since the start.',
    gauges.journalDropped,
  );
}

/** Counted by the engine's process: they begin again at 0 when it was restarted, as a counter may. */
function addStepCounters(registry: Registry, { modelStats }: NodeGauges): void {
  const registers = [registry];
  new Counter({
    name: 'hearthkey_engine_steps_total',
    help: 'Decode steps, by the number of calls that each advanced at once.',
    labelNames: ['model', 'calls'] as const,
    registers,
    collect() {
      this.reset();
      for (const { model, stepsByCalls } of modelStats()) {
        for (const [calls, steps] of stepsByCalls.entries()) if (steps > 0) this.inc({ model, calls }, steps);
      }
    },
  });
  const perModel = (name: string, help: string, read: (stats: ModelStats) => number) =>
    new Counter({
      name,
      help,
      labelNames: ['model'] as const,
      registers,
      collect() {
        this.reset();
        for (const stats of modelStats()) this.inc({ model: stats.model }, read(stats));
      },
    });
  perModel(
    'hearthkey_engine_prefill_tokens_total',
    'Prompt tokens that were computed, those of calls that did not end included.',
    ({ prefillTokens }) => prefillTokens,
  );
  perModel(
    'hearthkey_engine_restored_tokens_total',
    'Prompt tokens that came back from the prefix store.',
    ({ restoredTokens }) => restoredTokens,
  );
}
