// Begins a call's grammar where its answer has come to what the grammar waits for. A token may end beyond that, in text that the grammar
// does not allow (`<tool_call>` and more in one token, a tool's name and a brace): it is taken back then, and another one is sampled
// under the grammar, which first asks for the rest of what it waited for.
import type { Call } from './call.ts';
import type { Token } from '../llama-cpp/loaded-model.ts';

/** `again`: this token is none of the answer, and another one is to be sampled in its place. `failed`: no answer can come of it. */
export type GrammarFit = 'fits' | 'again' | 'failed';

/** `tokenize`: the tokens of a text that goes on. */
export function startGrammar(
  { request: { trigger }, place, answer }: Pick<Call, 'request' | 'place' | 'answer'>,
  token: Token,
  tokenize: (text: string) => readonly Token[],
): GrammarFit {
  if (trigger === null || place === null) return 'fits';
  const tryGrammar = (written: string, opener: string): boolean => {
    try {
      place.sampler.startGrammar(answer, written === '' ? [] : tokenize(written), opener);
      return true;
    } catch {
      return false;
    }
  };
  answer.push(token);
  const found = trigger.push(token);
  if (found === null || tryGrammar(found.written, '')) return 'fits';
  answer.pop();
  return tryGrammar(found.without.written, found.without.opener) ? 'again' : 'failed';
}
