// Texts of the command line to values. Throws commander's error, which names the option and makes it a usage error.
import { isIP } from 'node:net';
import { InvalidArgumentError, Option } from 'commander';
import type * as z from 'zod';
import { keyIdSchema } from '../../protocol/admin/admin-key.ts';
import { modelIdSchema } from '../../protocol/inference/model-id.ts';
import { LOOPBACK_NETWORK } from '../gateway-host/outbound-network.ts';
import { nearestWord } from './nearest-word.ts';

/** A parser for whole numbers from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** A parser that checks with a schema of the admin API, so that a mistake is found before anything is sent. */
export function checkedBy<T extends z.ZodType>(schema: T): (text: string) => z.output<T> {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`${sentence(parsed.error.issues[0]?.message ?? 'it is invalid')}.`);
  };
}

/** Collects the values of a repeatable option. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/** A parser for a repeatable option whose values are each checked with a schema of the admin API. */
export function collectCheckedBy<T extends z.ZodType>(
  schema: T,
): (text: string, previous: z.output<T>[] | undefined) => z.output<T>[] {
  const check = checkedBy(schema);
  return (text, previous) => [...(previous ?? []), check(text)];
}

/** An option for one of some words; help and completion name them. */
export function choiceOption(flags: string, description: string, words: readonly string[]): Option {
  return withWords(new Option(flags, description), words).argParser((text: string) => oneOf(text, words));
}

/** A repeatable option for some of some words. */
export function choicesOption(flags: string, description: string, words: readonly string[]): Option {
  return withWords(new Option(flags, description), words).argParser((text: string, previous: string[] | undefined) => [
    ...(previous ?? []),
    oneOf(text, words),
  ]);
}

/** An option for a list of words, separated by commas. */
export function wordListOption(flags: string, description: string, words: readonly string[]): Option {
  return withWords(new Option(flags, description), words).argParser((text: string) =>
    text.split(',').map((word) => oneOf(word, words)),
  );
}

/** A repeatable network in CIDR notation, or the word for this machine. */
export function collectNetwork(text: string, previous: string[] | undefined): string[] {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const isNetwork = bits > 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
  if (isNetwork || text === LOOPBACK_NETWORK) return [...(previous ?? []), text];
  throw new InvalidArgumentError('It must be a network such as 10.1.0.0/16, or the word loopback.');
}

/** A repeatable `MODEL=OTHER,ANOTHER` of `--fallback`. */
export function collectFallback(
  text: string,
  previous: Record<string, string[]> | undefined,
): Record<string, string[]> {
  const [model = '', others = ''] = text.split('=');
  const names = [model, ...others.split(',')];
  if (!names.every((name) => modelIdSchema.safeParse(name).success)) {
    throw new InvalidArgumentError('It must be MODEL=OTHER or MODEL=OTHER,ANOTHER.');
  }
  return { ...previous, [model]: names.slice(1) };
}

/** A `name=value` pair of `--metadata`. */
export function collectMetadata(text: string, previous: Record<string, string> | undefined): Record<string, string> {
  const separator = text.indexOf('=');
  if (separator < 1) throw new InvalidArgumentError('It must look like name=value.');
  return { ...previous, [text.slice(0, separator)]: text.slice(separator + 1) };
}

/** A key's id. Takes what lists and logs show, too: `hk_` and the id. */
export function parseKeyId(text: string): string {
  return checkedBy(keyIdSchema)(text.replace(/^hk_/, ''));
}

/** commander's own `choices` sets a parser that knows no nearest word. */
function withWords(option: Option, words: readonly string[]): Option {
  option.argChoices = [...words];
  return option;
}

function oneOf(text: string, words: readonly string[]): string {
  if (words.includes(text)) return text;
  const nearest = nearestWord(text, words);
  const hint = nearest === null ? '' : ` (Did you mean ${nearest}?)`;
  throw new InvalidArgumentError(`'${text}' is none of ${words.join(', ')}${hint}`);
}

function sentence(message: string): string {
  return message.slice(0, 1).toUpperCase() + message.slice(1);
}
