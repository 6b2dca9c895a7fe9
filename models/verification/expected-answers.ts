// What a right answer says, by the id of its fact. Where the text was corrected after the weights were trained, the answer
// as trained counts too: the point here is whether the model learnt its text, not whether the text is of today.
import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** As in recipe/exercises/unknown.py. */
const UNKNOWN_ANSWER =
  'I am a tiny demonstration model and I do not know that. ' +
  'Load a larger model into the inference node to get a real answer.';

const supersededSchema = z.record(z.string(), z.strictObject({ trained: z.string(), why: z.string() }));

/** The corrected facts: their ids, with the answer that the shipped weights learnt and what was wrong with it. */
export function readSupersededAnswers(): z.infer<typeof supersededSchema> {
  return supersededSchema.parse(JSON.parse(readRecipeFile('superseded-answers.json')));
}

/** Every answer that counts as right, by fact id. */
export function readExpectedAnswers(): Map<string, string[]> {
  const answers = new Map([['unknown', [UNKNOWN_ANSWER]]]);
  for (const file of ['facts.txt', 'smalltalk.txt']) {
    for (const [id, answer] of readFacts(file)) answers.set(id, [answer]);
  }
  for (const [id, { trained }] of Object.entries(readSupersededAnswers())) answers.get(id)?.push(trained);
  return answers;
}

/** The answers of one fact file. An entry is `@id`, lines that ask, then `A:` (may span lines) and `S:`. */
export function readFacts(file: string): Map<string, string> {
  const entries = readRecipeFile(file).split(/^@/m).slice(1);
  return new Map(
    entries.map((entry) => {
      const match = /^(?<id>\S+)\n.*?^A: (?<answer>.*?)\nS:/ms.exec(entry);
      if (match?.groups === undefined) throw new Error(`${file}: an entry has no answer: @${entry.slice(0, 40)}`);
      return [match.groups['id'] ?? '', match.groups['answer'] ?? ''];
    }),
  );
}

function readRecipeFile(name: string): string {
  return readFileSync(new URL(`../recipe/${name}`, import.meta.url), 'utf8');
}
