// The Registry's figures in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
import type { RegistryFigures } from '../../../protocol/objects/registry-administration.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Sample = { labels: Record<string, string>; value: number };

export function renderMetrics(figures: RegistryFigures): string {
  const usage = Object.entries(figures.usageByModel);
  return [
    renderMetric('hearthkey_users', 'gauge', 'Users, disabled ones included.', [one(figures.users)]),
    renderMetric('hearthkey_users_disabled', 'gauge', 'Users that are disabled.', [one(figures.disabledUsers)]),
    renderMetric(
      'hearthkey_keys',
      'gauge',
      'API keys by status.',
      Object.entries(figures.keysByStatus).map(([status, value]) => ({ labels: { status }, value })),
    ),
    renderMetric('hearthkey_keys_rotation_due', 'gauge', 'API keys that are due for rotation.', [
      one(figures.keysDueForRotation),
    ]),
    renderMetric(
      'hearthkey_calls_total',
      'counter',
      'Calls that were admitted, failed ones included, by model.',
      usage.map(([model, { calls }]) => ({ labels: { model }, value: calls })),
    ),
    renderMetric(
      'hearthkey_tokens_total',
      'counter',
      'Tokens by model and kind; the cached ones are among those of prompts.',
      usage.flatMap(([model, { promptTokens, cachedTokens, completionTokens }]) => [
        { labels: { model, kind: 'prompt' }, value: promptTokens },
        { labels: { model, kind: 'cached' }, value: cachedTokens },
        { labels: { model, kind: 'completion' }, value: completionTokens },
      ]),
    ),
    renderMetric(
      'hearthkey_errors_total',
      'counter',
      'Failed and refused calls by model and error code.',
      usage.flatMap(([model, { errors }]) =>
        Object.entries(errors).map(([code, value]) => ({ labels: { model, code }, value })),
      ),
    ),
  ].join('');
}

function one(value: number): Sample {
  return { labels: {}, value };
}

function renderMetric(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => `${name}${renderLabels(labels)} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

function renderLabels(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
