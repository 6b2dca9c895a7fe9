// One of several texts, each with something after it, as a tree of what they begin with: so llama.cpp knows at every character where
// it is, and does not follow all of them.
import { literal, oneOf } from './gbnf-writer.ts';

export type Choice = { text: string; then: string };

/** No text may be the beginning of another one with something else after it. */
export function literalChoice(choices: readonly Choice[]): string {
  const [first, ...others] = choices;
  if (first === undefined) return '""';
  if (others.length === 0) return sequence(first.text, first.then);
  const shared = others.reduce((prefix, { text }) => commonStart(prefix, text), first.text);
  const byCharacter = new Map<string, Choice[]>();
  for (const { text, then } of choices) {
    const rest = text.slice(shared.length);
    const [character = ''] = rest;
    byCharacter.set(character, [...(byCharacter.get(character) ?? []), { text: rest, then }]);
  }
  const branches = [...byCharacter].map(([character, group]) =>
    character === '' ? (group[0]?.then ?? '') : literalChoice(group),
  );
  return sequence(shared, oneOf(branches));
}

function sequence(text: string, then: string): string {
  if (text === '') return then === '' ? '""' : then;
  return then === '' ? literal(text) : `${literal(text)} ${then}`;
}

/** By whole characters: half a surrogate pair is no text. */
function commonStart(a: string, b: string): string {
  let shared = '';
  const others = b[Symbol.iterator]();
  for (const character of a) {
    if (others.next().value !== character) break;
    shared += character;
  }
  return shared;
}
