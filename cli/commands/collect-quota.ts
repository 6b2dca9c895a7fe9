// `--quota NAME=N[@MODEL]`: limits of a key or a user, one by one. The names are the API's, with hyphens.
import { InvalidArgumentError, Option, type Command } from 'commander';
import { LIMIT_NAMES, type LimitName, type Limits } from '../../protocol/admin/limits.ts';
import { modelIdSchema } from '../../protocol/inference/model-id.ts';
import { quotaName } from '../output/quota-name.ts';
import { checkedBy } from './argument-parsers.ts';
import { nearestWord } from './nearest-word.ts';

/** The limits as flags name them, for example `requests-per-minute`. */
export const QUOTA_NAMES = LIMIT_NAMES.map(quotaName);

export function addQuotaOption(command: Command): Command {
  const what = 'a limit, e.g. tokens-per-day=100000, or for one model tokens-per-day=100000@tiny-llama; repeatable';
  return command
    .addOption(new Option('--quota <name=n>', what).argParser(collectQuota))
    .addHelpText('after', `\nQuotas: ${QUOTA_NAMES.join(', ')}`);
}

/** Adds one limit to those before it; naming one again replaces it. */
export function collectQuota(text: string, previous: Limits | undefined): Limits {
  const { name, value, model } = parseQuota(text);
  const before = previous ?? {};
  if (model === undefined) return { ...before, [name]: value };
  const models = before.models ?? {};
  return { ...before, models: { ...models, [model]: { ...models[model], [name]: value } } };
}

function parseQuota(text: string): { name: LimitName; value: number; model: string | undefined } {
  // A model's id may hold an @ itself; the first one ends the number.
  const [, word, digits, model] = /^([^=]*)=(\d{1,15})(?:@(.+))?$/s.exec(text) ?? [];
  if (word === undefined || digits === undefined) {
    const written = text.split('=')[0] ?? '';
    if (!QUOTA_NAMES.includes(written)) throw unknownQuota(written);
    throw new InvalidArgumentError('It must look like requests-per-minute=60 or tokens-per-day=100000@tiny-llama.');
  }
  const name = LIMIT_NAMES.find((candidate) => quotaName(candidate) === word);
  if (name === undefined) throw unknownQuota(word);
  return { name, value: Number(digits), model: model === undefined ? undefined : checkedBy(modelIdSchema)(model) };
}

function unknownQuota(word: string): InvalidArgumentError {
  const nearest = nearestWord(word, QUOTA_NAMES);
  const way = nearest === null ? `, only ${QUOTA_NAMES.join(', ')}.` : ` (Did you mean ${nearest}?)`;
  return new InvalidArgumentError(`There is no quota '${word}'${way}`);
}
